"""The middle of repeated measurements and how far they spread."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """Median and the 10th and 90th percentile; with few values these are the smallest and the largest."""

    low: float
    median: float
    high: float
    count: int

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """The spread of at least one value."""
        ordered = sorted(values)
        return cls(percentile(ordered, 10), percentile(ordered, 50), percentile(ordered, 90), len(ordered))

    def __str__(self) -> str:
        if self.count == 1:
            return short(self.median)
        return f"{short(self.median)} ({short(self.low)}-{short(self.high)})"


def percentile(ordered: list[float], percent: float) -> float:
    """By linear interpolation, of values in ascending order."""
    position = (len(ordered) - 1) * percent / 100
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def short(value: float) -> str:
    """Three digits that count."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if abs(value) >= 100:
        return f"{value:.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.3f}"
