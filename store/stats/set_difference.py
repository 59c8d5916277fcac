"""Two sets of spans or traces compared: percentiles, means and errors, each with how sure the difference is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .bootstrap import Difference, mean_difference, percentile_difference, share_difference
from .collecting import GroupValues
from .summary import PERCENTILES


class Compared(NamedTuple):
    """One number of both sets."""

    field: str
    measure: str
    """`p50` to `p99`, `mean`, or `share` for errors."""
    unit: str
    """As of `FieldValues`, or `share`."""
    difference: Difference | None
    """None: too few values to say."""
    counted: tuple[int, int]
    """How many values of each set there are."""


def set_difference(first: GroupValues, second: GroupValues, *, of_traces: bool) -> Iterator[Compared]:
    """Yield each number of `first`, the baseline, and of `second`."""
    sizes = [side.group.traces if of_traces else side.group.spans for side in (first, second)]
    errors = share_difference((first.group.errors, sizes[0]), (second.group.errors, sizes[1]))
    yield Compared("errors", "share", "share", errors, (sizes[0], sizes[1]))
    for one, other in zip(first.fields, second.fields, strict=True):
        counted = len(one.values), len(other.values)
        if not any(counted):
            continue
        sides = one.values.in_order(), other.values.in_order()
        yield Compared(one.title, "mean", one.unit, mean_difference(*sides), counted)
        for share in PERCENTILES:
            found = percentile_difference(*sides, share)
            yield Compared(one.title, f"p{100 * share:.0f}", one.unit, found, counted)
