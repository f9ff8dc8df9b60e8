"""The arithmetic against published values, brute force and simulation."""

import itertools
import math
import random

import pytest

from autotrain.evaluation import statistics as st

# Newcombe, Statistics in Medicine 17 (1998) 857: the four examples of his table I.
NEWCOMBE = [
    (81, 263, (0.2553, 0.3662)),
    (15, 148, (0.0624, 0.1605)),
    (0, 20, (0.0000, 0.1611)),
    (1, 29, (0.0061, 0.1718)),
]


@pytest.mark.parametrize(("successes", "total", "wilson"), NEWCOMBE)
def test_intervals_are_those_published_by_newcombe(successes, total, wilson):
    assert st.wilson(successes, total) == pytest.approx(wilson, abs=5e-5)


def test_wilson_takes_a_confidence():
    low, high = st.wilson(50, 100, 0.9)
    assert (low, high) == pytest.approx((0.4185, 0.5815), abs=5e-4)


@pytest.mark.parametrize("counts", [(-1, 5), (6, 5), (0, 0)])
def test_impossible_counts_are_refused(counts):
    with pytest.raises(ValueError, match="no proportion"):
        st.wilson(*counts)


@pytest.mark.parametrize(
    ("degrees", "quantile"), [(1, 12.7062), (2, 4.3027), (10, 2.2281), (30, 2.0423), (120, 1.9799)]
)
def test_student_quantiles_are_those_of_the_tables(degrees, quantile):
    assert st.student_quantile(degrees) == pytest.approx(quantile, abs=5e-5)


@pytest.mark.parametrize("n", [1, 4, 6])
def test_pass_at_k_is_the_share_of_draws_that_hold_a_pass(n):
    for c, k in itertools.product(range(n + 1), range(1, n + 1)):
        draws = list(itertools.combinations([True] * c + [False] * (n - c), k))
        assert st.pass_at_k(n, c, k) == pytest.approx(sum(map(any, draws)) / len(draws))


def test_pass_at_k_refuses_more_draws_than_samples():
    with pytest.raises(ValueError):
        st.pass_at_k(3, 1, 4)


def test_mcnemar_is_the_exact_binomial_test():
    # Fagerland, Lydersen and Laake (2013), airway data: 1 against 7 discordant pairs, exact p = 0.0703.
    assert st.mcnemar_two_sided(1, 7) == pytest.approx(0.0703125)
    assert st.mcnemar_one_sided(7, 1) == pytest.approx(9 / 256)
    assert st.mcnemar_one_sided(1, 7) == pytest.approx(255 / 256)
    assert st.mcnemar_one_sided(0, 0) == st.mcnemar_two_sided(0, 0) == st.mcnemar_two_sided(4, 4) == 1


def test_mcnemar_does_not_lose_precision_with_many_changes():
    assert st.mcnemar_one_sided(1200, 1000) == pytest.approx(1.1e-5, rel=0.1)


def test_paired_interval_is_the_published_tango_interval():
    # The same airway data: difference −0.286, Tango 95 % −0.517 to −0.026 (Fagerland et al., table VIII).
    difference, low, high = st.paired_difference(1, 7, 21)
    assert (difference, low, high) == pytest.approx((-6 / 21, -0.517, -0.026), abs=5e-4)


def test_paired_interval_turns_round_when_the_reports_are_swapped():
    there, back = st.paired_difference(9, 3, 80), st.paired_difference(3, 9, 80)
    assert there == pytest.approx((-back[0], -back[2], -back[1]), abs=1e-9)


def test_no_change_at_all_still_has_an_interval_with_width():
    difference, low, high = st.paired_difference(0, 0, 160)
    assert difference == 0
    assert low == pytest.approx(-(1.96**2) / (160 + 1.96**2), abs=1e-4)
    assert high == pytest.approx(-low)


def test_paired_interval_covers_what_it_says():
    total, gain, loss = 60, 0.15, 0.05
    covered = 0.0
    for gained in range(total + 1):
        for lost in range(total + 1 - gained):
            chance = (
                math.comb(total, gained)
                * math.comb(total - gained, lost)
                * gain**gained
                * loss**lost
                * (1 - gain - loss) ** (total - gained - lost)
            )
            if chance > 1e-6:
                _, low, high = st.paired_difference(gained, lost, total)
                covered += chance * (low <= gain - loss <= high)
    assert 0.94 <= covered <= 0.975


def test_without_relation_a_clustered_interval_is_near_wilson():
    rng = random.Random(3)
    values = [float(rng.random() < 0.4) for _ in range(400)]
    plain, clustered = st.wilson(sum(values), 400), st.clustered(values, [""] * 400)
    assert clustered == pytest.approx(plain, abs=0.005)


def test_families_that_pass_or_fail_as_one_count_once():
    families = [family for family in range(20) for _ in range(8)]
    values = [float(family < 10) for family in families]
    low, high = st.clustered(values, families)
    single_low, single_high = st.wilson(10, 20)
    assert low <= single_low and high >= single_high
    assert high - low > 2.5 * (st.wilson(80, 160)[1] - st.wilson(80, 160)[0])


def test_all_failed_says_no_more_than_the_families_know():
    assert st.clustered([0.0] * 160, [i // 4 for i in range(160)]) == pytest.approx(st.wilson(0, 40))
    assert st.clustered([1.0] * 8, ["one"] * 8) == pytest.approx(st.wilson(1, 1))


@pytest.mark.parametrize("share", [0.06, 0.15, 0.5, 0.9])
@pytest.mark.parametrize("relation", [0.0, 0.1, 0.3])
def test_clustered_interval_covers_where_wilson_does_not(share, relation):
    rng = random.Random(f"{share} {relation}")
    loops, covered, plain_covered = 600, 0, 0
    for _ in range(loops):
        values, families = [], []
        for family in range(36):
            scale = (1 - relation) / relation if relation else 0
            chance = rng.betavariate(share * scale, (1 - share) * scale) if relation else share
            values += [float(rng.random() < chance) for _ in range(4)]
            families += [family] * 4
        low, high = st.clustered(values, families)
        covered += low <= share <= high
        plain_low, plain_high = st.wilson(sum(values), len(values))
        plain_covered += plain_low <= share <= plain_high
    assert covered / loops >= 0.91
    if relation == 0.3:
        assert plain_covered < covered


def test_paired_clustered_takes_a_family_as_one_observation():
    differences = [1] * 8 + [0] * 72
    _, low, high = st.paired_clustered(differences, [i // 8 for i in range(80)])
    assert low < 0 < high
    mean, low, _ = st.paired_clustered(differences, [i % 10 for i in range(80)])
    assert mean == pytest.approx(0.1)
    assert low > 0


@pytest.mark.parametrize("families", [3, 12, 60])
def test_where_nothing_varies_the_interval_by_family_still_has_width(families):
    names = [i // 2 for i in range(2 * families)]
    for value in (0, 1, -1):
        mean, low, high = st.paired_clustered([value] * len(names), names)
        assert mean == value and low <= mean <= high
        assert (low, high) == pytest.approx(st.paired_difference(*_counted(value, families), families)[1:])
        assert high - low > 0.05


def _counted(value, families):
    return (families if value > 0 else 0), (families if value < 0 else 0)


def test_one_family_is_one_observation():
    _, low, high = st.paired_clustered([1, 0, 0], ["a"] * 3)
    assert high - low > 1.5


@pytest.mark.parametrize(("families", "size"), [(12, 5), (40, 3)])
@pytest.mark.parametrize(("gain", "loss"), [(0.01, 0.01), (0.1, 0.02), (0.2, 0.05)])
@pytest.mark.parametrize("relation", [0.0, 0.3, 0.7])
def test_paired_interval_by_family_covers_what_it_says(families, size, gain, loss, relation):
    rng = random.Random(f"{families} {gain} {relation}")
    loops, covered = 300, 0
    for _ in range(loops):
        differences, names = [], []
        for family in range(families):
            together = rng.random()  # with a chance of sqrt(relation) a task shares its family's draw
            for _ in range(size):
                draw = together if rng.random() < math.sqrt(relation) else rng.random()
                differences.append(1 if draw < gain else -1 if draw < gain + loss else 0)
                names.append(family)
        _, low, high = st.paired_clustered(differences, names)
        covered += low <= gain - loss <= high
    print(f"{families} families of {size}, +{gain} -{loss}, relation {relation}: {covered / loops:.1%}")
    assert covered / loops >= 0.92


def test_mean_interval_is_the_textbook_one_without_families():
    low, high = st.mean_interval([1, 2, 3, 4, 5])
    spread = 2.7764 * math.sqrt(2.5 / 5)
    assert (low, high) == pytest.approx((3 - spread, 3 + spread), abs=1e-3)


def test_power_is_what_a_direct_sum_over_all_outcomes_gives():
    total, gain, loss, alpha = 30, 0.3, 0.05, 0.05
    power = sum(
        math.comb(total, g)
        * math.comb(total - g, x)
        * gain**g
        * loss**x
        * (1 - gain - loss) ** (total - g - x)
        * (st.mcnemar_one_sided(g, x) <= alpha)
        for g in range(total + 1)
        for x in range(total + 1 - g)
    )
    assert st.mcnemar_power(total, gain, loss, alpha) == pytest.approx(power, abs=1e-9)


def test_smallest_detectable_effect_has_the_power_asked_for():
    delta = st.smallest_detectable(160, 8, 0.05 / 3)
    assert delta is not None
    loss = 8.5 / 161
    assert st.mcnemar_power(160, delta + loss, loss, 0.05 / 3) == pytest.approx(0.8, abs=0.01)
    assert st.smallest_detectable(4, 0, 0.01) is None


def test_needed_gains_is_the_first_significant_count():
    needed = st.needed_gains(3, 160, 0.01)
    assert needed is not None
    assert st.mcnemar_one_sided(needed, 3) <= 0.01 < st.mcnemar_one_sided(needed - 1, 3)
    assert st.needed_gains(0, 4, 0.01) is None


def test_sign_flip_by_family_is_the_share_of_all_sign_patterns():
    differences, families = [1, 1, 0, -1, 1, 0, 1, 1], ["a", "a", "b", "b", "c", "c", "d", "d"]
    nets = [2, -1, 1, 2]
    patterns = itertools.product((1, -1), repeat=4)
    totals = [sum(sign * net for sign, net in zip(signs, nets, strict=True)) for signs in patterns]
    assert st.sign_flip_by_family(differences, families) == sum(total >= 4 for total in totals) / 16


def test_sign_flip_of_unrelated_tasks_is_mcnemar():
    differences = [1] * 9 + [-1] * 3 + [0] * 30
    assert st.sign_flip_by_family(differences, [""] * 42) == pytest.approx(st.mcnemar_one_sided(9, 3))


def test_gains_in_one_family_alone_prove_nothing_about_families():
    assert st.sign_flip_by_family([1] * 20 + [0] * 20, ["one"] * 20 + ["two"] * 20) == 0.5
