"""A distribution in a few numbers, as a histogram, and over time."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log
from typing import NamedTuple

from ..model.percentiles import Distribution, rank

PERCENTILES = (0.5, 0.75, 0.9, 0.95, 0.99)

_EIGHTHS = " ▁▂▃▄▅▆▇█"


class Summary(NamedTuple):
    """What is said of the values of a field."""

    counted: int
    mean: float
    smallest: float
    largest: float
    total: float
    percentiles: tuple[float, ...]
    """Of `PERCENTILES`; each is a value that occurs."""


class TimeSlot(NamedTuple):
    """A part of the time line."""

    start_ns: float
    began: int
    """How many began in it."""
    p95_ns: float | None
    """The 95th percentile of the durations; None if nothing started in the slot."""


def summary(values: Distribution) -> Summary | None:
    """Return the summary; None without values."""
    count, total = len(values), values.total()
    smallest, largest = values.smallest(), values.largest()
    if total is None or smallest is None or largest is None:
        return None
    percentiles = tuple(values.percentile(share) or 0.0 for share in PERCENTILES)
    return Summary(count, total / count, smallest, largest, total, percentiles)


def histogram(values: Distribution, bins: int) -> list[int]:
    """Return the counts of `bins` ranges between the smallest and the largest value; equal ratios if all are positive.

    A range includes its upper bound. Equal values are in one range, the first.
    """
    bounds = bin_bounds(values, bins)
    counts = [values.count_up_to(bound) for bound in bounds]
    return [count - before for count, before in zip(counts, [0, *counts], strict=False)]


def bin_bounds(values: Distribution, bins: int) -> list[float]:
    """Return the upper bounds of the ranges of `histogram`."""
    low, high = values.smallest(), values.largest()
    if low is None or high is None:
        return []
    if low == high:
        return [high] * bins
    if low > 0:
        step = log(high / low) / bins
        inner = [low * exp(step * number) for number in range(1, bins)]
    else:
        inner = [low + (high - low) * number / bins for number in range(1, bins)]
    return [*inner, high]


def time_line(starts_ns: Sequence[float], durations_ns: Sequence[float], slots: int) -> list[TimeSlot]:
    """Return how many began in each of `slots` equal parts of the time, and how long they took."""
    if not starts_ns:
        return []
    first, last = min(starts_ns), max(starts_ns)
    length = max(1.0, (last - first) / slots)
    inside: list[list[float]] = [[] for _ in range(slots)]
    for start, duration in zip(starts_ns, durations_ns, strict=True):
        inside[min(slots - 1, int((start - first) / length))].append(duration)
    return [
        TimeSlot(first + number * length, len(one), sorted(one)[rank(0.95, len(one))] if one else None)
        for number, one in enumerate(inside)
    ]


def spark_line(numbers: Sequence[float | None]) -> str:
    """Return the numbers as a line of bars, the largest as high as the line; anything above zero is visible."""
    most = max((number for number in numbers if number is not None), default=0)
    if not most:
        return " " * len(numbers)
    heights = (0 if not number else max(1, round(8 * number / most)) for number in numbers)
    return "".join(_EIGHTHS[height] for height in heights)
