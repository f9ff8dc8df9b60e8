"""Stage 02 over files: every line is counted, nothing hides, the same bytes whatever the workers."""

import gzip
import importlib.util
import json
import random
import time
from pathlib import Path
from typing import Any

import orjson
import pytest
import secret_corpus as corpus
import zstandard
from sample_rows import REVIEW, asserted_sample, sample

from autotrain.cleaning.checks import CHECKS, Options, _Line, _reject, _Why
from autotrain.cleaning.cleaner import BATCH_BYTES, BATCH_LINES, MAX_LINE_BYTES, _chunks, clean_file
from autotrain.errors import DataError
from autotrain.jsonl import Row

ROOT = Path(__file__).resolve().parents[2]


def _distinct(number: int, **options: Any) -> Row:
    rng = random.Random(number)
    steps = "\n".join(
        f"    total {rng.choice('+-*')}= data.{rng.choice('abcdefgh')}_{rng.randrange(99)}" for _ in range(8)
    )
    code = f"def task_{number}(data):\n    total = {number}\n{steps}\n    return total"
    options.setdefault("instruction", f"Write `task_{number}(data)` as it is described in chapter {number}.")
    return sample(f"```python\n{code}\n```", **options)


def _clean(tmp_path: Path, lines: list[Any], **options: Any) -> tuple[Any, list[Row], list[Row]]:
    source, output, rejects = tmp_path / "raw.jsonl", tmp_path / "clean.jsonl", tmp_path / "rejects.jsonl"
    source.write_bytes(b"".join((line if isinstance(line, bytes) else orjson.dumps(line)) + b"\n" for line in lines))
    summary = clean_file(source, output, rejects, **options)
    return summary, *([orjson.loads(line) for line in path.read_bytes().splitlines()] for path in (output, rejects))


def test_an_accepted_row_keeps_its_fields_and_gains_validation(tmp_path: Path):
    row = {**asserted_sample(), "note": {"deep": [1, None, "x"]}, "score": 0.25}
    _, (accepted,), _ = _clean(tmp_path, [row])
    assert accepted == {**row, "validation": {"passed": True, "checks": list(CHECKS)}}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{not json", "not_json"),
        (b'["a", "list"]', "not_an_object"),
        (b'{"id": "x"}', "schema"),
        ({**sample(), "output": 7}, "schema"),
        (sample(instruction="Do it."), "input_too_short"),
        (sample("x"), "output_too_short"),
        (sample("x" * 30_000), "output_too_long"),
        (sample(instruction="caf\ufffd au lait, written out in words"), "encoding"),
        (sample(instruction="See https://docs.python.org/3/ and write the function."), "url"),
        (sample("```python\ndef double(value):\n    pass\n```"), "placeholder"),
    ],
)
def test_a_bad_line_is_rejected_with_its_reason(tmp_path: Path, line: Any, reason: str):
    summary, accepted, (reject,) = _clean(tmp_path, [line])
    assert (summary.reasons, accepted) == ({reason: 1}, [])
    assert (reject["line"], reject["reason"]) == (1, reason)


def test_a_secret_drops_the_sample_and_never_reaches_the_rejects(tmp_path: Path):
    token = corpus.draw(random.Random(1), "glpat-{w20}")
    summary, accepted, (reject,) = _clean(tmp_path, [sample(instruction=f"Call the service with {token} please.")])
    assert summary.reasons == {"secret": 1}
    assert not accepted
    assert token not in (tmp_path / "rejects.jsonl").read_text()
    assert reject["secret"]["kind"] == "gitlab-pat"
    assert len(reject["secret"]["sha256"]) == 16


@pytest.mark.parametrize("place", ["metadata", "unknown field", "key", "list", "pair"])
def test_secrets_are_found_in_every_field(tmp_path: Path, place: str):
    token = corpus.draw(random.Random(2), "npm_{A36}")
    row: Row = sample()
    changes: dict[str, Row] = {
        "metadata": {"metadata": {**row["metadata"], "comment": token}},
        "unknown field": {"extra": {"a": {"b": token}}},
        "key": {"extra": {token: 1}},
        "list": {"extra": [[token]]},
        "pair": {"extra": {"password": "Winter2024!"}},
    }
    summary, _, _ = _clean(tmp_path, [{**row, **changes[place]}])
    assert summary.reasons == {"secret": 1}


def test_a_secret_does_not_reach_the_rejects_when_another_check_fails_first(tmp_path: Path):
    token = corpus.draw(random.Random(3), "ghp_{A36}")
    lines = [{"id": token}, b'{"broken": "' + token.encode() + b'"', {**sample("x" * 30_000), "note": token}]
    summary, _, _ = _clean(tmp_path, lines)
    assert summary.rejected == 3
    assert token not in (tmp_path / "rejects.jsonl").read_text()


def test_a_duplicate_key_cannot_carry_a_secret_through(tmp_path: Path):
    token = corpus.draw(random.Random(4), "ghp_{A36}")
    line = orjson.dumps(sample())[:-1] + b',"note":"' + token.encode() + b'","note":"fine"}'
    _, accepted, _ = _clean(tmp_path, [line])
    assert accepted[0]["note"] == "fine"
    assert token not in (tmp_path / "clean.jsonl").read_text()


def test_redaction_is_scanned_again_and_counted(tmp_path: Path):
    token = corpus.draw(random.Random(5), "hf_{x34}")
    row = sample(instruction=f"Write `double(value)`; the log shows {token} beside it.")
    summary, (accepted,), _ = _clean(tmp_path, [row], options=Options(secret_action="redact"))
    assert summary.redacted == 1
    assert "[REDACTED:huggingface-token]" in accepted["instruction"]


def test_a_url_with_credentials_drops_under_every_policy(tmp_path: Path):
    url = corpus.draw(random.Random(6), "https://{a6}:{A14}@example.com/x")
    for policy in ("drop", "redact", "keep"):
        options = Options(url_policy=policy, secret_action="redact")
        summary, _, _ = _clean(tmp_path, [sample(instruction=f"Fetch {url} and double it.")], options=options)
        assert summary.reasons == {"secret": 1}


def test_url_policies_redact_and_keep(tmp_path: Path):
    row = sample(instruction="See https://docs.python.org/3/ and write the function.")
    _, (redacted,), _ = _clean(tmp_path, [row], options=Options(url_policy="redact"))
    _, (kept,), _ = _clean(tmp_path, [row], options=Options(url_policy="keep"))
    assert redacted["instruction"] == "See [URL] and write the function."
    assert kept["instruction"] == row["instruction"]


def test_of_two_duplicates_the_one_with_longer_tests_stays_and_is_named(tmp_path: Path):
    plain, tested = sample(), {**asserted_sample(), "id": "with tests"}
    summary, (kept,), (reject,) = _clean(tmp_path, [plain, tested])
    assert summary.reasons == {"exact_duplicate": 1}
    assert (kept["id"], reject["kept_id"], reject["row"]["id"]) == ("with tests", "with tests", plain["id"])


def test_of_two_duplicates_the_one_whose_tests_passed_stays(tmp_path: Path):
    tested, passed = asserted_sample(), {**sample(), "id": "passed", "gate": {"passed": True}}
    _, (kept,), _ = _clean(tmp_path, [tested, passed])
    assert kept["id"] == "passed"


def test_rows_of_earlier_rounds_are_not_repeated(tmp_path: Path):
    earlier = tmp_path / "earlier.jsonl"
    old = _distinct(1)
    earlier.write_bytes(orjson.dumps(old) + b"\n")
    new = {**old, "id": "new", "output": old["output"].replace("total", "amount")}
    summary, accepted, (reject,) = _clean(tmp_path, [new, _distinct(2)], against=[earlier])
    assert summary.reasons == {"near_duplicate": 1}
    assert (len(accepted), reject["kept_id"]) == (1, old["id"])


def test_a_row_rejected_after_its_secret_was_masked_is_written_masked(tmp_path: Path):
    token = corpus.draw(random.Random(8), "ghp_{A36}")
    row = sample(instruction=f"See https://docs.python.org/3/ for the function. The token is {token}.")
    options = Options(secret_action="redact")
    summary, _, (reject,) = _clean(tmp_path, [row], options=options)
    assert summary.reasons == {"url": 1}
    assert token not in json.dumps(reject)


def test_contamination_names_the_task(tmp_path: Path):
    task = {**_distinct(3), "id": "suite/task-3"}
    row = {**_distinct(3), "instruction": "Something else is asked for here."}
    summary, _, (reject,) = _clean(tmp_path, [row, _distinct(4)], references=[task])
    assert summary.reasons == {"contamination": 1}
    assert reject["task_id"] == "suite/task-3"


def test_the_result_is_the_same_whatever_the_number_of_workers(tmp_path: Path):
    lines = [_distinct(number % 700) if number % 5 else b"broken" for number in range(1600)]
    _clean(tmp_path, lines)
    alone = (tmp_path / "clean.jsonl").read_bytes(), (tmp_path / "rejects.jsonl").read_bytes()
    _clean(tmp_path, lines, workers=2)
    assert alone == ((tmp_path / "clean.jsonl").read_bytes(), (tmp_path / "rejects.jsonl").read_bytes())


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_packed_files_are_read(tmp_path: Path, suffix: str):
    data = b"".join(orjson.dumps(_distinct(number)) + b"\n" for number in range(20))
    path = tmp_path / f"raw.jsonl{suffix}"
    path.write_bytes(gzip.compress(data) if suffix == ".gz" else zstandard.compress(data))
    assert clean_file(path, tmp_path / "out.jsonl").accepted == 20


def test_a_damaged_or_missing_file_is_one_clear_error(tmp_path: Path):
    (tmp_path / "raw.jsonl.gz").write_bytes(gzip.compress(b"x" * 10_000)[:-20])
    (tmp_path / "raw.jsonl.zst").write_bytes(b"no zst at all")
    for name in ("raw.jsonl.gz", "raw.jsonl.zst", "missing.jsonl"):
        with pytest.raises(DataError, match="raw.jsonl|missing"):
            clean_file(tmp_path / name, tmp_path / "out.jsonl")
        assert not (tmp_path / "out.jsonl").exists()


def _malformed(rng: random.Random, good: bytes) -> bytes:
    """One line that is no sound sample, of a kind drawn by lot; it holds no line break."""
    row = orjson.loads(good)
    kind = rng.randrange(10)
    if kind == 0:
        return good[: rng.randrange(1, len(good) - 1)]
    if kind == 1:
        return b"\xff" + rng.randbytes(rng.randrange(1, 300)).replace(b"\n", b" ")
    if kind == 2:
        depth = rng.randrange(2, 5000)
        return b"[" * depth + b"]" * depth
    if kind == 3:
        return b'{"id": ' + b"9" * rng.randrange(1, 2000) + b"}"
    if kind == 4:
        return good.replace(b"double", b"\\ud800", 1)
    if kind == 5:
        row[rng.choice(["id", "instruction", "input", "output", "metadata"])] = rng.choice([None, 1, 2.5, [], {}, True])
    elif kind == 6:
        del row[rng.choice(["id", "instruction", "output"])]
    elif kind == 7:
        row["metadata"][rng.choice(["task_type", "round", "response_format"])] = rng.choice(["", None, [], "x", 1e300])
    elif kind == 8:
        return good[:-1] + b',"output": null}'
    else:
        row["output"] = "```python\n" + "(" * rng.randrange(1, 4000) + "\n```"
    return orjson.dumps(row)


@pytest.mark.parametrize("count", [1500, pytest.param(10_000, marks=pytest.mark.slow)])
def test_every_malformed_line_is_counted_and_none_ends_the_stage(tmp_path: Path, count: int):
    rng = random.Random(count)
    good = orjson.dumps(sample())
    lines = [line for line in (_malformed(rng, good) for _ in range(count)) if line.strip()]
    summary, accepted, rejects = _clean(tmp_path, lines)
    assert (summary.read, summary.accepted, len(accepted)) == (len(lines), 0, 0)
    assert [reject["line"] for reject in rejects] == list(range(1, len(lines) + 1))


def test_a_line_of_fifty_megabytes_is_counted_and_not_kept_in_memory(tmp_path: Path):
    row = sample()
    long = orjson.dumps({**row, "note": "x" * 50_000_000})
    summary, accepted, rejects = _clean(tmp_path, [long, _distinct(1)])
    assert summary.reasons == {"line_too_long": 1}
    assert (len(accepted), len(long) > MAX_LINE_BYTES) == (1, True)
    assert len(json.dumps(rejects[0])) < 2000


def test_a_batch_ends_with_its_lines_or_its_bytes():
    long = [(number, b"x" * (BATCH_BYTES // 4)) for number in range(10)]
    short = [(number, b"x") for number in range(BATCH_LINES + 1)]
    assert [len(chunk) for chunk in _chunks(iter(long))] == [4, 4, 2]
    assert [len(chunk) for chunk in _chunks(iter(short))] == [BATCH_LINES, 1]


def test_what_is_rejected_is_not_kept_in_memory():
    row = sample(output="```python\n" + "x = 1\n" * 10_000 + "```")
    line = _Line(1, orjson.dumps(row), row)
    _reject(line, _Why("output_too_long"))
    assert line.row is None and line.outcome is not None and line.outcome.reason == "output_too_long"


def test_a_review_answer_of_one_line_is_long_enough(tmp_path: Path):
    row = sample(REVIEW, task_type="code_review", response_format="json", input_text="1 x = 1\n2 y = x + 1")
    assert _clean(tmp_path, [row])[0].accepted == 1


def test_hostile_texts_take_no_unreasonable_time(tmp_path: Path):
    # A sign of runaway backtracking, not a benchmark: minutes in place of milliseconds.
    pieces = ['"' * 9000, "\\x41" * 4000, "a" * 19_000, "password=" * 2000, "A1b2" * 4500, "'+'" * 6000, "#" * 9000]
    started = time.process_time()
    _clean(tmp_path, [sample(piece) for piece in pieces])
    assert time.process_time() - started < 60


def _script() -> Any:
    spec = importlib.util.spec_from_file_location("stage_02", ROOT / "scripts" / "02_validate_clean.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_script_cleans_divides_and_prints_one_summary(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    stage = _script()
    source = tmp_path / "raw.jsonl"
    source.write_bytes(b"".join(orjson.dumps(_distinct(number, family="")) + b"\n" for number in range(30)))
    names = ("output", "rejects", "train", "val")
    flags = [text for name in names for text in (f"--{name}", str(tmp_path / name))]
    arguments = ["--input", str(source), *flags, "--workers", "1", "--out-dir", str(tmp_path)]
    from autotrain import cli

    assert cli.main("clean", stage.make_parser(), stage.work, arguments[:-2]) == 0
    summary = json.loads(capfd.readouterr().out)
    assert (summary["read"], summary["accepted"]) == (30, 30)
    assert sum(len((tmp_path / name).read_bytes().splitlines()) for name in ("train", "val")) == 30


def test_the_manual_names_every_reason():
    import re

    folder = ROOT / "autotrain" / "cleaning"
    source = "".join((folder / f"{name}.py").read_text() for name in ("checks", "quality", "cleaner"))
    reasons = set(re.findall(r'_Rejected\(\s*"(\w+)"', source)) | set(re.findall(r'return f?"(\w+): ', source))
    reasons |= {f"{side}_too_{end}" for side in ("input", "output") for end in ("short", "long")}
    manual = (ROOT / "docs" / "cleaning.md").read_text()
    assert len(reasons) > 15
    assert [name for name in sorted(reasons) if f"`{name}`" not in manual] == []
