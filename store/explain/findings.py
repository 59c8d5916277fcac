"""What the traces of A have in common and those of B have not, in order of how much it tells."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..stats.shares import Table, adjusted, p_value, phi, wilson
from .properties import Property

LARGEST_FALSE_RATE = 0.05
"""The rate of false discoveries that is accepted."""

LEAST_DIFFERENCE = 0.1
"""A property is named when its share of A is larger than its share of B by at least this."""

FEWEST_WITH = 3
LEAST_SHARE_WITH = 0.05
"""A property is looked at when so many traces, and so large a share of the smaller set, have it."""

SAME_TRACES_SHARE = 0.05
"""Two properties say the same if no larger share of their traces has only one of them."""

MOST_EXAMPLES = 3
MOST_FINDINGS = 12


class Finding(NamedTuple):
    """A property that A has more often than B, and others that the same traces have."""

    same: tuple[Property, ...]
    """All properties of these traces, or of nearly the same; the numbers are those of the first."""
    table: Table
    phi: float
    lift: float | None
    """How many times as large the share of A is; None if no trace of B has the property."""
    interval_a: tuple[float, float]
    """The 95 % interval of the share of A."""
    p_value: float
    """Corrected for the number of properties that were tried."""
    examples: tuple[int, ...]
    """Numbers of traces of A that have it."""

    @property
    def property(self) -> Property:
        """The property that stands for all of them."""
        return self.same[0]


def findings(
    properties: Iterable[tuple[Property, frozenset[int]]], of_a: int, of_b: int, *, tried_before: int = 0
) -> list[Finding]:
    """Return what A has in common, the largest phi first: of each field the one property that tells most.

    The traces of A have the numbers from 0 to `of_a` - 1, those of B the next. Every property counts as a try for the
    correction of p-values, whether it is more frequent in A or in B, and so do `tried_before`, which told nothing.
    """
    floor = max(FEWEST_WITH, LEAST_SHARE_WITH * min(of_a, of_b))
    tried: dict[frozenset[int], list[Property]] = {}
    for one, traces in properties:
        if floor <= len(traces) <= of_a + of_b - 1:
            tried.setdefault(traces, []).append(one)
    tables = [_table(traces, of_a, of_b) for traces in tried]
    rates = adjusted([*map(p_value, tables), *[1.0] * tried_before])[: len(tables)]
    found = [
        (
            traces,
            Finding(
                tuple(sorted(same, key=_simplicity)),
                table,
                phi(table),
                table.share_a / table.share_b if table.with_b else None,
                wilson(table.with_a, table.of_a),
                rate,
                tuple(sorted(trace for trace in traces if trace < of_a)[:MOST_EXAMPLES]),
            ),
        )
        for (traces, same), table, rate in zip(tried.items(), tables, rates, strict=True)
        if rate < LARGEST_FALSE_RATE
        and table.with_a >= FEWEST_WITH
        and table.share_a - table.share_b >= LEAST_DIFFERENCE
    ]
    found.sort(key=lambda one: -one[1].phi)
    return _one_of_each(found)[:MOST_FINDINGS]


def _simplicity(one: Property) -> tuple[bool, bool, int, int]:
    # What people say first: a value before a bound or a lack, a field of ours before an attribute.
    is_value = " = " in one.condition and not one.condition.startswith("not ")
    return not is_value, "`" in one.field, one.field.count("."), len(one.condition)


def _table(traces: frozenset[int], of_a: int, of_b: int) -> Table:
    with_a = sum(trace < of_a for trace in traces)
    return Table(with_a, of_a, len(traces) - with_a, of_b)


def _one_of_each(found: list[tuple[frozenset[int], Finding]]) -> list[Finding]:
    # The best property of each field, without those of nearly the same traces as a better one.
    kept: list[tuple[frozenset[int], Finding]] = []
    seen = set[str]()
    for traces, one in found:
        if one.property.field in seen:
            continue
        seen.update(same.field for same in one.same)
        twin = next((place for place, (others, _) in enumerate(kept) if _are_alike(traces, others)), None)
        if twin is None:
            kept.append((traces, one))
        else:
            others, better = kept[twin]
            kept[twin] = (others, better._replace(same=(*better.same, *one.same)))
    return [one for _, one in kept]


def _are_alike(one: frozenset[int], other: frozenset[int]) -> bool:
    return len(one ^ other) <= SAME_TRACES_SHARE * len(one | other)
