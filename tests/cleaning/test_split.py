"""The split: nothing related on both sides, nothing moves, the share is kept."""

import random

from sample_rows import sample

from autotrain.cleaning.duplicates import relatives
from autotrain.cleaning.split import split_rows
from autotrain.jsonl import Row


def _rows(count: int, families: int = 0, round_number: int = 1, seed: int = 0) -> list[Row]:
    rng = random.Random(seed)
    rows = []
    for index in range(count):
        steps = "\n".join(
            f"    total {rng.choice('+-*')}= data.{rng.choice('abcdefgh')}_{rng.randrange(99)}" for _ in range(8)
        )
        code = f"def task_{seed}_{index}(data):\n    total = 0\n{steps}\n    return total\n"
        family = f"family {index % families}" if families else ""
        row = sample(f"```python\n{code}```", instruction=f"Task {seed}-{index}, in words.", family=family)
        row["metadata"]["round"] = round_number
        rows.append(row)
    return rows


def _ids(rows: list[Row]) -> set[str]:
    return {row["id"] for row in rows}


def test_every_row_goes_to_exactly_one_side():
    rows = _rows(200)
    train, val = split_rows(rows, 0.1, 42)
    assert _ids(train) | _ids(val) == _ids(rows)
    assert not _ids(train) & _ids(val)


def test_a_row_never_changes_sides_when_rounds_are_added():
    first, second = _rows(120, families=9), _rows(120, families=13, round_number=2, seed=1)
    _, val_before = split_rows(first, 0.1, 42)
    train, val = split_rows(first + second, 0.1, 42)
    assert _ids(val) & _ids(first) == _ids(val_before)
    assert _ids(train) & _ids(val_before) == set()


def test_single_rows_keep_their_side_even_without_round_numbers():
    rows = _rows(400)
    _, before = split_rows(rows[:300], 0.2, 7)
    _, after = split_rows(rows, 0.2, 7)
    assert _ids(before) == _ids(after) & _ids(rows[:300])


def test_a_family_stays_together():
    train, val = split_rows(_rows(100, families=12), 0.2, 1)
    assert not {row["metadata"]["family"] for row in train} & {row["metadata"]["family"] for row in val}


def test_the_share_is_within_tolerance_also_with_few_large_families():
    for seed in range(20):
        _, val = split_rows(_rows(300, families=25, seed=seed), 0.1, seed)
        assert 15 <= len(val) <= 45


def test_neither_side_is_empty_where_there_are_two_clusters():
    for seed in range(20):
        train, val = split_rows(_rows(2, seed=seed), 0.1, seed)
        assert (len(train), len(val)) == (1, 1)


def test_one_cluster_alone_is_not_cut_in_two():
    train, val = split_rows(_rows(10, families=1), 0.1, 3)
    assert min(len(train), len(val)) == 0


def test_a_ratio_of_zero_leaves_validation_empty():
    assert split_rows(_rows(20), 0.0, 42)[1] == []


def test_no_near_duplicates_face_each_other_across_the_line():
    rows = _rows(60)
    twins = []
    for row in rows:
        output = row["output"].replace("total", "amount").replace("data", "record")
        twins.append({**row, "id": row["id"] + "t", "output": output, "instruction": "The same in other words."})
    train, val = split_rows(rows + twins, 0.3, 5)
    both = train + val
    for index, others in enumerate(relatives(both)):
        for other in others:
            assert (index < len(train)) == (other < len(train))


def test_a_row_related_to_both_sides_is_left_out():
    left, right = _rows(2)
    left["metadata"]["family"], right["metadata"]["family"] = "one", "two"
    bridge = {**left, "id": "bridge", "metadata": {**left["metadata"], "family": "two", "round": 2}}
    train, val = split_rows([left, right, bridge], 0.5, 42)
    assert "bridge" not in _ids(train) | _ids(val)


def test_another_seed_gives_another_split():
    rows = _rows(200)
    assert _ids(split_rows(rows, 0.2, 1)[1]) != _ids(split_rows(rows, 0.2, 2)[1])
