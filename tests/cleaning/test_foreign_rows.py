"""Rows of the common formats become samples without losing a field; whole files come in any form."""

import gzip
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest
from sample_rows import sample

from autotrain.cleaning.answer_form import MAX_LOOKED_AT
from autotrain.cleaning.cleaner import Summary, clean_file
from autotrain.cleaning.foreign_rows import Foreign, as_sample
from autotrain.cleaning.reading import open_raw
from autotrain.jsonl import Row
from autotrain.tasks.samples import sample_id, schema_problem

TASK, CODE = "Write a function that doubles a number.", "```python\ndef double(x):\n    return 2 * x\n```"
USER, ASSISTANT = {"role": "user", "content": TASK}, {"role": "assistant", "content": CODE}
ROWS: dict[str, Row] = {
    "alpaca": {"instruction": TASK, "input": "", "output": CODE},
    "messages": {"messages": [USER, ASSISTANT]},
    "sharegpt": {"conversations": [{"from": "human", "value": TASK}, {"from": "gpt", "value": CODE}]},
    "prompt-completion": {"prompt": TASK, "completion": CODE},
}


def _leaves(value: Any) -> Counter[str]:
    """Every piece of content in a row, whatever its place."""
    if isinstance(value, dict):
        return sum((_leaves(item) for item in value.values()), Counter())
    if isinstance(value, list):
        return sum((_leaves(item) for item in value), Counter())
    # Speakers are named anew: `human` is `user`.
    return Counter([json.dumps(value)]) if value not in (None, "", "human", "gpt") else Counter()


@pytest.mark.parametrize("shape", ROWS)
def test_each_format_is_recognised_and_becomes_a_sound_sample(shape: str) -> None:
    row, found = as_sample({**ROWS[shape], "source": {"file": "a.py", "lines": [1, 2]}, "score": 0.5})
    assert (found, row["origin"], schema_problem(row)) == (shape, shape, None)
    assert (row["instruction"], row["input"], row["output"]) == (TASK, "", CODE)
    assert (row["id"], row["source"], row["score"]) == (
        sample_id(TASK, "", CODE),
        {"file": "a.py", "lines": [1, 2]},
        0.5,
    )
    assert row["metadata"]["response_format"] == "code"


@pytest.mark.parametrize("shape", ROWS)
def test_no_content_is_lost_even_under_names_that_mean_something_else_here(shape: str) -> None:
    extra = {"origin": "web", "validation": [1], "gate": "open", "tests": "see below", "entry_point": 5, "id": 7}
    extra |= {"metadata": {"difficulty": "3/5", "licence": "MIT"}, "original": {"a": 1}, "note": ["x", None]}
    before = {**ROWS[shape], **extra}
    after, _ = as_sample(before)
    assert schema_problem(after) is None
    assert not _leaves(before) - _leaves(after)


def test_metadata_and_tests_that_fit_stay_where_they_are() -> None:
    tests = {"kind": "asserts", "code": "assert double(1) == 2"}
    row, _ = as_sample(
        {**ROWS["alpaca"], "id": "a7", "metadata": {"licence": "MIT"}, "tests": tests, "entry_point": "double"}
    )
    assert (row["id"], row["metadata"]["licence"], row["tests"], row["entry_point"]) == ("a7", "MIT", tests, "double")
    assert "original" not in row


def test_a_conversation_stays_what_it_is() -> None:
    turns = [{"role": "system", "content": "Be brief."}, USER, {"role": "assistant", "content": "Of what type?"}]
    turns += [{"role": "user", "content": "An integer."}, ASSISTANT, {"role": "user", "content": "Thanks!"}]
    row, _ = as_sample({"messages": turns})
    assert row["messages"] == turns and "original" not in row
    assert (row["instruction"], row["input"]) == (f"Be brief.\n\n{TASK}", "An integer.\n\nThanks!")
    assert row["output"] == f"Of what type?\n\n{CODE}"


def test_parts_of_text_and_conversational_pairs_are_read() -> None:
    row, shape = as_sample(
        {"prompt": [{"role": "user", "content": [{"type": "text", "text": TASK}]}], "completion": [ASSISTANT]}
    )
    assert (shape, row["instruction"], row["output"]) == ("prompt-completion", TASK, CODE)


@pytest.mark.parametrize(
    ("answer", "output", "form"),
    [
        ("def f(x):\n    return x", "```python\ndef f(x):\n    return x\n```", "code"),
        ("It doubles.", "It doubles.", "text"),
        ("Answer: 5", "Answer: 5", "text"),
        ('{"a": 1}', '{"a": 1}', "json"),
        ("```js\nlet a = 1\n```", "```js\nlet a = 1\n```", "code"),
    ],
)
def test_the_form_of_an_answer_is_what_it_shows(answer: str, output: str, form: str) -> None:
    row, _ = as_sample({"instruction": TASK, "output": answer})
    assert (row["output"], row["metadata"]["response_format"]) == (output, form)
    assert row.get("original", {"output": answer}) == {"output": answer}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"story": "Once upon a time"}, "the fields story are those of no known format"),
        ({}, r"the fields \(none\)"),
        ({"instruction": TASK, "output": 5}, "output: a string"),
        ({"instruction": None, "output": CODE}, "instruction: a string"),
        ({"prompt": [USER], "completion": CODE}, "prompt: a string"),
        ({"messages": []}, "no turn of an assistant"),
        ({"messages": [ASSISTANT]}, "no turn of a user"),
        ({"messages": ["hello"]}, "a turn that is no object"),
        ({"messages": [{"role": "wizard", "content": "x"}]}, "unknown speaker .wizard"),
        (
            {"messages": [USER, {"role": "assistant", "content": None, "tool_calls": [1]}]},
            "a call that names no function",
        ),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}, ASSISTANT]}, "a turn with an image"),
    ],
)
def test_a_row_that_cannot_be_read_says_why(row: Row, words: str) -> None:
    with pytest.raises(Foreign, match=words):
        as_sample(row)


def _anything(rng: random.Random, depth: int = 0) -> Any:
    kind = rng.randrange(9 if depth < 3 else 6)
    if kind < 6:
        return [
            None,
            True,
            rng.randrange(9),
            rng.random(),
            "",
            rng.choice([TASK, CODE, "x", "def f():\n    return 1"]),
        ][kind]
    if kind == 6:
        return [_anything(rng, depth + 1) for _ in range(rng.randrange(4))]
    names = "role from content value text task_type difficulty a".split()
    return {rng.choice(names): _anything(rng, depth + 1) for _ in range(rng.randrange(4))}


def test_whatever_a_row_holds_it_is_read_whole_or_refused_with_a_reason() -> None:
    rng, read = random.Random(10), 0
    names = "id instruction input output metadata tests entry_point origin validation original context system".split()
    for _ in range(3000):
        row = {name: _anything(rng) for name in rng.sample(names, 4)}
        row.update(rng.choice([{}, *ROWS.values()]))
        before = json.loads(json.dumps(row))
        try:
            after, shape = as_sample(row)
        except Foreign as refused:
            assert str(refused)
            continue
        assert row == before
        if shape:
            read += 1
            assert schema_problem(after) is None
            assert not _leaves(before) - _leaves(after), (before, after)
    assert read > 1000


def test_a_credential_in_an_earlier_turn_drops_the_row(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": 'Log in with password = "Winter2024!x" please.'}, ASSISTANT, USER, ASSISTANT]
    path = tmp_path / "raw.jsonl"
    path.write_bytes(orjson.dumps({"messages": turns}))
    assert _clean(path)[0].reasons == {"secret": 1}


def test_a_sample_of_ours_is_untouched_even_where_it_is_broken() -> None:
    for row in (sample(), {**sample(), "metadata": None}, {**sample(), "output": 5}):
        assert as_sample(row) == (row, "")


def _numbered(number: int) -> Row:
    names = random.Random(number).sample("alpha beta gamma delta epsilon zeta eta theta iota kappa".split(), 5)
    return {
        "instruction": f"Explain how {names[0]} and {names[1]} differ, case {number}.",
        "output": " ".join(names) + ".",
    }


def _clean(path: Path, workers: int = 1) -> tuple[Summary, list[Row], list[Row]]:
    output, rejects = path.with_name("clean.jsonl"), path.with_name("rejects.jsonl")
    summary = clean_file(path, output, rejects, workers=workers)
    return summary, *([orjson.loads(line) for line in file.read_bytes().splitlines()] for file in (output, rejects))


ROWS_OF_FILE = [_numbered(number) for number in range(6)]
LINES = b"".join(orjson.dumps(row) + b"\n" for row in ROWS_OF_FILE)
FORMS = {
    "byte order mark": (b"\xef\xbb\xbf" + LINES, ["byte order mark"]),
    "CRLF": (LINES.replace(b"\n", b"\r\n"), []),
    "no last newline": (LINES.rstrip(), []),
    "UTF-16": (LINES.decode().encode("utf-16"), ["utf-16"]),
    "UTF-16 without a mark": (LINES.decode().encode("utf-16-be"), ["utf-16-be"]),
    "gzip under another name": (gzip.compress(LINES), ["gzip"]),
    "gzip of UTF-16": (gzip.compress(LINES.decode().encode("utf-16")), ["gzip", "utf-16"]),
    "array on one line": (orjson.dumps(ROWS_OF_FILE), ["one JSON array"]),
    "array of lines": (b"[\n" + LINES.strip().replace(b"\n", b",\n") + b"\n]\n", ["one JSON array"]),
    "array with indents": (json.dumps(ROWS_OF_FILE, indent=2).encode(), ["one JSON array"]),
    "array without indents": (json.dumps(ROWS_OF_FILE, indent=0).encode(), ["one JSON array"]),
    "array in UTF-16 with a mark": (json.dumps(ROWS_OF_FILE, indent=1).encode("utf-16"), ["utf-16", "one JSON array"]),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_same_rows_come_out_of_every_form_of_file_and_the_form_is_said(tmp_path: Path, form: str) -> None:
    content, forms = FORMS[form]
    path = tmp_path / "raw.data"
    path.write_bytes(content)
    summary, accepted, rejects = _clean(path)
    assert [row["instruction"] for row in accepted] == [row["instruction"] for row in ROWS_OF_FILE], rejects
    assert (summary.forms, summary.formats) == (forms, {"alpaca": 6})
    assert all(text in summary.table() for text in [*forms, "6 rows of format alpaca"])


WRONG: dict[str, tuple[bytes, str]] = {
    "cut off": (b'{"instruction": "Explain', "not_json"),
    "single quotes": (b"{'instruction': 'Explain this', 'output': 'It is so.'}", "not_json"),
    "not a number": (b'{"instruction": "Explain this please", "output": NaN}', "not_json"),
    "plain prose": (b"Explain this, please", "not_json"),
    "a number": (b"17", "not_an_object"),
    "a list": (b'["instruction", "output"]', "not_an_object"),
    "no answer": (b'{"instruction": "Explain this, please"}', "schema"),
    "an empty object": (b"{}", "schema"),
    "an answer that is no text": (b'{"instruction": "Explain this, please", "output": {"a": 1}}', "schema"),
    "a wrong encoding": (
        '{"instruction": "Erkl\u00e4re das bitte genau", "output": "So"}'.encode("latin-1"),
        "not_json",
    ),
    "a lone surrogate": (b'{"instruction": "Explain \\ud800 please", "output": "It is so."}', "not_json"),
}


def test_wrong_rows_are_named_with_their_line_and_cost_no_other(tmp_path: Path) -> None:
    lines = LINES.splitlines()
    path = tmp_path / "raw.jsonl"
    path.write_bytes(b"\n".join([lines[0], *(line for line, _ in WRONG.values()), b"", *lines[1:]]) + b"\n")
    summary, accepted, rejects = _clean(path)
    assert len(accepted) == 6
    assert [(row["line"], row["reason"]) for row in rejects] == list(
        enumerate((reason for _, reason in WRONG.values()), 2)
    )
    assert [text.split(":")[0] for text in summary.named] == [f"line {number}" for number in range(2, 12)]
    assert "and 1 more wrong rows" in summary.table()


@pytest.mark.parametrize("name", [name for name in WRONG if name != "plain prose"])
@pytest.mark.parametrize("glue", [b",\n  ", b", "])
def test_a_wrong_item_of_an_array_costs_no_other(tmp_path: Path, name: str, glue: bytes) -> None:
    if glue == b", " and name == "cut off":
        pytest.skip("on one line nothing tells where an item that is cut off ends")
    items = LINES.splitlines()
    items.insert(3, WRONG[name][0])
    path = tmp_path / "raw.json"
    path.write_bytes(b"[" + (b"\n  " if b"\n" in glue else b"") + glue.join(items) + b"\n]")
    _, accepted, rejects = _clean(path)
    assert len(accepted) == 6, rejects
    assert [(row["line"], row["reason"]) for row in rejects] == [(4, WRONG[name][1])]


def test_lines_after_a_first_line_that_is_a_list_are_still_read(tmp_path: Path) -> None:
    path = tmp_path / "raw.jsonl"
    path.write_bytes(b'[{"role": "user"}]\n' + LINES)
    summary, accepted, _ = _clean(path)
    assert (len(accepted), summary.reasons) == (6, {"schema": 1})


@pytest.mark.parametrize("array", [False, True])
def test_a_line_of_a_hundred_megabytes_is_named_and_not_kept(tmp_path: Path, array: bool) -> None:
    path = tmp_path / "raw.jsonl"
    lines = LINES.splitlines()
    with open(path, "wb") as stream:
        stream.write(b"[" if array else b"")
        stream.write(lines[0] + (b"," if array else b"\n") + b'{"instruction": "Explain this, please", "output": "')
        for _ in range(100):
            stream.write(b"a" * 999_997 + b'\\"{')
        stream.write(b'"}' + (b"," if array else b"\n") + lines[1] + (b"]" if array else b""))
    with open_raw(path) as raw:
        assert max(len(line) for _, line in raw.lines) < 10_000
    summary, accepted, (reject,) = _clean(path)
    assert (len(accepted), reject["line"], reject["reason"]) == (2, 2, "line_too_long")


def test_rows_with_one_id_all_stay_and_get_ids_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "raw.jsonl"
    path.write_bytes(b"".join(orjson.dumps({**row, "id": "same"}) + b"\n" for row in ROWS_OF_FILE))
    summary, accepted, _ = _clean(path)
    assert (len(accepted), len({row["id"] for row in accepted}), summary.renamed) == (6, 6, 5)
    assert [row["original"]["id"] for row in accepted[1:]] == ["same"] * 5
    assert "5 rows had the id of an earlier row" in summary.table()


def test_an_empty_file_is_no_fault_of_the_reader(tmp_path: Path) -> None:
    for number, content in enumerate((b"", b"\xef\xbb\xbf", b"\n\n \n", b"[]", gzip.compress(b""))):
        path = tmp_path / f"{number}.jsonl"
        path.write_bytes(content)
        assert _clean(path)[0].accepted == 0


def test_an_answer_of_megabytes_is_taken_for_text_without_parsing_it():
    program = "import os\n" + "value = 1\n" * (MAX_LOOKED_AT // 10)
    assert _format_of(program[: MAX_LOOKED_AT // 2]) == "code"
    assert _format_of(program) == "text"


def _format_of(output: str) -> str:
    row, _ = as_sample({"instruction": "Write it.", "output": output})
    return row["metadata"]["response_format"]
