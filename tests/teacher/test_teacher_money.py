"""Prices, the cap, the ledger and the usage that is told."""

import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest

from autotrain.errors import DataError, UsageError
from autotrain.jsonl import load_rows
from autotrain.teacher.accounts import estimate, total_usage
from autotrain.teacher.budget import Bound, Budget
from autotrain.teacher.output import Output
from autotrain.teacher.plan import Plan
from autotrain.teacher.prices import PRICES_FILE, Price, dollars, picodollars, price_of
from autotrain.teacher.protocol import Answer, Dialect
from autotrain.teacher.request_ledger import RequestLedger
from autotrain.teacher.usage import Usage

PRICE = Price(input=150_000, cached_input=75_000, output=600_000)
ANSWER = Answer("text", "stop", False, 1000, 400, 50, "m", "2026-01-01T00:00:00.000Z")


def test_cached_tokens_are_cheaper_and_sums_are_exact():
    assert PRICE.cost(1000, 400, 50) == 600 * 150_000 + 400 * 75_000 + 50 * 600_000
    assert dollars(PRICE.cost(1_000_000, 0, 0)) == 0.15
    assert dollars(sum(PRICE.cost(1, 0, 0) for _ in range(1_000_000))) == 0.15


def test_a_dated_model_has_the_price_of_its_name():
    assert price_of("gpt-4o-mini-2024-07-18", "") == price_of("gpt-4o-mini", "") is not None


def test_the_prices_say_when_they_were_read():
    import yaml

    table = yaml.safe_load(PRICES_FILE.read_text())
    assert str(table["read"]).count("-") == 2
    assert all(price_of(name, "") is not None for name in table["models"])


@pytest.mark.parametrize("text", ["models: 3", "nonsense", "models: {m: {input: -1, output: 2}}", "models: {m: {}}"])
def test_a_broken_price_file_is_one_sentence(tmp_path: Path, text: str):
    path = tmp_path / "prices.yaml"
    path.write_text(text)
    with pytest.raises(UsageError, match="prices.yaml"):
        price_of("m", "", path)


def test_a_model_that_the_table_lacks_is_priced_by_the_package_where_it_is_installed(monkeypatch):
    def calc_price(usage: dict[str, int], model: str, *, provider_api_url: str) -> SimpleNamespace:
        if model != "deepseek-chat" or "deepseek" not in provider_api_url:
            raise LookupError(model)
        fresh = usage.get("input_tokens", 0) - usage.get("cache_read_tokens", 0)
        usd = 0.3 * fresh + 0.03 * usage.get("cache_read_tokens", 0) + 1.2 * usage.get("output_tokens", 0)
        return SimpleNamespace(total_price=Decimal(usd) / 10**6)

    priced = SimpleNamespace(constraint=SimpleNamespace(start_date=date(2025, 2, 9)))
    providers = [SimpleNamespace(models=[SimpleNamespace(prices=[priced]), SimpleNamespace(prices=None)])]
    package = SimpleNamespace(Usage=dict, calc_price=calc_price, __version__="0.2.3")
    assert price_of("deepseek-chat", "https://api.deepseek.com/v1") is None
    monkeypatch.setitem(sys.modules, "genai_prices", package)
    monkeypatch.setitem(sys.modules, "genai_prices.data", SimpleNamespace(providers=providers))
    found = price_of("deepseek-chat", "https://api.deepseek.com/v1")
    assert found is not None and (found.input, found.cached_input, found.output) == (300_000, 30_000, 1_200_000)
    assert "0.2.3" in found.source and "2025-02-09" in found.source
    assert price_of("another", "https://api.deepseek.com/v1") is None
    assert price_of("gpt-4o-mini", "").source == ""  # our own table comes first


def test_reservations_count_until_they_are_settled():
    budget = Budget(PRICE, 0.001, 0)
    bound = Bound(1000, picodollars(0.0006))
    assert budget.fits(bound)
    budget.reserve(bound)
    assert not budget.fits(bound) and budget.fits_alone(bound)
    budget.settle(bound, 100, picodollars(0.0001))
    assert budget.fits(bound)
    budget.reserve(bound)
    budget.keep(bound)
    assert not budget.fits_alone(bound)
    assert budget.account.spent_cost == picodollars(0.0007) and budget.account.reserved_cost == 0


def test_no_cap_fits_everything():
    budget = Budget(None, 0.0, 0)
    assert budget.fits(Bound(10**15, 10**30)) and budget.describe() == ""


def test_the_bound_covers_any_tokenizer_and_the_dearest_input():
    bound = Budget(PRICE, 0.0, 0).bound(prompt_bytes=100, messages=2, answer_tokens=10)
    assert bound.tokens >= 100 + 10
    assert bound.cost >= PRICE.cost(100, 0, 10)


def test_a_server_that_overruns_its_bound_widens_the_next_ones():
    budget = Budget(PRICE, 0.0, 0)
    bound = budget.bound(100, 2, 100)
    budget.reserve(bound)
    budget.settle(bound, 3 * bound.tokens, 1)
    assert budget.bound(100, 2, 100).tokens >= 2.9 * bound.tokens


def test_the_ledger_finds_every_answer_and_every_request_in_flight_again(tmp_path: Path):
    path = tmp_path / "requests.jsonl"
    bound = Bound(5000, picodollars(0.002))
    with RequestLedger(path, PRICE) as ledger:
        ledger.remember_dialect("here m", Dialect(mode="json"))
        for name in ("a", "b", "c"):
            ledger.sent(name, 3, "task", 1, 1, bound)
        ledger.answered("a", 3, ANSWER, bound, 0.5)
        ledger.failed("b", 3, "rate_limited", "429", bound, maybe_paid=False)
        ledger.sent("b", 3, "task", 1, 2, bound)
        ledger.failed("b", 3, "timeout", "slow", bound, maybe_paid=True)
        assert ledger.usage.unsettled_tokens == 5000
    with RequestLedger(path, PRICE) as ledger:
        usage = ledger.usage
        assert ledger.dialect("here m") == Dialect(mode="json")
        assert ledger.take("a") == ANSWER and ledger.take("a") is None
        assert ledger.take("b") is None
    assert (usage.requests, usage.answers, usage.retries) == (4, 1, 1)
    assert (usage.rate_limited, usage.timeouts) == (1, 1)
    assert usage.unsettled_tokens == 2 * 5000  # b timed out, c was in flight when it ended
    assert usage.cost == PRICE.cost(1000, 400, 50)


def test_a_torn_ledger_line_is_cut_off(tmp_path: Path):
    path = tmp_path / "requests.jsonl"
    with RequestLedger(path, PRICE) as ledger:
        ledger.sent("a", 0, "task", 1, 1, Bound(10, 10))
    with open(path, "ab") as stream:
        stream.write(b'{"kind":"answer","id":"a","te')
    with RequestLedger(path, PRICE) as ledger:
        assert ledger.take("a") is None
        assert ledger.usage.unsettled_tokens == 10
    assert len(load_rows(path)) == 1


def test_a_file_that_is_no_ledger_is_one_sentence(tmp_path: Path):
    path = tmp_path / "requests.jsonl"
    path.write_text('{"kind":"answer","id":"never-sent","slot":1}\n')
    with pytest.raises(DataError, match="line 1: no line of a request ledger"):
        RequestLedger(path, PRICE)


def test_a_cost_that_nobody_knows_is_null_and_never_zero():
    assert Usage(tokens_in=5).as_row(None)["cost_usd"] is None
    assert Usage(tokens_in=5).as_row(PRICE)["cost_usd"] == 0.0
    known, unknown = Usage().as_row(PRICE), Usage().as_row(None)
    assert total_usage([known, unknown])["cost_usd"] is None
    assert total_usage([known, known])["requests"] == 0


def test_the_estimate_is_a_bound_on_what_is_missing(tmp_path: Path):
    with Output(tmp_path / "raw.jsonl", tmp_path / "rejects.jsonl") as output:
        plan = Plan(seed=1, round_number=1)
        text = estimate(plan, Budget(PRICE, 5.0, 0), output, 10, 1000)
        assert "10 samples take 20 requests" in text and "$" in text and "TEACHER_MAX_USD=5" in text
        assert "price unknown" in estimate(plan, Budget(None, 0.0, 0), output, 10, 1000)
