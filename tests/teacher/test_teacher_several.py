"""Several teachers share one output and one budget; what samples cost is said before the start."""

import json
from collections import Counter
from pathlib import Path

import pytest
from fake_openai import serving
from teacher_support import credentials_for, run_core

from autotrain.config.settings import PROJECT_ROOT, Settings
from autotrain.errors import UsageError
from autotrain.teacher import forecast, teachers
from autotrain.teacher.prices import dollars, price_of
from autotrain.teacher.request_ledger import ledger_beside
from autotrain.teacher.teachers import Teacher

URL = "http://localhost:8000/v1"


def test_names_addresses_and_shares_are_read():
    assert teachers.named("gpt-4o-mini") == [("gpt-4o-mini", None, 1.0)]
    assert teachers.named(f"a/b:c@{URL}") == [("a/b:c", URL, 1.0)]
    assert teachers.named(f"@cf/meta/llama*3, claude@20240620@{URL}*0.5") == [
        ("@cf/meta/llama", None, 3.0),
        ("claude@20240620", URL, 0.5),
    ]


@pytest.mark.parametrize("text", ["a,", "a,builtin", "a,a", "a*0", f"a@{URL},self"])
def test_what_names_no_teachers_is_one_sentence(text):
    with pytest.raises(UsageError, match="TEACHER_MODEL"):
        teachers.named(text)


def test_an_address_of_another_host_never_gets_the_key_of_the_first(tmp_path):
    environ = {"OPENAI_API_KEY": "sk-own", "OPENAI_BASE_URL": "https://api.example/v1", "ENDPOINT_API_KEY": "sk-other"}
    given = dict(environ)
    first, second = teachers.find("a,b@https://elsewhere.example/v1", given, tmp_path / ".env")
    assert (first.credentials.key, second.credentials.key) == ("sk-own", "sk-other") and given == {}
    _, second = teachers.find(
        "a,b@https://elsewhere.example/v1", {**environ, "ENDPOINT_API_KEY": ""}, tmp_path / ".env"
    )
    assert second.credentials.key == "none"
    with pytest.raises(UsageError, match="one host"):
        teachers.find("b@https://one.example/v1,c@https://two.example/v1", dict(environ), tmp_path / ".env")


def test_every_stretch_of_slots_is_shared_out_alike():
    for start in (0, 1000):
        counts = Counter(teachers.whose(slot, [3.0, 1.0]) for slot in range(start, start + 40))
        assert abs(counts[0] - 30) <= 1


def test_two_teachers_fill_one_file_by_their_shares_out_of_one_budget(tmp_path):
    with serving() as one, serving() as two:
        other = Teacher("gpt-4o", credentials_for(two.base_url), price_of("gpt-4o", ""), share=1.0)
        outcome = run_core(one.base_url, tmp_path, 20, others=[other], max_usd=5.0)
        charged = [Counter(server.charged) for server in (one, two)]
        asked = [server.requests for server in (one, two)]
        again = run_core(one.base_url, tmp_path, 20, others=[other], max_usd=5.0)
        assert [server.requests for server in (one, two)] == asked
    assert outcome.error is None and again.error is None
    found = Counter(row["metadata"]["teacher_model"] for row in outcome.accepted)
    assert abs(found["gpt-4o"] - 10) <= 1 and found.total() == 20
    assert ledger_beside(tmp_path / "raw.jsonl", 1).is_file()
    cost = sum(
        price.cost(counts["in"], counts["cached"], counts["out"])
        for counts, price in zip(charged, (price_of("gpt-4o-mini", ""), other.price), strict=True)
        if price is not None
    )
    assert outcome.budget.account.spent_cost == again.budget.account.spent_cost == cost


def test_the_cap_holds_over_all_teachers(tmp_path):
    with serving() as one, serving() as two:
        other = Teacher("gpt-4o", credentials_for(two.base_url), price_of("gpt-4o", ""), share=1.0)
        outcome = run_core(one.base_url, tmp_path, 500, others=[other], max_usd=0.1)
    assert "TEACHER_MAX_USD" in str(outcome.error)
    assert 0.02 < dollars(outcome.budget.account.spent_cost) <= 0.1


def test_a_dry_run_says_the_worst_and_what_earlier_runs_took(tmp_path):
    with serving() as server:
        run_core(server.base_url, tmp_path / "runs" / "1" / "data", 10)
    settings = Settings(out_dir=str(tmp_path), teacher_model=f"gpt-4o-mini,new@{URL}", teacher_concurrency=2)
    known, new = forecast.rows(settings, 40, forecast.ledgers_of(tmp_path))
    assert known["samples"] == new["samples"] == 20 and new["usual"] is None and new["worst"]["usd"] == 0.0
    assert known["usual"]["from_samples"] == 10 and known["usual"]["requests"] == pytest.approx(41, abs=3)
    assert 0 < known["usual"]["usd"] < known["worst"]["usd"] and known["usual"]["tokens"] < known["worst"]["tokens"]
    assert any("usually" in line for line in forecast.lines(settings, 40, forecast.ledgers_of(tmp_path)))


def test_dry_run_of_the_script_asks_nobody_and_writes_nothing(tmp_path: Path):
    import subprocess
    import sys

    with serving() as server:
        environ = {"OPENAI_BASE_URL": server.base_url, "PATH": "/usr/bin:/bin", "PYTHONPATH": str(PROJECT_ROOT)}
        command = [sys.executable, str(PROJECT_ROOT / "scripts" / "01_teacher_generate.py"), "--dry-run"]
        command += ["--output", str(tmp_path / "raw.jsonl"), "--teacher", "gpt-4o-mini", "--samples", "50"]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
        assert server.requests == 0
    told = json.loads(done.stdout)
    assert told["teachers"][0]["worst"]["usd"] > 0 and "at most" in done.stderr
    assert list(tmp_path.iterdir()) == []
