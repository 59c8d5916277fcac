"""Traces over time: counts, failures, tokens and cost for each stretch of time, and how long the traces took.

The width of the stretches doubles while more time is covered, so any file is some hundred of them. Durations are
counted in bins of a logarithmic scale, which is what a heat map of latency shows.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

MOST_BUCKETS = 512
"""More stretches than this are merged two by two."""

PERCENTILES = (0.5, 0.9, 0.95, 0.99)
"""The percentiles of an overview."""

_FIRST_WIDTH_NS = 250_000_000

BINS_PER_DECADE = 8
_FIRST_MS = 0.01
_DECADES = 9
EDGES_MS: tuple[float, ...] = tuple(
    _FIRST_MS * 10 ** (step / BINS_PER_DECADE) for step in range(_DECADES * BINS_PER_DECADE + 1)
)
"""The least duration of each bin but the first, in ms; the first bin has all that is shorter."""


class Bucket:
    """The traces that began in one stretch of time."""

    __slots__ = ("bins", "cost_usd", "errors", "tokens", "traces")

    def __init__(self) -> None:
        self.traces = self.errors = self.tokens = 0
        self.cost_usd = 0.0
        self.bins: dict[int, int] = {}
        """The number of traces in each bin of duration."""

    def add(self, other: Bucket) -> None:
        """Add the traces of another stretch."""
        self.traces += other.traces
        self.errors += other.errors
        self.tokens += other.tokens
        self.cost_usd += other.cost_usd
        for place, count in other.bins.items():
            self.bins[place] = self.bins.get(place, 0) + count


class Measured(NamedTuple):
    """The traces of one slice that began in one stretch of time."""

    bucket: int
    """start_ns // width_ns."""
    traces: int
    errors: int
    tokens: int
    cost_usd: float
    durations_ms: Sequence[float]


class TimeGrid:
    """Buckets by the number of their stretch of time, which all have the same width."""

    def __init__(self) -> None:
        self.width_ns = _FIRST_WIDTH_NS
        self.buckets: dict[int, Bucket] = {}

    def add(self, measured: Iterable[Measured]) -> None:
        """Add traces that were measured with the present `width_ns`."""
        for one in measured:
            bucket = self.buckets.setdefault(one.bucket, Bucket())
            bucket.traces += one.traces
            bucket.errors += one.errors
            bucket.tokens += one.tokens
            bucket.cost_usd += one.cost_usd
            for place, count in counts_in_bins(one.durations_ms).items():
                bucket.bins[place] = bucket.bins.get(place, 0) + count
        while len(self) > MOST_BUCKETS:
            self._widen()

    def __len__(self) -> int:
        """The stretches from the first to the last bucket."""
        return max(self.buckets) - min(self.buckets) + 1 if self.buckets else 0

    def _widen(self) -> None:
        wider: dict[int, Bucket] = {}
        for place, bucket in self.buckets.items():
            wider.setdefault(place // 2, Bucket()).add(bucket)
        self.width_ns *= 2
        self.buckets = wider


def counts_in_bins(durations_ms: Iterable[float]) -> dict[int, int]:
    """Return how many durations each bin has, without empty bins."""
    ordered = sorted(durations_ms)
    counts: dict[int, int] = {}
    start = 0
    while start < len(ordered):
        place = bin_of(ordered[start])
        end = bisect_left(ordered, EDGES_MS[place], start) if place < len(EDGES_MS) else len(ordered)
        counts[place] = end - start
        start = end
    return counts


def bin_of(duration_ms: float) -> int:
    """Return the bin of a duration."""
    return bisect_right(EDGES_MS, duration_ms)
