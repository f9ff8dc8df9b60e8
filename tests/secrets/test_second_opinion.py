"""SECRET_SCANNER: programs that speak the reports of kingfisher and betterleaks stand in for them."""

import sys
from pathlib import Path

import orjson
import pytest
from sample_rows import sample

from autotrain.cleaning.checks import Options
from autotrain.cleaning.cleaner import clean_file
from autotrain.errors import UsageError
from autotrain.secrets import second_opinion
from autotrain.secrets.second_opinion import opinions

# Each finds the lines that hold `planted`; the reports have the fields that the real programs write.
KINGFISHER = """
lines = open(sys.argv[2]).read().split("\\n")
assert sys.argv[1] == "scan" and "--no-validate" in sys.argv and "--no-ignore" in sys.argv
hits = [number for number, line in enumerate(lines, 1) if "planted" in line]
for number in hits:
    print(json.dumps({"rule": {"name": "test-rule"}, "finding": {"line": number, "snippet": "planted"}}))
print(json.dumps({"audit": {}}))
print(json.dumps({"findings": len(hits)}))
sys.exit(200 if hits else 0)
"""
BETTERLEAKS = """
if sys.argv[1] == "version":
    sys.exit(print("2.0.0-rc.4"))
status = int(next(word for word in sys.argv if word.startswith("--exit-code=")).split("=")[1])
hits = [number for number, line in enumerate(sys.stdin.read().split("\\n"), 1) if "planted" in line]
for number in hits:
    print(json.dumps({"finding": {"rule_id": "test-rule", "location": {"start_line": number, "end_line": number}}}))
print(json.dumps({"scan": {"state": "complete"}}))
sys.exit(status if hits else 0)
"""
BETTERLEAKS_1 = """
if sys.argv[1] == "version":
    sys.exit(print("1.0.0"))
assert "--report-format=json" in sys.argv
status = int(next(word for word in sys.argv if word.startswith("--exit-code=")).split("=")[1])
hits = [number for number, line in enumerate(sys.stdin.read().split("\\n"), 1) if "planted" in line]
print(json.dumps([{"StartLine": number, "EndLine": number, "RuleID": "test-rule"} for number in hits], indent=1))
sys.exit(status if hits else 0)
"""
FAILURES = {
    "crash": "sys.exit(1)",
    "killed": "import os; os.kill(os.getpid(), 9)",
    "no report": "sys.exit(200)",
    "broken report": "print('{'); sys.exit(0)",
    "report without findings": "print(json.dumps({'findings': 0})); sys.exit(200)",
}


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    second_opinion._version.cache_clear()

    def write(name: str, body: str) -> None:
        program = folder / name
        program.write_text(f"#!{sys.executable} -S\nimport json, sys\n{body}")
        program.chmod(0o755)

    return write


@pytest.mark.parametrize(
    ("name", "program"), [("kingfisher", KINGFISHER), ("betterleaks", BETTERLEAKS), ("betterleaks", BETTERLEAKS_1)]
)
def test_a_finding_is_told_of_the_text_that_it_stands_in(install, name: str, program: str):
    install(name, program)
    texts = ["one\ntwo", "three\r\nx \u2028 planted\nfour", "five\x00\x85", "planted", ""]
    found = f"{name} test-rule"
    assert opinions(name, texts) == [None, found, None, found, None]
    assert opinions(name, texts[:1]) == [None]


@pytest.mark.parametrize("failure", sorted(FAILURES))
def test_a_scanner_that_fails_counts_as_a_finding_everywhere(install, failure: str):
    install("kingfisher", FAILURES[failure])
    assert all(said and said.startswith("kingfisher failed") for said in opinions("kingfisher", ["a", "b"]))


def test_the_scanner_gets_no_credential_and_no_configuration(install, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "x" * 30)
    monkeypatch.setenv("BETTERLEAKS_CONFIG", "/nowhere")
    install(
        "kingfisher", "import os\nassert not set(os.environ) - {'PATH', 'HOME', 'LANG', 'LC_CTYPE', '_'}\nprint('{}')"
    )
    assert opinions("kingfisher", ["a"]) == [None]


def test_a_scanner_that_is_not_installed_is_one_error_before_any_work(install, tmp_path: Path):
    with pytest.raises(UsageError, match="SECRET_SCANNER=betterleaks: no such program"):
        clean_file(tmp_path / "raw.jsonl", tmp_path / "clean.jsonl", options=Options(secret_scanner="betterleaks"))


def test_what_the_scanner_finds_is_dropped_and_not_shown(install, tmp_path: Path):
    install("kingfisher", KINGFISHER)
    rows = [{**sample("```python\ndef f(x):\n    return x\n```"), "note": "planted: 1A"}, sample()]
    (tmp_path / "raw.jsonl").write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    summary = clean_file(
        tmp_path / "raw.jsonl",
        tmp_path / "clean.jsonl",
        tmp_path / "rejects.jsonl",
        options=Options(secret_scanner="kingfisher"),
    )
    (kept,) = (tmp_path / "clean.jsonl").read_bytes().splitlines()
    rejects = (tmp_path / "rejects.jsonl").read_bytes()
    assert summary.reasons == {"secret": 1}
    assert orjson.loads(kept)["id"] == rows[1]["id"]
    assert orjson.loads(rejects)["detail"] == "kingfisher test-rule"
    assert b"planted" not in rejects
