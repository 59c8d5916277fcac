"""How sure the difference of two percentiles, means or shares is: bootstrap intervals.

The bootstrap (Efron, 1979) draws samples of the same size, with repetition, and looks how much the result varies. For
a percentile no sample needs to be drawn: the place of the drawn percentile in the sorted values follows the beta
distribution of an order statistic.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from math import ceil, fsum, sqrt
from typing import NamedTuple

from ..model.percentiles import rank
from .shares import wilson

DRAWS = 2_000

FEWEST = 20
"""With fewer values on a side nothing is said."""

FEWEST_BEYOND = 5
"""Of a percentile, so many values must lie beyond it: 100 values for p95, 500 for p99."""


class Difference(NamedTuple):
    """A result of two samples, and the 95 % interval of the difference."""

    first: float
    second: float
    low: float
    high: float

    @property
    def is_sure(self) -> bool:
        """Whether the interval excludes no difference."""
        return self.low > 0 or self.high < 0


def percentile_difference(
    first: Sequence[float], second: Sequence[float], share: float, *, seed: int = 1
) -> Difference | None:
    """Return how much larger the percentile of `second` is; None for too few values. Both are ascending."""
    least = max(FEWEST, ceil(FEWEST_BEYOND / min(share, 1 - share)))
    if min(len(first), len(second)) < least:
        return None
    chance = random.Random(seed)
    drawn = sorted(_drawn(second, share, chance) - _drawn(first, share, chance) for _ in range(DRAWS))
    return Difference(_percentile(first, share), _percentile(second, share), *_interval(drawn))


def mean_difference(first: Sequence[float], second: Sequence[float]) -> Difference | None:
    """Return how much larger the mean of `second` is; None for too few values. For means the bootstrap is normal."""
    if min(len(first), len(second)) < FEWEST:
        return None
    means, variances = zip(*(_mean_and_variance(side) for side in (first, second)), strict=True)
    half = 1.959964 * sqrt(fsum(variances))
    difference = means[1] - means[0]
    return Difference(means[0], means[1], difference - half, difference + half)


def share_difference(first: tuple[int, int], second: tuple[int, int]) -> Difference | None:
    """Return how much larger the share of `second` is, both as (count, total), by Newcombe's method 10 (1998)."""
    if min(first[1], second[1]) < FEWEST:
        return None
    one, other = first[0] / first[1], second[0] / second[1]
    (low_1, high_1), (low_2, high_2) = wilson(*first), wilson(*second)
    low = other - one - sqrt((other - low_2) ** 2 + (high_1 - one) ** 2)
    high = other - one + sqrt((high_2 - other) ** 2 + (one - low_1) ** 2)
    return Difference(one, other, low, high)


def _drawn(values: Sequence[float], share: float, chance: random.Random) -> float:
    place = rank(share, len(values)) + 1
    at = chance.betavariate(place, len(values) - place + 1)
    return values[min(len(values) - 1, int(at * len(values)))]


def _percentile(values: Sequence[float], share: float) -> float:
    return values[rank(share, len(values))]


def _interval(drawn: Sequence[float]) -> tuple[float, float]:
    return drawn[int(0.025 * len(drawn))], drawn[int(0.975 * len(drawn))]


def _mean_and_variance(values: Sequence[float]) -> tuple[float, float]:
    # The variance of the mean, not of the values.
    mean = fsum(values) / len(values)
    return mean, fsum((value - mean) ** 2 for value in values) / (len(values) - 1) / len(values)
