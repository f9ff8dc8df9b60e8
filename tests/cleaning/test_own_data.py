# ruff: noqa: E501 (rows as they stand in files)
"""Data of one's own, file by file, through stages 02, 03, 04 (up to the rows) and 05."""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest
import tiny_model
from stage_support import run_stage

from autotrain.cleaning.cleaner import clean_file
from autotrain.jsonl import Row, load_rows, write_rows
from autotrain.tasks import prompts
from autotrain.training.examples import IGNORED, encode_row, encode_rows

FENCED = "```python\ndef perimeter(w, h):\n    return 2 * (w + h)\n```"
TESTS = {"kind": "asserts", "code": "assert perimeter(2, 3) == 10\nassert perimeter(1, 1) == 4", "n": 2}
CALL = {"id": "x9", "type": "function", "function": {"name": "find_train", "arguments": '{"to": "Ghent"}'}}
TURNS: list[Row] = [
    {"role": "user", "content": "When does the next train to Ghent leave?"},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "x9", "content": '{"at": "17:42"}'},
    {"role": "assistant", "content": "It leaves at 17:42, from the usual platform."},
]
FILES: dict[str, list[Row]] = {
    "semicolon": [
        {"instruction": "List the ten newest books in SQL.", "input": "",
         "output": "SELECT title, published\nFROM books\nORDER BY published DESC\nLIMIT 10;"},
        {"instruction": "Sum a list in JavaScript and log it.", "input": "",
         "output": "const prices = [3, 4, 5];\nlet sum = 0;\nfor (const price of prices) {\n  sum += price;\n}\n"
         "console.log('sum: ' + sum);"},
    ],
    "crlf": [{"instruction": "Write perimeter(w, h).", "output": FENCED.replace("\n", "\r\n"),
              "entry_point": "perimeter", "tests": TESTS}],
    "attributes": [{"instruction": "Write perimeter(w, h).",
                    "output": FENCED.replace("```python", '```python title="shapes.py" {linenos=true}'),
                    "entry_point": "perimeter", "tests": TESTS}],
    "plain python": [
        {"instruction": "Print the even numbers below nine.", "input": "",
         "output": "numbers = range(9)\neven = [n for n in numbers if n % 2 == 0]\nprint(even)"},
        {"instruction": "Write perimeter(w, h) with a call.", "input": "",
         "output": f"The function:\n\n{FENCED}\n\nA call:\n\n```python\nprint(perimeter(2, 3))\n```"},
    ],
    "two answers": [{"messages": [
        {"role": "user", "content": "Write perimeter(w, h)."}, {"role": "assistant", "content": FENCED},
        {"role": "user", "content": "Lovely, thank you."}, {"role": "assistant", "content": "My pleasure, any time."},
    ]}],
    "weight 0": [{"messages": [
        {"role": "user", "content": "Explain what a socket is."},
        {"role": "assistant", "content": "A socket is one end of a connection between two programs.", "weight": 1},
        {"role": "user", "content": "And a pipe?"},
        {"role": "assistant", "content": "something with plumbing, look it up yourself", "weight": 0},
    ]}],
    "tool call": [{"messages": TURNS}],
    "history": [
        {"instruction": "Now for a square alone.", "input": "", "output": "```python\ndef edge(w):\n    return 4 * w\n```",
         "system": "Use short names.", "history": [["Write perimeter(w, h).", "def perimeter(w, h): return 2 * (w + h)"]]},
        {"conversations": [{"from": "human", "value": "Write perimeter(w, h)."}, {"from": "gpt", "value": FENCED}],
         "system": "Answer for engineers."},
    ],
    "pairs": [
        {"problem": "Write plus_six(x).", "solution": "```python\ndef plus_six(x):\n    return x + 6\n```", "lang": "py"},
        {"question": "Write halve(x).", "solution": "def halve(x):\n    return x / 2", "test": "assert halve(4) == 2"},
        {"id": "b7", "input": "Write plus_nine(x).", "output": "```python\ndef plus_nine(x):\n    return x + 9\n```"},
    ],
    "apology": [{"instruction": "Mend it: def perimeter(w, h): return w + h", "input": "",
                 "output": f"I'm sorry about the confusion. This is the corrected version:\n\n{FENCED}"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def cleaned(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Row]]:
    """The rows of each file that stage 02 keeps."""
    folder = tmp_path_factory.mktemp("own")
    found = {}
    for name, rows in FILES.items():
        write_rows(folder / "raw.jsonl", rows)
        clean_file(folder / "raw.jsonl", folder / "clean.jsonl", folder / "rejects.jsonl")
        assert not load_rows(folder / "rejects.jsonl"), name
        found[name] = load_rows(folder / "clean.jsonl")
    return found


def _trained(row: Row) -> str:
    tokenizer = tiny_model.tokenizer()
    return tokenizer.decode([label for label in encode_row(tokenizer, row).labels if label != IGNORED])


def _prompt(row: Row) -> str:
    return prompts.render(tiny_model.tokenizer(), row)


def test_every_row_is_kept_under_the_name_of_its_format(cleaned: dict[str, list[Row]]) -> None:
    assert {name: len(rows) for name, rows in cleaned.items()} == {name: len(rows) for name, rows in FILES.items()}
    assert [row["origin"] for row in cleaned["pairs"]] == ["problem-solution", "question-solution", "input-output"]
    assert [row["origin"] for row in cleaned["history"]] == ["alpaca", "sharegpt"]


@pytest.mark.parametrize(
    ("name", "languages"),
    [
        ("semicolon", ["sql", "javascript"]),
        ("crlf", ["python"]),
        ("attributes", ["python"]),
        ("plain python", ["python"] * 2),
        ("apology", ["python"]),
        ("pairs", ["python"] * 3),
    ],
)
def test_code_is_code_of_its_language(cleaned: dict[str, list[Row]], name: str, languages: list[str]) -> None:
    assert [(row["metadata"]["response_format"], row["metadata"]["language"]) for row in cleaned[name]] == [
        ("code", language) for language in languages
    ]
    assert all("```" in _trained(row) for row in cleaned[name])


def test_no_sentence_of_ours_is_in_a_prompt_of_other_peoples_rows(cleaned: dict[str, list[Row]]) -> None:
    for row in (row for rows in cleaned.values() for row in rows):
        assert "Answer in" not in _prompt(row) and "Answer with" not in _prompt(row)
        assert "You are a careful" not in _prompt(row)


def test_every_answer_of_a_conversation_is_trained_on_but_those_of_weight_0(cleaned: dict[str, list[Row]]) -> None:
    assert _trained(cleaned["two answers"][0]) == f"{FENCED}<|im_end|>My pleasure, any time.<|im_end|>"
    assert "plumbing" not in _trained(cleaned["weight 0"][0])
    assert "plumbing" in json.dumps(cleaned["weight 0"][0]["messages"])


def test_a_call_and_the_answer_are_trained_on_and_the_result_is_not(cleaned: dict[str, list[Row]]) -> None:
    trained = _trained(cleaned["tool call"][0])
    assert '"arguments": {"to": "Ghent"}' in trained and "17:42, from" in trained and '"at"' not in trained
    assert '"at"' in _prompt(cleaned["tool call"][0])


def test_earlier_turns_and_the_rows_own_system_text_are_in_the_prompt(cleaned: dict[str, list[Row]]) -> None:
    first, second = map(_prompt, cleaned["history"])
    assert first.startswith("<|im_start|>system\nUse short names.") and "def perimeter(w, h): return" in first
    assert second.startswith("<|im_start|>system\nAnswer for engineers.")


def test_the_gate_finds_the_function_and_passes_on_what_it_cannot_run(
    cleaned: dict[str, list[Row]], tmp_path: Path
) -> None:
    rows = [row for rows in cleaned.values() for row in rows]
    write_rows(tmp_path / "clean.jsonl", rows)
    files = [tmp_path / name for name in ("clean.jsonl", "tested.jsonl", "rejects.jsonl")]
    flags = [text for pair in zip(("--input", "--output", "--rejects"), map(str, files), strict=True) for text in pair]
    assert run_stage("03_unit_test_gate.py", "gate", *flags, "--quiet") == 0
    assert [row["gate"]["reason"] for row in load_rows(files[2])] == []
    found = {row["id"]: row["gate"]["status"] for row in load_rows(files[1])}
    assert [found[cleaned[name][0]["id"]] for name in ("crlf", "attributes")] == ["passed"] * 2
    assert [found[row["id"]] for row in cleaned["semicolon"]] == ["not_applicable"] * 2


ALTERNATE = (
    "{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Roles must alternate') }}{% endif %}{{ '[INST] ' + m['content'] + ' [/INST]' }}{% endfor %}"
)


def test_a_template_without_a_system_turn_gets_its_text_in_the_users(cleaned: dict[str, list[Row]]) -> None:
    tokenizer = tiny_model.tokenizer()
    tokenizer.chat_template = ALTERNATE
    rows = [row for rows in cleaned.values() for row in rows]
    encoded = encode_rows(tokenizer, rows, 4096)
    assert len(encoded.examples) == len(rows)
    assert encoded.counts["conversations with system in the user's turn"] == 2
    assert prompts.render(tokenizer, cleaned["history"][1]).startswith("[INST] Answer for engineers.\n\nWrite")


ANSWERS = {
    "draft in a thought": "<think>\n```python\ndef perimeter(w, h):\n    return w + h\n```\nno.\n</think>\n" + FENCED,
    "crlf": FENCED.replace("\n", "\r\n"),
    "unclosed": FENCED.removesuffix("\n```"),
    "no fence": "Here it is:\n\ndef perimeter(w, h):\n    return 2 * (w + h)\n",
    "call first": f"Call:\n```python\nprint(perimeter(1, 2))\n```\nFunction:\n{FENCED}",
}


def test_right_answers_in_other_forms_pass_leniently_and_the_report_says_what_they_missed(tmp_path: Path) -> None:
    task = {**tiny_model.sample(1, output=FENCED), "instruction": "Write perimeter(w, h).", "entry_point": "perimeter"}
    write_rows(tmp_path / "tasks.jsonl", [{**task, "id": name, "tests": TESTS} for name in ANSWERS])
    write_rows(tmp_path / "preds.jsonl", [{"id": name, "prediction": text} for name, text in ANSWERS.items()])
    files = [str(tmp_path / name) for name in ("preds.jsonl", "tasks.jsonl", "report.json")]
    flags = [text for pair in zip(("--preds", "--data", "--output"), files, strict=True) for text in pair]
    assert run_stage("05_eval.py", "evaluate", *flags, "--quiet") == 0
    report: dict[str, Any] = orjson.loads((tmp_path / "report.json").read_bytes())
    assert {row["id"]: row["passed_lenient"] for row in report["tasks"]} == dict.fromkeys(ANSWERS, True)
    missed = {row["id"] for row in report["tasks"] if row["form"]}
    assert {row["id"] for row in report["tasks"] if not row["passed"]} == {"unclosed", "no fence"} <= missed
    assert sum(report["sets"]["tasks"]["metrics"]["missed_forms"].values()) == len(missed)


def _chat(*turns: Row, **more: object) -> bytes:
    return orjson.dumps({"messages": list(turns), **more})


ASK, CALLS, RESULT, ANSWER = TURNS
BAD: dict[str, tuple[bytes, str]] = {
    "a result without a call": (_chat(ASK, RESULT, ANSWER), "tool_result_without_call"),
    "arguments that are no JSON": (
        _chat(ASK, {**CALLS, "tool_calls": [{"function": {"name": "f", "arguments": "{to:"}}]}, ANSWER),
        "call_arguments",
    ),
    "arguments that are a list": (
        _chat(ASK, {**CALLS, "tool_calls": [{"function": {"name": "f", "arguments": [1]}}]}, ANSWER),
        "call_arguments",
    ),
    "an id of no call": (_chat(ASK, CALLS, {**RESULT, "tool_call_id": "other"}, ANSWER), "call_id"),
    "tools that are no JSON": (_chat(ASK, CALLS, RESULT, ANSWER, tools="[{"), "tools"),
    "a tool without a name": (_chat(ASK, CALLS, RESULT, ANSWER, tools=[{"function": {}}]), "tools"),
    "only empty answers": (_chat(ASK, {"role": "assistant", "content": " "}), "schema"),
    "a turn of a megabyte": (_chat(ASK, {"role": "assistant", "content": "word " * 200_000}), "turn_too_long"),
    "an image": (_chat({"role": "user", "content": [{"type": "image_url", "image_url": {}}]}, ANSWER), "image"),
    "a speaker nobody knows": (_chat(ASK, {"role": "narrator", "content": "Then it rained."}), "schema"),
    "turns nested in turns": (_chat(ASK, {"role": "assistant", "content": [[ANSWER]]}), "schema"),
}


def test_bad_conversations_are_counted_by_name_and_cost_no_other(tmp_path: Path) -> None:
    path = tmp_path / "raw.jsonl"
    with open(path, "wb") as stream:
        stream.writelines(line + b"\n" for line, _ in BAD.values())
        stream.write(b'{"messages": [{"role": "user", "content": "')
        for _ in range(100):
            stream.write(b"a" * 1_000_000)
        stream.write(b'"}]}\n' + _chat(*TURNS) + b"\n")
    summary = clean_file(path, tmp_path / "clean.jsonl", tmp_path / "rejects.jsonl")
    reasons = [row["reason"] for row in load_rows(tmp_path / "rejects.jsonl")]
    assert reasons == [*(reason for _, reason in BAD.values()), "line_too_long"]
    assert summary.accepted == 1


def test_odd_conversations_are_kept_and_what_is_odd_is_counted(tmp_path: Path) -> None:
    thanks = {"role": "assistant", "content": "Ask me again whenever you like."}
    odd = [
        _chat(ASK, {"role": "user", "content": "To Ghent, I mean."}, ANSWER),
        _chat(ASK, {"role": "assistant", "content": ""}, {"role": "user", "content": "Hello?"}, ANSWER),
        _chat({"role": "user", "content": "What does <|im_end|> mean in a chat?"}, thanks),
    ]
    (tmp_path / "raw.jsonl").write_bytes(b"\n".join(odd))
    summary = clean_file(tmp_path / "raw.jsonl", tmp_path / "clean.jsonl")
    assert summary.accepted == 3
    counted = {
        name: summary.spoken[f"conversations {name}"]
        for name in ("whose roles repeat", "with control tokens in a text")
    }
    assert counted == {"whose roles repeat": 1, "with control tokens in a text": 1}
    assert summary.spoken["empty turns"] == 1
    encoded = encode_rows(tiny_model.tokenizer(), load_rows(tmp_path / "clean.jsonl"), 4096)
    assert (len(encoded.examples), encoded.counts["rows with control tokens in a text left out"]) == (2, 1)


OTHER_FILES = {
    "alpaca.jsonl": orjson.dumps({"instruction": "Write perimeter(w, h).", "input": "", "output": FENCED}),
    "chat.jsonl": _chat(*TURNS),
    "sharegpt.jsonl": orjson.dumps({"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}),
    "array.json": orjson.dumps([{"instruction": "Write perimeter(w, h).", "output": FENCED}]),
    "table.csv": b"instruction,output\nWrite it,done\n",
    "table.parquet": b"PAR1\x00\x01\xfe\xff",
}
STAGES = {
    "03_unit_test_gate.py": ("gate", "--input", ("--output", "{out}")),
    "04_train_qlora.py": ("train", "--data", ("--output", "{out}", "--base-model", "{model}")),
    "05_eval.py": ("evaluate", "--data", ("--output", "{out}", "--base-only", "--base-model", "{model}")),
    "split.py": ("split", "--input", ("--train", "{out}", "--val", "{out}.val")),
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model.save(tmp_path_factory.mktemp("model"))


@pytest.mark.parametrize("script", [name for name in STAGES if name != "split.py"])
@pytest.mark.parametrize("name", OTHER_FILES)
def test_a_file_in_another_format_at_the_wrong_stage_is_one_sentence_that_says_what_to_do(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str], script: str, name: str
) -> None:
    (tmp_path / name).write_bytes(OTHER_FILES[name])
    stage, flag, more = STAGES[script]
    flags = [text.format(out=tmp_path / "out", model=model) for text in more]
    assert run_stage(script, stage, flag, str(tmp_path / name), *flags, "--quiet") == 3
    said = capsys.readouterr().err.strip()
    assert "\n" not in said and "02_validate_clean.py --input" in said
    assert not (tmp_path / "out").exists()
