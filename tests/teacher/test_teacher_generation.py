"""The teacher's core against the loopback server: N samples, faults, money, resuming."""

import pytest
from fake_openai import Faults, serving
from teacher_support import NO_CHECKS, run_core, undated

from autotrain.errors import Stopped, TeacherError
from autotrain.jsonl import load_rows, write_rows
from autotrain.tasks import samples
from autotrain.teacher.drafts import Claim
from autotrain.teacher.prices import dollars
from autotrain.teacher.slot import Checks

ROUGH = {
    "latency_s": 0.01,
    "tail": 1.0,
    "rate": 120.0,
    "burst": 20,
    "server_error": 0.05,
    "drop": 0.03,
    "truncated_json": 0.02,
    "html": 0.02,
    "refusal": 0.02,
    "length": 0.02,
    "empty": 0.02,
    "wrong_schema": 0.02,
}


def test_exactly_n_sound_samples_arrive_from_a_rough_server(tmp_path):
    with serving(Faults(**ROUGH)) as server:
        outcome = run_core(server.base_url, tmp_path, 60)
    assert outcome.error is None
    assert len(outcome.accepted) == 60
    assert len({row["id"] for row in outcome.accepted}) == 60
    assert all(samples.schema_problem(row) is None for row in outcome.accepted)
    assert len(outcome.rejects) > 0 and all(row["reason"] for row in outcome.rejects)
    slots = sorted([row["metadata"]["slot"] for row in outcome.accepted] + [row["slot"] for row in outcome.rejects])
    assert slots == list(range(len(slots)))


def test_a_429_loses_no_task_and_is_counted_apart(tmp_path):
    with serving(Faults(rate=60, burst=5, latency_s=0.005)) as server:
        outcome = run_core(server.base_url, tmp_path, 30)
        refused = server.outcomes["429"]
    assert len(outcome.accepted) == 30 and not outcome.rejects
    assert refused > 0 and outcome.usage.rate_limited == refused
    assert outcome.usage.server_errors == outcome.usage.timeouts == 0
    assert outcome.usage.unsettled_tokens == 0


def test_the_order_of_the_answers_does_not_change_the_file(tmp_path):
    faults = {"refusal": 0.05, "wrong_schema": 0.05, "exact_tasks": 300}
    outcomes = []
    for name, latency in (("calm", {}), ("wild", {"latency_s": 0.02, "tail": 1.5})):
        with serving(Faults(**faults, **latency)) as server:
            outcomes.append(run_core(server.base_url, tmp_path / name, 50))
    calm, wild = outcomes
    assert undated(calm.accepted) == undated(wild.accepted)
    assert undated(calm.rejects) == undated(wild.rejects)


def test_nothing_is_asked_for_beyond_the_slots_that_are_needed(tmp_path):
    with serving(Faults(wrong_schema=0.2)) as server:
        outcome = run_core(server.base_url, tmp_path, 40)
    slots = {row["slot"] for row in outcome.requests if row["kind"] == "sent"} - {-1}
    assert slots == set(range(len(outcome.accepted) + len(outcome.rejects)))
    assert outcome.accepted[-1]["metadata"]["slot"] == max(slots)


def test_a_second_start_asks_only_for_what_is_missing(tmp_path):
    with serving() as server:
        run_core(server.base_url, tmp_path, 10)
        first = server.requests
        outcome = run_core(server.base_url, tmp_path, 25)
        assert max(server.seen.values()) == 1
    assert len(outcome.accepted) == 25
    assert server.requests == first + 2 * 15
    assert [row["metadata"]["slot"] for row in outcome.accepted] == list(range(25))


def test_paid_answers_are_replayed_when_the_output_is_lost(tmp_path):
    with serving() as server:
        before = run_core(server.base_url, tmp_path, 12)
        asked = server.requests
        (tmp_path / "raw.jsonl").unlink()
        after = run_core(server.base_url, tmp_path, 12)
    assert server.requests == asked
    assert after.accepted == before.accepted
    assert after.usage.replayed == 24


def test_a_stop_ends_cleanly_and_the_next_start_completes(tmp_path):
    with serving(Faults(latency_s=0.02)) as server:
        stopped = run_core(server.base_url, tmp_path, 40, concurrency=4, should_stop=lambda: server.answers > 20)
        assert isinstance(stopped.error, Stopped)
        assert 0 < len(stopped.accepted) < 40
        outcome = run_core(server.base_url, tmp_path, 40)
        assert max(server.seen.values()) == 1
    assert len(outcome.accepted) == 40


@pytest.mark.parametrize("rough", [{}, ROUGH], ids=["calm", "rough"])
def test_the_server_never_charges_more_than_the_cap(tmp_path, rough):
    cap = 0.01
    with serving(Faults(**rough)) as server:
        outcome = run_core(server.base_url, tmp_path, 500, max_usd=cap, answer_tokens=400)
        charged = server.charged
    assert isinstance(outcome.error, TeacherError) and f"TEACHER_MAX_USD={cap:g}" in str(outcome.error)
    price = outcome.budget.price
    assert price is not None
    cost = dollars(price.cost(charged["in"], charged["cached"], charged["out"]))
    assert 0.4 * cap < cost <= cap
    assert dollars(outcome.budget.account.spent_cost) <= cap
    # A rough server can hold up the first slot until the cap is reached: what is paid waits in the ledger then.
    assert (0 if rough else 1) <= len(outcome.accepted) < 500 and outcome.usage.answers > 20


def test_the_token_cap_holds_too(tmp_path):
    with serving() as server:
        outcome = run_core(server.base_url, tmp_path, 500, max_tokens=20_000, answer_tokens=400)
        charged = server.charged
    assert isinstance(outcome.error, TeacherError) and "TEACHER_MAX_TOKENS=20000" in str(outcome.error)
    assert 10_000 < charged["in"] + charged["out"] <= 20_000


def test_a_raised_cap_goes_on_without_paying_again(tmp_path):
    with serving() as server:
        run_core(server.base_url, tmp_path, 30, max_tokens=10_000, answer_tokens=400)
        outcome = run_core(server.base_url, tmp_path, 30, max_tokens=100_000, answer_tokens=400)
        assert max(server.seen.values()) == 1
    assert outcome.error is None and len(outcome.accepted) == 30


def test_measured_usage_is_what_the_server_charged(tmp_path):
    with serving() as server:
        usage = run_core(server.base_url, tmp_path, 20).usage
        charged = server.charged
    assert (usage.tokens_in, usage.tokens_cached, usage.tokens_out) == (
        charged["in"],
        charged["cached"],
        charged["out"],
    )
    assert usage.unsettled_tokens == usage.unreported == 0
    assert usage.requests == usage.answers == 41


def test_a_server_without_token_counts_is_budgeted_at_its_worst_case(tmp_path):
    with serving(Faults(usage=False)) as server:
        outcome = run_core(server.base_url, tmp_path, 5)
    assert outcome.usage.tokens_in == outcome.usage.tokens_out == outcome.usage.cost == 0
    assert outcome.usage.unreported == outcome.usage.answers
    assert outcome.usage.unsettled_tokens == outcome.budget.account.spent_tokens > 5 * 2048


@pytest.mark.parametrize(
    ("share", "reason"),
    [("refusal", "refused"), ("length", "truncated"), ("empty", "empty"), ("wrong_schema", "wrong schema")],
)
def test_a_bad_answer_is_a_counted_reject(tmp_path, share, reason):
    with serving(Faults(**{share: 0.3})) as server:
        outcome = run_core(server.base_url, tmp_path, 15)
    assert len(outcome.accepted) == 15
    reasons = {row["reason"] for row in outcome.rejects}
    assert reason in reasons
    assert reasons <= {reason, "entry point", "format"}  # where code was asked for, a schema can be no other one


@pytest.mark.parametrize("share", ["drop", "truncated_json", "html", "server_error"])
def test_a_broken_reply_is_asked_for_again(tmp_path, share):
    with serving(Faults(**{share: 0.2})) as server:
        outcome = run_core(server.base_url, tmp_path, 8)
    assert len(outcome.accepted) == 8 and not outcome.rejects
    assert outcome.usage.retries > 0
    paid_twice = outcome.usage.unsettled_tokens > 0
    assert paid_twice == (share != "server_error")


def test_a_hanging_server_is_cut_off_and_the_worst_case_stays_counted(tmp_path):
    with serving(Faults(hang=0.1)) as server:
        outcome = run_core(server.base_url, tmp_path, 15, timeout_s=0.3)
    assert len(outcome.accepted) == 15
    assert outcome.usage.timeouts == server.outcomes["hang"] > 0
    assert outcome.usage.unsettled_tokens > 0


def test_a_server_that_dies_half_way_ends_with_one_sentence_and_can_be_resumed(tmp_path):
    with serving(Faults(die_after=30)) as server:
        dead = run_core(server.base_url, tmp_path, 40, patience_s=0.5)
        assert isinstance(dead.error, TeacherError)
        assert "gave no answer" in str(dead.error) and "goes on from here" in str(dead.error)
        assert len(dead.accepted) > 0
        server.dead, server.faults.die_after = False, 0
        outcome = run_core(server.base_url, tmp_path, 40)
    assert len(outcome.accepted) == 40


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, {}, "refused the key (401)"),
        (403, {}, "refuses access"),
        (404, {}, "knows no model gpt-4o-mini (404)"),
        (402, {}, "quota"),
        (429, {"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}, "quota"),
        (302, {}, "redirects (302)"),
    ],
)
def test_what_no_retry_can_mend_stops_at_the_first_answer(tmp_path, status, body, words):
    with serving(Faults(status=status, status_body=body)) as server:
        outcome = run_core(server.base_url, tmp_path, 5)
    assert isinstance(outcome.error, TeacherError) and words in str(outcome.error)
    assert server.requests == 1
    assert "\n" not in str(outcome.error)


def test_no_server_at_all_is_one_sentence(tmp_path):
    outcome = run_core("http://127.0.0.1:9/v1", tmp_path, 5)
    assert isinstance(outcome.error, TeacherError)
    assert "cannot be reached" in str(outcome.error) and "http://127.0.0.1:9/v1" in str(outcome.error)


def test_a_wait_longer_than_the_patience_is_refused_at_once(tmp_path):
    with serving(Faults(rate=0.0001, burst=1)) as server:
        outcome = run_core(server.base_url, tmp_path, 5)
    assert isinstance(outcome.error, TeacherError) and "asks to wait" in str(outcome.error)


@pytest.mark.parametrize(
    ("faults", "mode"),
    [
        ({}, "schema"),
        ({"modes": ("json_object",)}, "json"),
        ({"modes": ()}, "fenced"),
        ({"ignores_format": True}, "fenced"),
    ],
    ids=["schema", "json mode", "neither", "ignored silently"],
)
def test_one_probe_finds_the_form_that_works_and_it_is_remembered(tmp_path, faults, mode):
    said = []
    with serving(Faults(**faults)) as server:
        outcome = run_core(server.base_url, tmp_path, 3, on_event=said.append)
        again = run_core(server.base_url, tmp_path, 4, on_event=said.append)
    assert len(outcome.accepted) == 3 and len(again.accepted) == 4
    assert [row["dialect"]["mode"] for row in again.requests if row["kind"] == "dialect"] == [mode]
    assert len(said) == 1 and f"mode {mode}" in said[0]


@pytest.mark.parametrize("field", ["seed", "temperature", "max_tokens"])
def test_a_parameter_that_the_server_refuses_is_left_out(tmp_path, field):
    with serving(Faults(refuses_fields=(field,))) as server:
        outcome = run_core(server.base_url, tmp_path, 3)
        assert all(field not in body for body in server.bodies[-3:])
    assert len(outcome.accepted) == 3
    assert [row["dialect"]["mode"] for row in outcome.requests if row["kind"] == "dialect"] == ["schema"]


def test_answers_are_tried_again_and_difficulty_is_measured(tmp_path):
    calls: dict[int, int] = {}

    async def third_time(row):
        slot = row["metadata"]["slot"]
        calls[slot] = calls.get(slot, 0) + 1
        return None if calls[slot] == 1 + slot % 4 else "own tests: assertion failed"

    with serving() as server:
        outcome = run_core(server.base_url, tmp_path, 8, attempts=4, checks=Checks(NO_CHECKS.claims, third_time))
    measured = [(row["metadata"]["attempts"], row["metadata"]["difficulty"]) for row in outcome.accepted]
    assert measured == [(1, "easy"), (2, "medium"), (3, "medium"), (4, "hard")] * 2
    seeds = [row["id"] for row in outcome.requests if row["kind"] == "sent"]
    assert len(seeds) == len(set(seeds))


def test_a_task_whose_answers_all_fail_is_rejected_with_its_reason(tmp_path):
    async def fails(row):
        return "own tests: assertion failed" if row["metadata"]["slot"] == 1 else None

    with serving() as server:
        outcome = run_core(server.base_url, tmp_path, 3, attempts=2, checks=Checks(NO_CHECKS.claims, fails))
    assert [(row["slot"], row["reason"]) for row in outcome.rejects] == [(1, "own tests")]
    assert "2 attempts" in outcome.rejects[0]["detail"] and outcome.rejects[0]["task"]["instruction"]
    assert len(outcome.accepted) == 3


def test_a_server_that_repeats_itself_is_not_asked_again_and_again(tmp_path):
    async def fails(row):
        return "own tests: assertion failed"

    with serving() as server:
        server.script = lambda prompt: "```python\npass\n```" if "Answer with one Python code block" in prompt else None
        checks = Checks(NO_CHECKS.claims, fails)
        outcome = run_core(server.base_url, tmp_path, 3, attempts=9, most_asked=3, checks=checks)
    attempts = {(row["slot"], row["attempt"]) for row in outcome.requests if row.get("step") in ("answer", "repair")}
    repeated = {row["slot"] for row in outcome.rejects if "repeats an earlier one" in row["detail"]}
    assert repeated and all((slot, 2) in attempts and (slot, 3) not in attempts for slot in repeated)


def test_no_answer_is_paid_for_where_a_task_breaks_its_own_claims(tmp_path):
    async def refuse(claims: list[Claim], entry_point: str):
        return "task tests: a stub passes the tests"

    with serving() as server:
        outcome = run_core(server.base_url, tmp_path, 3, most_asked=6, checks=Checks(refuse, NO_CHECKS.sample))
    assert isinstance(outcome.error, TeacherError)
    assert "0 of 3 samples were accepted out of 6" in str(outcome.error) and "task tests 6" in str(outcome.error)
    assert {row["step"] for row in outcome.requests if row["kind"] == "sent" and row["slot"] >= 0} == {"task"}


def test_a_repeated_task_is_a_duplicate_and_another_is_asked_for(tmp_path):
    with serving(Faults(exact_tasks=25)) as server:
        outcome = run_core(server.base_url, tmp_path, 15)
    instructions = [(row["instruction"], row["input"]) for row in outcome.accepted]
    assert len(instructions) == len(set(instructions)) == 15
    assert "duplicate" in {row["reason"] for row in outcome.rejects}


def test_focus_asks_for_variants_of_failures_beside_fresh_tasks(tmp_path):
    with serving() as server:
        failed = run_core(server.base_url, tmp_path / "before", 4).accepted
        outcome = run_core(server.base_url, tmp_path / "after", 10, seed=2, focus=failed)
        prompts = [body["messages"][-1]["content"] for body in server.bodies]
    parents = [row.get("parent_id") for row in outcome.accepted]
    assert sum(parent is not None for parent in parents) == 5
    assert {parent for parent in parents if parent} <= {row["id"] for row in failed}
    assert any("A student failed the exercise below" in prompt for prompt in prompts)
    assert not {row["instruction"] for row in failed} & {row["instruction"] for row in outcome.accepted}


def test_the_limit_of_requests_in_flight_is_kept_and_used(tmp_path):
    with serving(Faults(latency_s=0.05)) as server:
        run_core(server.base_url, tmp_path, 60, concurrency=16)
        assert 12 <= server.most_in_flight <= 16


def test_an_answer_without_its_request_in_the_ledger_is_not_invented(tmp_path):
    with serving() as server:
        run_core(server.base_url, tmp_path, 3)
        path = tmp_path / "raw.requests.jsonl"
        rows = [row for row in load_rows(path) if row["kind"] != "answer"]
        write_rows(path, rows)
        (tmp_path / "raw.jsonl").unlink()
        before = server.requests
        outcome = run_core(server.base_url, tmp_path, 3)
    assert server.requests == before + 6
    # Seven requests were in flight, as far as the ledger knows: their worst case stays counted.
    assert outcome.usage.unsettled_tokens > 7 * 2048


def test_the_builtin_teachers_tasks_need_one_call_each(tmp_path):
    from itertools import islice

    from autotrain.tasks import prompts as student
    from autotrain.teacher.builtin import generate

    given = list(islice(generate(seed=3, round_number=1, timestamp=""), 12))
    answers = {student.user_message(row): row["output"] for row in given}
    with serving() as server:
        server.script = lambda prompt: next((answers[key] for key in answers if prompt.startswith(key)), None)
        outcome = run_core(server.base_url, tmp_path, 12, tasks=iter(given))
    assert outcome.error is None and len(outcome.accepted) == 12
    assert [row["instruction"] for row in outcome.accepted] == [row["instruction"] for row in given]
    assert {row["step"] for row in outcome.requests if row["kind"] == "sent" and row["slot"] >= 0} == {"answer"}
    assert outcome.usage.requests == 12 + 1
    assert all(row["metadata"]["teacher_model"] == "gpt-4o-mini" for row in outcome.accepted)
    assert all(row["tests"] for row in outcome.accepted)
