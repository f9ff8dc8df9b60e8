"""The sentence and the four rows of a run's end: what they say for each way that a run can go."""

import pytest

from autotrain.evaluation import outcome


def best(before: int, after: int, total: int = 100, *, better: bool = False, policy: str = "strict") -> dict:
    scores = {
        "base": {"value": before / total, "passed": before, "n": total},
        "best": {"value": after / total, "passed": after, "n": total},
        "total": total,
        "delta": (after - before) / total,
        "interval": [0.01, 0.2] if better else [-0.1, 0.2],
    }
    decision = {"round": 1, "policy": policy}
    return {"beats_base": better, "round": 1, "deciding_set": "dev", "sets": {"dev": scores}, "decisions": [decision]}


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (best(30, 41, better=True), "It got better: of 100 new tasks the trained model solves 41, the model before "
         "training 30; luck alone is no likely reason."),
        (best(30, 33), "Not proven better: of 100 new tasks the trained model solves 33, the model before training "
         "30; luck alone could do that."),
        (best(0, 0, 8), "Not better: of 8 new tasks the trained model solves 0, as many as the model before."),
        (best(9, 4), "Not better: of 100 new tasks the trained model solves 4, the model before training 9."),
        (best(1, 2, better=True, policy="score"), "It scored higher: of 100 new tasks the trained model solves 2, the "
         "model before training 1; whether by luck was not asked."),
        ({}, outcome.NONE),
        ({"beats_base": True}, "It got better."),
    ],
)  # fmt: skip
def test_the_sentence_says_which_way_it_went(found: dict, said: str) -> None:
    assert outcome.sentence(found) == said


def test_at_most_four_rows_and_the_set_that_decided_is_first() -> None:
    scores = best(30, 41, better=True)["sets"]["dev"]
    names = ("watched", "humaneval", "exam", "heidi-core:sealed", "dev")
    headline = [{"set": name, "opened_once": name in ("humaneval", "heidi-core:sealed"), **scores} for name in names]
    found = outcome.rows(best(30, 41), {"headline": headline})
    assert [row.tasks for row in found] == ["dev", "exam", "humaneval", "heidi-core:sealed"]
    assert found[0] == ("dev", "30.0% (30/100)", "41.0% (41/100)", "+11.0", "more than luck")
    assert outcome.rows(best(30, 31), {})[0].sure == "may be luck"


def test_no_line_of_the_table_is_wider_than_a_terminal() -> None:
    wide = outcome.Row("a" * 23, "100.0%", "100.0%", "+100.0", "more than luck")
    usual = outcome.Row("heidi-core:sealed", "10.0% (43/430)", "12.1% (52/430)", "+2.1", "more than luck")
    lines = outcome.table([usual, wide])
    assert len(lines) == 3 and max(map(len, lines)) <= 78


def test_damaged_files_still_make_a_sentence() -> None:
    for found in ({"beats_base": False, "sets": []}, {"beats_base": True, "sets": {"dev": 3}, "deciding_set": "dev"}):
        assert outcome.sentence(found)
    assert outcome.rows({"sets": 3}, {"headline": "no"}) == []
