"""The arithmetic of honest scores: intervals, pass@k, exact McNemar, what a suite can show.

Pure functions of values, standard library only; reads and writes no files. Every formula is
named, explained and checked against published values (docs/statistics.md, tests/evaluation/test_statistics.py).

    python -c "from autotrain.evaluation.statistics import wilson; print(wilson(10, 164))"
"""

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from statistics import NormalDist

Interval = tuple[float, float]


def wilson(successes: float, total: float, confidence: float = 0.95) -> Interval:
    """Wilson's score interval of a proportion; fractional counts serve effective sample sizes."""
    _check_counts(successes, total, confidence)
    z = _normal_quantile(confidence)
    share = successes / total
    centre = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    low = 0.0 if successes == 0 else (centre - spread) / scale
    high = 1.0 if successes == total else (centre + spread) / scale
    return max(0.0, low), min(1.0, high)


def clustered(values: Sequence[float], families: Sequence[Hashable], confidence: float = 0.95) -> Interval:
    """Interval of the mean of values in 0..1 whose errors are shared within a family.

    Related tasks fall together, so 160 tasks in 37 families know less than 160 strangers. The
    families' spread gives the effective number of tasks (never more than there are), which goes
    into Wilson's formula with Student's t for so many families. Where every value is 0 or every
    value is 1 there is no spread to see, and each family counts once. An empty family name
    stands for a task that is related to no other.
    """
    if len(values) != len(families):
        raise ValueError(f"{len(values)} values for {len(families)} families")
    if any(not 0 <= value <= 1 for value in values):
        raise ValueError("values between 0 and 1 are needed")
    total = len(values)
    mean = math.fsum(values) / total if total else 0.0
    _check_counts(mean * total, total, confidence)
    effective = _effective_tasks(values, families, mean, mean * (1 - mean), confidence)
    return wilson(min(mean * effective, effective), effective, confidence)


def mean_interval(values: Sequence[float], families: Sequence[Hashable] | None = None) -> Interval:
    """95 % interval of a mean of any values (lengths, seconds), clustered where families are given."""
    total = len(values)
    if total < 2:
        return -math.inf, math.inf
    mean = math.fsum(values) / total
    variance, count = _cluster_variance(values, families or [""] * total, mean)
    if count < 2:
        return -math.inf, math.inf
    spread = student_quantile(count - 1) * math.sqrt(variance)
    return mean - spread, mean + spread


def pass_at_k(n: int, c: int, k: int) -> float:
    """The unbiased estimate of pass@k from `n` samples of which `c` passed: 1 − C(n−c,k)/C(n,k)."""
    if not (0 <= c <= n and 1 <= k <= n):
        raise ValueError(f"pass@k needs 0 ≤ c ≤ n and 1 ≤ k ≤ n, not n={n}, c={c}, k={k}")
    return 1 - math.comb(n - c, k) / math.comb(n, k)


def mcnemar_one_sided(gained: int, lost: int) -> float:
    """Exact p of at least `gained` of the changed tasks being gains, were a change as likely a loss."""
    _check_changes(gained, lost)
    changed = gained + lost
    return sum(math.comb(changed, count) for count in range(gained, changed + 1)) / 2**changed


def mcnemar_two_sided(gained: int, lost: int) -> float:
    """Exact p of a split of the changed tasks at least as uneven as this one, in either direction."""
    _check_changes(gained, lost)
    return min(1.0, 2 * mcnemar_one_sided(max(gained, lost), min(gained, lost)))


def paired_difference(gained: float, lost: float, total: float, confidence: float = 0.95) -> tuple[float, float, float]:
    """`(difference, low, high)` of two proportions over the same tasks, by Tango's score interval.

    Holds for few tasks and for no change at all, where the textbook interval has no width;
    fractional counts serve effective sample sizes.
    """
    _check_changes(gained, lost)
    if gained + lost > total * (1 + 1e-12) or total <= 0:
        raise ValueError(f"{gained} gained and {lost} lost of {total} tasks")
    z = _normal_quantile(confidence)
    difference = (gained - lost) / total

    def score(delta: float) -> float:
        # The variance under a true difference of delta, with the loss rate at its most likely value.
        b = (2 * total - gained + lost) * delta - gained - lost
        c = -lost * delta * (1 - delta)
        loss_rate = (math.sqrt(max(0.0, b * b - 8 * total * c)) - b) / (4 * total)
        variance = total * (2 * loss_rate + delta * (1 - delta))
        gap = gained - lost - total * delta
        if variance <= 0:
            return math.copysign(math.inf, gap) if gap else 0.0
        return gap / math.sqrt(variance)

    low = _bisect(lambda delta: z - score(delta), -1.0, difference)
    high = _bisect(lambda delta: -z - score(delta), difference, 1.0)
    return difference, low, high


def paired_clustered(
    differences: Sequence[int], families: Sequence[Hashable], confidence: float = 0.95
) -> tuple[float, float, float]:
    """`(mean, low, high)` of differences of -1, 0 or 1 task by task, with the errors of a family taken together.

    As `clustered`: the spread of the families gives the effective number of tasks, which goes into
    Tango's formula. Where nothing varies there is no spread to see, and each family counts once.
    """
    total = len(differences)
    if total != len(families) or not total:
        raise ValueError(f"{total} differences for {len(families)} families")
    if any(difference not in (-1, 0, 1) for difference in differences):
        raise ValueError("differences of -1, 0 or 1 are needed")
    mean = sum(differences) / total
    spread = sum(difference * difference for difference in differences) / total - mean * mean
    share = _effective_tasks(differences, families, mean, spread, confidence) / total
    gained, lost = differences.count(1) * share, differences.count(-1) * share
    _, low, high = paired_difference(gained, lost, total * share, confidence)
    return mean, min(low, mean), max(high, mean)


def count_families(families: Sequence[Hashable]) -> int:
    """How many families there are; an empty name stands for a task that is related to no other."""
    return len({family for family in families if family != ""}) + sum(family == "" for family in families)


def sign_flip_by_family(differences: Sequence[int], families: Sequence[Hashable]) -> float:
    """Exact one-sided p of the total gain, were each family's net gain as likely a loss.

    Holds where the luck of a family's tasks is shared, which McNemar's test takes for independent.
    """
    nets: dict[Hashable, int] = defaultdict(int)
    for position, (difference, family) in enumerate(zip(differences, families, strict=True)):
        nets[family if family != "" else ("", position)] += difference
    ways = {0: 1}  # net gain → in how many ways the families' signs make it
    for net in nets.values():
        if net:
            flipped: dict[int, int] = defaultdict(int)
            for total, count in ways.items():
                flipped[total + net] += count
                flipped[total - net] += count
            ways = flipped
    observed = sum(nets.values())
    return sum(count for total, count in ways.items() if total >= observed) / sum(ways.values())


def needed_gains(lost: int, total: int, alpha: float) -> int | None:
    """The fewest gained tasks that are significant beside `lost` lost ones; None where none is enough."""
    for gained in range(total - lost + 1):
        if mcnemar_one_sided(gained, lost) <= alpha:
            return gained
    return None


def mcnemar_power(total: int, gain_rate: float, loss_rate: float, alpha: float) -> float:
    """Chance that the exact one-sided test shows an improvement of gain_rate − loss_rate."""
    changed_rate = gain_rate + loss_rate
    if gain_rate < 0 or loss_rate < 0 or changed_rate > 1 + 1e-12:
        raise ValueError(f"rates of {gain_rate} and {loss_rate} are no shares of the tasks")
    if changed_rate == 0:
        return 0.0
    power = 0.0
    for changed in range(total + 1):
        weight = _binomial_mass(changed, total, min(1.0, changed_rate))
        needed = _critical_gains(changed, alpha)
        if weight > 1e-15 and needed is not None:
            share = gain_rate / changed_rate
            power += weight * math.fsum(_binomial_mass(g, changed, share) for g in range(needed, changed + 1))
    return min(1.0, power)


@lru_cache(maxsize=1024)
def smallest_detectable(total: int, lost: int, alpha: float, power: float = 0.8) -> float | None:
    """The smallest true improvement that `total` tasks show with the given power.

    The loss rate is what was seen, half a task added so that no losses do not mean that losses
    are impossible. None where even winning everything else would not be shown.
    """
    loss_rate = (lost + 0.5) / (total + 1)
    largest = 1 - 2 * loss_rate
    if largest <= 0 or mcnemar_power(total, largest + loss_rate, loss_rate, alpha) < power:
        return None
    return _bisect(
        lambda delta: mcnemar_power(total, delta + loss_rate, loss_rate, alpha) - power, 0.0, largest, tolerance=1e-5
    )


@lru_cache(maxsize=256)
def findable_gain(total: int, alpha: float, losses: float = 0.25, power: float = 0.8) -> float | None:
    """The smallest true improvement that `total` tasks show with the given power, before anything is known.

    `losses` tasks are taken to be lost for each one gained. None where no improvement would be shown.
    """
    most = 1 / (1 + losses)  # the share of gained tasks when every task changes
    if total < 1 or mcnemar_power(total, most, losses * most, alpha) < power:
        return None
    gain = _bisect(lambda gain: mcnemar_power(total, gain, losses * gain, alpha) - power, 0.0, most, tolerance=1e-4)
    return gain * (1 - losses)


def binomial_tail(count: int, total: int, share: float) -> float:
    """Chance of at least `count` of `total` where each comes with the chance `share`."""
    return min(1.0, math.fsum(_binomial_mass(found, total, share) for found in range(count, total + 1)))


@lru_cache(maxsize=256)
def student_quantile(degrees: int, confidence: float = 0.95) -> float:
    """The two-sided quantile of Student's t distribution."""
    if degrees < 1:
        raise ValueError(f"{degrees} degrees of freedom")
    tail = 1 - confidence
    # P(|T| > t) is the regularised incomplete beta function at degrees / (degrees + t²).
    x = _bisect(lambda x: _beta_cdf(degrees / 2, 0.5, x) - tail, 0.0, 1.0)
    return math.sqrt(degrees * (1 - x) / x)


def _effective_tasks(
    values: Sequence[float], families: Sequence[Hashable], mean: float, spread: float, confidence: float
) -> float:
    """How many unrelated tasks would know as much: `spread` (the variance of one task) by the families' variance.

    Never more than there are tasks; one a family where the families show no spread.
    """
    variance, count = _cluster_variance(values, families, mean)
    if count < 2 or variance <= 0 or spread <= 0:
        return float(count)
    shrink = (_normal_quantile(confidence) / student_quantile(count - 1, confidence)) ** 2
    return min(float(len(values)), shrink * spread / variance)


def _cluster_variance(values: Sequence[float], families: Sequence[Hashable], mean: float) -> tuple[float, int]:
    """Variance of a mean from the families' totals (linearised ratio), and how many families there are."""
    residuals: dict[Hashable, float] = defaultdict(float)
    for position, (value, family) in enumerate(zip(values, families, strict=True)):
        residuals[family if family != "" else ("", position)] += value - mean
    count = len(residuals)
    if count < 2:
        return 0.0, count
    return count / (count - 1) * math.fsum(r * r for r in residuals.values()) / len(values) ** 2, count


@lru_cache(maxsize=65536)
def _critical_gains(changed: int, alpha: float) -> int | None:
    tail, needed = 0, None
    for gained in range(changed, -1, -1):
        tail += math.comb(changed, gained)
        if tail / 2**changed > alpha:
            break
        needed = gained
    return needed


def _binomial_mass(count: int, total: int, share: float) -> float:
    if share <= 0 or share >= 1:
        return float(count == (total if share >= 1 else 0))
    log_ways = math.lgamma(total + 1) - math.lgamma(count + 1) - math.lgamma(total - count + 1)
    return math.exp(log_ways + count * math.log(share) + (total - count) * math.log1p(-share))


def _beta_cdf(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b), by its continued fraction (modified Lentz)."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta_cdf(b, a, 1 - x)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    ) / a  # fmt: skip
    tiny = 1e-300
    d = 1 / _away_from_zero(1 - (a + b) * x / (a + 1), tiny)
    c, fraction = 1.0, d
    for m in range(1, 10_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _away_from_zero(1 + term * d, tiny)
            c = _away_from_zero(1 + term / c, tiny)
            fraction *= c * d
        if abs(c * d - 1) < 1e-15:
            return front * fraction
    raise ArithmeticError(f"the incomplete beta function did not converge at a={a}, b={b}, x={x}")


def _away_from_zero(value: float, tiny: float) -> float:
    return tiny if abs(value) < tiny else value


def _bisect(rising: Callable[[float], float], low: float, high: float, tolerance: float = 1e-12) -> float:
    """Where a rising function crosses zero between `low` and `high`."""
    while high - low > tolerance:
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _normal_quantile(confidence: float) -> float:
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def _check_counts(successes: float, total: float, confidence: float) -> None:
    if not 0 <= successes <= total or total <= 0:
        raise ValueError(f"{successes} successes of {total} are no proportion")
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence between 0 and 1 is needed, not {confidence}")


def _check_changes(gained: float, lost: float) -> None:
    if gained < 0 or lost < 0:
        raise ValueError(f"{gained} gained and {lost} lost tasks")
