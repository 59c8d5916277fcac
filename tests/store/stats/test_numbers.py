"""Percentiles, histograms, lines over time and intervals of differences, against plain definitions."""

from __future__ import annotations

import random
from math import fsum, isclose
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracetui.store.model.percentiles import Distribution, rank
from tracetui.store.stats.bootstrap import mean_difference, percentile_difference, share_difference
from tracetui.store.stats.shares import Table, adjusted, p_value, phi, wilson
from tracetui.store.stats.summary import PERCENTILES, bin_bounds, histogram, spark_line, summary, time_line

_NUMBERS = st.lists(st.floats(-1e6, 1e6) | st.integers(0, 5).map(float), max_size=40)


def distribution(numbers: list[float]) -> Distribution:
    made = Distribution()
    for start in range(0, len(numbers), 7):
        made.add(numbers[start : start + 7])
    return made


@given(_NUMBERS)
def test_a_summary_is_what_plain_python_says(numbers: list[float]) -> None:
    """Counts, sums and percentiles; nothing of no values."""
    said = summary(distribution(numbers))
    if not numbers:
        assert said is None
        return
    assert said is not None
    ordered = sorted(numbers)
    assert (said.counted, said.smallest, said.largest) == (len(numbers), ordered[0], ordered[-1])
    assert said.percentiles == tuple(ordered[rank(share, len(ordered))] for share in PERCENTILES)
    assert isclose(said.total, fsum(numbers), abs_tol=1e-6)
    assert list(distribution(numbers).in_order()) == ordered


@given(_NUMBERS, st.integers(1, 12))
def test_a_histogram_counts_every_value_once(numbers: list[float], bins: int) -> None:
    """Each range up to and with its bound."""
    values = distribution(numbers)
    counts, bounds = histogram(values, bins), bin_bounds(values, bins)
    assert sum(counts) == len(numbers)
    if numbers:
        assert len(counts) == bins
        for number, bound in enumerate(bounds):
            assert sum(counts[: number + 1]) == sum(value <= bound for value in numbers)


@given(st.lists(st.tuples(st.integers(0, 1_000), st.integers(0, 99)), max_size=30), st.integers(1, 9))
def test_a_time_line_has_every_start_once(began: list[tuple[int, int]], slots: int) -> None:
    """With the 95th percentile of the durations in each part of the time."""
    line = time_line([start for start, _ in began], [duration for _, duration in began], slots)
    assert sum(slot.began for slot in line) == len(began)
    assert all((slot.p95_ns is None) == (slot.began == 0) for slot in line)


def test_a_line_of_bars_shows_what_is_not_zero() -> None:
    """However small it is."""
    assert spark_line([0, 1, 1_000, None, 500]) == " ▁█ ▄"
    assert spark_line([0, 0]) == "  "


def test_an_interval_holds_the_true_difference_as_often_as_it_says() -> None:
    """Of 200 pairs of samples, about 95 %; and no difference is called sure where there is none."""
    chance = random.Random(2)
    held = sure = 0
    for seed in range(200):
        first = sorted(chance.expovariate(1) for _ in range(150))
        second = sorted(chance.expovariate(1) + 0.5 for _ in range(150))
        same = sorted(chance.expovariate(1) for _ in range(150))
        found = percentile_difference(first, second, 0.5, seed=seed)
        none = percentile_difference(first, same, 0.5, seed=seed)
        assert found is not None
        assert none is not None
        held += found.low <= 0.5 <= found.high
        sure += none.is_sure
    assert held >= 180
    assert sure <= 20


def test_the_interval_of_a_mean_is_around_the_difference() -> None:
    """The difference of the means, and wider for few values."""
    first, second = [float(n % 10) for n in range(100)], [float(n % 10) + 3 for n in range(100)]
    found = mean_difference(first, second)
    few = mean_difference(first[:20], second[:20])
    assert found is not None
    assert few is not None
    assert isclose((found.low + found.high) / 2, mean(second) - mean(first))
    assert found.is_sure
    assert few.high - few.low > found.high - found.low


@pytest.mark.parametrize(
    ("count", "share", "is_said"),
    [(19, 0.5, False), (20, 0.5, True), (99, 0.95, False), (100, 0.95, True), (499, 0.99, False), (500, 0.99, True)],
)
def test_of_too_few_values_nothing_is_said(count: int, share: float, is_said: bool) -> None:
    """A p99 of forty values is the largest of them, and tells nothing."""
    values = [float(number) for number in range(count)]
    assert (percentile_difference(values, values, share) is not None) == is_said


def test_shares_are_compared_with_their_interval() -> None:
    """Newcombe's own example: 56 of 70 and 48 of 80."""
    found = share_difference((48, 80), (56, 70))
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)
    assert share_difference((1, 19), (5, 100)) is None


@settings(max_examples=50)
@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12), st.integers(0, 12))
def test_phi_is_the_correlation_and_p_a_probability(a: int, b: int, c: int, d: int) -> None:
    """Of two yes/no properties; the other way round the sign is the other."""
    table, back = Table(a, a + b, c, c + d), Table(c, c + d, a, a + b)
    assert -1.0000001 <= phi(table) <= 1.0000001
    assert isclose(phi(table), -phi(back), abs_tol=1e-12)
    assert 0 <= p_value(table) <= 1.0000001
    assert isclose(p_value(table), p_value(back), rel_tol=1e-6)


def test_textbook_values() -> None:
    """Fisher's tea (one of the two tails doubles), Wilson's interval, Benjamini and Hochberg's correction."""
    assert round(p_value(Table(3, 4, 1, 4)), 4) == 0.4857
    assert [round(share, 4) for share in wilson(8, 10)] == [0.4902, 0.9433]
    assert [round(p, 4) for p in adjusted([0.01, 0.04, 0.03, 0.005])] == [0.02, 0.04, 0.04, 0.02]
