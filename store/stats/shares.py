"""How much two sets of traces differ, and how sure that is: a few textbook formulas."""

from __future__ import annotations

from collections.abc import Sequence
from math import erfc, exp, lgamma, sqrt
from typing import NamedTuple

_SMALLEST_EXPECTED = 10.0
"""Fisher's exact test decides below this number of expected traces in a cell, the chi-square test above."""

_Z95 = 1.959964
"""The 97.5 % quantile of the normal distribution."""


class Table(NamedTuple):
    """How many traces of A and of B have a property, and how many traces A and B have."""

    with_a: int
    of_a: int
    with_b: int
    of_b: int

    @property
    def share_a(self) -> float:
        """The share of A that has the property."""
        return self.with_a / self.of_a if self.of_a else 0.0

    @property
    def share_b(self) -> float:
        """The share of B that has the property."""
        return self.with_b / self.of_b if self.of_b else 0.0


def phi(table: Table) -> float:
    """Return the phi coefficient of the property and of being in A, from -1 to 1 (Yule, 1912); 0 if one is constant."""
    with_a, of_a, with_b, of_b = table
    having, lacking = with_a + with_b, of_a + of_b - with_a - with_b
    scale = having * lacking * of_a * of_b
    if not scale:
        return 0.0
    return (with_a * (of_b - with_b) - with_b * (of_a - with_a)) / sqrt(scale)


def wilson(count: int, total: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson, 1927); (0, 1) for no observations."""
    if not total:
        return 0.0, 1.0
    share, z2 = count / total, _Z95 * _Z95
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = _Z95 / (1 + z2 / total) * sqrt(share * (1 - share) / total + z2 / (4 * total * total))
    return max(0.0, middle - half), min(1.0, middle + half)


def p_value(table: Table) -> float:
    """Return how likely a difference of shares as large as this is by chance, in either direction.

    By Fisher's exact test for few traces, otherwise by the chi-square test with Yates's correction.
    """
    with_a, of_a, with_b, of_b = table
    having, total = with_a + with_b, of_a + of_b
    if not 0 < having < total or not of_a or not of_b:
        return 1.0
    if min(of_a, of_b) * min(having, total - having) / total >= _SMALLEST_EXPECTED:
        difference = abs(with_a * (of_b - with_b) - with_b * (of_a - with_a))
        corrected = max(0.0, difference - total / 2)
        chi2 = total * corrected**2 / (of_a * of_b * having * (total - having))
        return erfc(sqrt(chi2 / 2))
    return _fisher(table)


def adjusted(p_values: Sequence[float]) -> list[float]:
    """Return the p-values corrected for their number: the rate of false discoveries (Benjamini and Hochberg, 1995)."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__, reverse=True)
    result, least = [1.0] * len(p_values), 1.0
    for place, index in enumerate(order):
        least = min(least, p_values[index] * len(p_values) / (len(p_values) - place))
        result[index] = least
    return result


def _fisher(table: Table) -> float:
    with_a, of_a, with_b, of_b = table
    having = with_a + with_b
    base = _log_choose(of_a + of_b, having)

    def chance(count: int) -> float:
        return exp(_log_choose(of_a, count) + _log_choose(of_b, having - count) - base)

    observed = chance(with_a) * (1 + 1e-7)
    possible = range(max(0, having - of_b), min(of_a, having) + 1)
    return min(1.0, sum(one for one in map(chance, possible) if one <= observed))


def _log_choose(total: int, count: int) -> float:
    return lgamma(total + 1) - lgamma(count + 1) - lgamma(total - count + 1)
