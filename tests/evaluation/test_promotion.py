"""The promotion rule: what it promotes, what it holds, and how often it is fooled."""

import random

import pytest

from autotrain.errors import DataError, UsageError
from autotrain.evaluation import promotion
from autotrain.evaluation.compare import TaskResult
from autotrain.evaluation.promotion import FALSE_PROMOTION_RATE, Kept, decide, round_alpha, what_can_be_found
from autotrain.evaluation.statistics import binomial_tail, findable_gain, mcnemar_one_sided, mcnemar_power

TASKS = 190  # about three levels of heidi-core:dev
THIRD = round_alpha(0.0, 3)


def verdicts(passed, formatted=None, weak=()):
    return {
        f"t{i}": TaskResult(f"t{i}", f"f{i // 4}", ok, i in weak, True if formatted is None else formatted[i])
        for i, ok in enumerate(passed)
    }


def results(count):
    return verdicts([i < count for i in range(TASKS)])


def test_a_clear_improvement_is_promoted():
    decision = decide(results(40), results(60), alpha=THIRD)
    assert decision.promoted and decision.verdict == "PROMOTE"
    assert (decision.gained, decision.lost, decision.delta) == (20, 0, 20 / TASKS)
    assert decision.p_value == pytest.approx(2**-20) and decision.alpha == pytest.approx(0.05 / 3.1)


def test_a_higher_score_that_may_be_noise_is_held():
    decision = decide(results(40), results(43), alpha=THIRD)
    assert not decision.promoted and decision.verdict == "HOLD"
    assert "at least 6 gained beside 0 lost would have been enough" in decision.reason


def test_hold_says_the_smallest_improvement_that_could_have_been_shown():
    decision = decide(results(40), results(43), alpha=THIRD)
    delta = decision.smallest_detectable
    assert delta is not None and 0.02 < delta < 0.10
    loss = 0.5 / (TASKS + 1)
    assert mcnemar_power(TASKS, delta + loss, loss, decision.alpha) == pytest.approx(0.8, abs=0.01)
    assert f"{delta * 100:+.1f} points" in decision.reason


def test_a_better_score_with_broken_format_is_held():
    broken = verdicts([i < 70 for i in range(TASKS)], [i < 175 for i in range(TASKS)])
    decision = decide(results(40), broken, alpha=THIRD)
    assert decision.p_value <= decision.alpha and not decision.promoted
    assert decision.format_lower_bound < -0.05 and "format" in decision.reason


def test_a_few_format_losses_do_not_stop_a_promotion():
    nearly = verdicts([i < 70 for i in range(TASKS)], [i < 189 for i in range(TASKS)])
    assert decide(results(40), nearly, alpha=THIRD).promoted


def test_weak_passes_do_not_promote():
    weak = verdicts([i < 70 for i in range(TASKS)], weak=range(40, 70))
    decision = decide(results(40), weak, alpha=THIRD)
    assert decision.gained == 0 and not decision.promoted


def test_score_takes_any_higher_score_and_says_so():
    decision = decide(results(40), results(41), alpha=THIRD, policy="score")
    assert decision.promoted and decision.policy == "score" and "PROMOTION=score" in decision.reason
    assert not decide(results(40), results(40), alpha=THIRD, policy="score").promoted


def test_the_rounds_of_a_run_share_five_percent_equally_and_a_little_is_kept():
    spent = 0.0
    alphas = []
    for left in (5, 4, 3, 2, 1):
        alphas.append(round_alpha(spent, left))
        spent += alphas[-1]
    assert alphas == pytest.approx([0.05 / 5.1] * 5)
    assert 0 < 0.05 - spent < 0.002


@pytest.mark.parametrize("plan", [[3, 3, 3, 5, 5], [1, 2, 3, 4, 5], [1, 10, 10, 10, 10], [5, 5, 5, 5, 5]])
def test_raising_rounds_on_resume_never_overspends_and_always_leaves_something(plan):
    spent = 0.0
    for number, rounds in enumerate(plan, 1):
        alpha = round_alpha(spent, rounds - number + 1)
        assert alpha > 0
        spent += alpha
    assert spent < FALSE_PROMOTION_RATE


def test_losing_what_the_champion_passed_is_held_even_where_more_is_gained():
    before = verdicts([i < 60 for i in range(TASKS)])
    after = verdicts([14 <= i < 120 for i in range(TASKS)])
    decision = decide(before, after, alpha=THIRD)
    assert decision.p_value <= decision.alpha and not decision.promoted
    assert decision.kept["champion"] == Kept(60, 14, pytest.approx(binomial_tail(14, 60, 0.1)))
    assert (
        "of the 60 tasks that the champion passed 14 are lost, which is more than 10 % beyond chance" in decision.reason
    )


def test_losses_that_may_be_noise_do_not_stop_a_promotion():
    before = verdicts([i < 60 for i in range(TASKS)])
    assert decide(before, verdicts([8 <= i < 120 for i in range(TASKS)]), alpha=THIRD).promoted


def test_what_the_base_passed_is_guarded_though_a_later_champion_had_lost_it():
    base, champion = verdicts([i < 40 for i in range(TASKS)]), verdicts([20 <= i < 80 for i in range(TASKS)])
    better = verdicts([20 <= i < 120 for i in range(TASKS)])
    assert decide(champion, better, alpha=THIRD).promoted
    held = decide(champion, better, alpha=THIRD, guarded={"base model": (base, better)})
    assert not held.promoted and "40 tasks that the base model passed 20 are lost" in held.reason


def test_where_no_number_of_gains_is_enough_the_sentence_is_one():
    decision = decide(verdicts([True, False, False]), verdicts([True, True, True]), alpha=THIRD)
    assert decision.reason.endswith("beside 0 lost no number of gained tasks would have been enough on 3 tasks")


def test_before_the_first_round_it_is_said_what_could_be_found():
    assert what_can_be_found(120, 2).startswith(
        "120 tasks decide: they show a true improvement of +11.7 points in 8 of"
    )
    assert "no improvement at all" in what_can_be_found(4, 2)


def test_what_can_be_found_is_found_in_eight_of_ten_tries():
    gain = findable_gain(120, 0.05 / 2.1) / 0.75
    assert mcnemar_power(120, gain, gain / 4, 0.05 / 2.1) == pytest.approx(0.8, abs=0.01)


def test_the_p_value_at_the_edge_promotes():
    champion, challenger = results(40), results(46)
    assert mcnemar_one_sided(6, 0) == 1 / 64
    assert decide(champion, challenger, alpha=1 / 64).promoted
    assert not decide(champion, challenger, alpha=1 / 65).promoted


def test_an_unknown_policy_and_other_tasks_are_refused():
    with pytest.raises(UsageError, match="strict or score"):
        decide(results(1), results(2), alpha=THIRD, policy="best")
    with pytest.raises(DataError, match="t189 is missing"):
        decide(results(1), verdicts([True] * 189), alpha=THIRD)


def test_the_decision_says_how_sure_it_is_of_families():
    one_family = verdicts([i < 4 for i in range(TASKS)])
    decision = decide(verdicts([False] * TASKS), one_family, alpha=THIRD)
    assert (decision.p_value, decision.p_by_family) == (1 / 16, 0.5)


def noisy_model(chances, rng):
    return verdicts([rng.random() < chance for chance in chances])


PLANS = {"five rounds": [5] * 5, "two, then five": [2, 2, 5, 5, 5], "one more each time": [1, 2, 3, 4, 5]}


def false_promotions(chances, policy, loops, rng, plan):
    """Share of runs of five rounds in which a model no better than the champion is promoted; ROUNDS by round: plan."""
    wrong = 0
    for _ in range(loops):
        champion, spent, fooled = noisy_model(chances, rng), 0.0, False
        for number, rounds in enumerate(plan, 1):
            alpha = round_alpha(spent, rounds - number + 1)
            challenger = noisy_model(chances, rng)
            decision = decide(champion, challenger, alpha=alpha, policy=policy)
            fooled |= decision.promoted
            champion, spent = (challenger, spent) if decision.promoted else (champion, spent + alpha)
        wrong += fooled
    return wrong / loops


@pytest.fixture
def verdict_alone(monkeypatch):
    """What could have been shown is words of the reason, and nearly all of the work."""
    monkeypatch.setattr(promotion, "smallest_detectable", lambda *arguments: None)


@pytest.mark.usefixtures("verdict_alone")
@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("name", ["a fifth of the tasks at a coin's toss", "every task at one in ten"])
def test_five_rounds_of_noise_promote_in_at_most_five_percent_of_loops(name, plan):
    chances = {
        "a fifth of the tasks at a coin's toss": [0.0] * 76 + [0.5] * 38 + [1.0] * 76,
        "every task at one in ten": [0.1] * TASKS,
    }[name]
    rate = false_promotions(chances, "strict", 400, random.Random(name), PLANS[plan])
    print(f"false promotions over five null rounds, {plan}, {name}: {rate:.1%}")
    assert rate <= 0.05


@pytest.mark.usefixtures("verdict_alone")
def test_the_plain_higher_score_is_fooled_by_noise_in_most_loops():
    rate = false_promotions([0.0] * 76 + [0.5] * 38 + [1.0] * 76, "score", 200, random.Random(5), PLANS["five rounds"])
    print(f"false promotions by the plain higher score: {rate:.1%}")
    assert rate > 0.7


@pytest.mark.usefixtures("verdict_alone")
@pytest.mark.parametrize(("points", "least"), [(8, 0.75), (12, 0.95)])
def test_real_improvements_are_promoted(points, least):
    rng, promoted, loops = random.Random(points), 0, 300
    gain, loss = points / 100 + 0.02, 0.02
    for _ in range(loops):
        before, after = [], []
        for _ in range(TASKS):
            draw = rng.random()
            change = "gain" if draw < gain else "loss" if draw < gain + loss else "same"
            old = change == "loss" or (change == "same" and rng.random() < 0.3)
            before.append(old)
            after.append({"gain": True, "loss": False, "same": old}[change])
        promoted += decide(verdicts(before), verdicts(after), alpha=THIRD).promoted
    exact = mcnemar_power(TASKS, gain, loss, THIRD)
    print(
        f"power at +{points} points, {TASKS} tasks, 2 % losses, alpha of 3 rounds: {promoted / loops:.1%} ({exact:.1%})"
    )
    assert promoted / loops >= least
    assert promoted / loops == pytest.approx(exact, abs=0.06)
