"""Properties that traces have in common: every value of every field, and numbers above or below a bound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import floor, log10
from typing import Any, NamedTuple, TypeAlias

from ..filter.tree.nodes import Name
from ..filter.tree.spelling import in_quotes, spell
from ..model.percentiles import rank

FEW_NUMBERS = 10
"""A field with at most so many different numbers is asked by number; one with more is asked by bounds."""

MOST_VALUE_CHARS = 200
"""A longer text is what somebody said, and not a property."""

MOST_DISTINCT_SHARE = 0.5
"""A field with more different texts than this share of its traces has is an id."""

FEWEST_FOR_AN_ID = 20

_CUTS = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
"""The quantiles, of all traces, at which numbers are cut."""

Value: TypeAlias = str | int | float | bool


class Property(NamedTuple):
    """Something that a trace has or has not."""

    field: str
    """The field, as the filter language spells it."""
    condition: str
    """The filter that finds the traces."""


class Column:
    """The values of one field, by the number of the trace. A trace may have several."""

    def __init__(self, name: Name) -> None:
        self.name = name
        self._traces_of: dict[Value, set[int]] = {}
        self._bounds: dict[int, tuple[float, float]] = {}
        """The smallest and the largest number of a trace."""

    def add(self, trace: int, value: Value) -> None:
        """Add one value of one trace."""
        self.add_all([(trace, value)])

    def add_all(self, values: Iterable[tuple[int, Value]]) -> None:
        """Add values as (trace, value)."""
        traces_of: dict[Any, set[int]] = self._traces_of
        bounds: dict[int, tuple[Any, Any]] = self._bounds
        value: Any
        for trace, value in values:
            kind = type(value)
            if kind is str:
                if len(value) > MOST_VALUE_CHARS:
                    continue
            elif kind is not bool:
                found = bounds.get(trace)
                if found is None:
                    bounds[trace] = (value, value)
                elif value < found[0] or value > found[1]:
                    bounds[trace] = (min(found[0], value), max(found[1], value))
                if len(traces_of) > FEW_NUMBERS and value not in traces_of:
                    continue
            having = traces_of.get(value)
            if having is None:
                traces_of[value] = {trace}
            else:
                having.add(trace)

    def add_traces(self, value: str, traces: set[int]) -> None:
        """Add one text to many traces."""
        self._traces_of.setdefault(value, set()).update(traces)

    def properties(self, traces: frozenset[int]) -> Iterator[tuple[Property, frozenset[int]]]:
        """Yield each property with those of `traces` that have it; nothing for an id."""
        spelled = spell(self.name)
        having = set().union(*self._traces_of.values(), self._bounds)
        texts = {value: found for value, found in self._traces_of.items() if not _is_number(value)}
        if len(texts) > max(FEWEST_FOR_AN_ID, MOST_DISTINCT_SHARE * len(having)):
            return
        yield from _equal(spelled, texts)
        numbers = {value: found for value, found in self._traces_of.items() if _is_number(value)}
        if len(numbers) <= FEW_NUMBERS:
            yield from _equal(spelled, numbers)
        else:
            yield from self._cut(spelled)
        if lacking := traces - having:
            yield Property(spelled, f"{spelled} is null" if self.name.scope else f"not {{has:{spelled}}}"), lacking

    def _cut(self, spelled: str) -> Iterator[tuple[Property, frozenset[int]]]:
        largest = sorted(high for _, high in self._bounds.values())
        for cut in dict.fromkeys(_rounded(largest[rank(share, len(largest))]) for share in _CUTS):
            above = frozenset(trace for trace, (_, high) in self._bounds.items() if high > cut)
            if above:
                yield Property(spelled, f"{spelled} > {_number(cut)}"), above
                below = frozenset(trace for trace, (low, _) in self._bounds.items() if low <= cut)
                yield Property(spelled, f"{spelled} <= {_number(cut)}"), below


def _equal(spelled: str, traces_of: Mapping[Value, Iterable[int]]) -> Iterator[tuple[Property, frozenset[int]]]:
    for value, traces in traces_of.items():
        yield Property(spelled, f"{spelled} = {_spelled(value)}"), frozenset(traces)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _spelled(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return in_quotes(value) if isinstance(value, str) else _number(value)


def _rounded(value: float) -> float:
    # To three digits, as a person would type it.
    if not value:
        return value
    rounded = round(value, 2 - floor(log10(abs(value))))
    return int(rounded) if isinstance(value, int) else rounded


def _number(value: float) -> str:
    return f"{value:d}" if isinstance(value, int) else f"{value!r}"
