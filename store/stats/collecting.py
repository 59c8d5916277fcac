"""Collect the values of fields, by group, from the spans or traces that match a filter."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from ..filter.fields.bind import bound
from ..filter.sql.group_plan import speaks_of_traces
from ..filter.tree.nodes import By, Name, Query
from ..model.percentiles import Distribution
from ..read.groups import Group, Key, grouping_of
from ..read.reader import Reader

OF_TRACES = ("duration", "ttft", "tokens", "cost", "spans")
OF_SPANS = ("duration", "ttft", "tpot", "input_tokens", "output_tokens", "cost")
"""The fields that are measured if none is named."""


class FieldValues(NamedTuple):
    """The values of one field in one group."""

    title: str
    unit: str
    """`ns`, `ms`, `usd` or nothing."""
    values: Distribution


class GroupValues(NamedTuple):
    """One group."""

    group: Group
    """Its counts, tokens and cost."""
    fields: tuple[FieldValues, ...]
    starts_ns: array[float]
    durations_ns: array[float]
    """The start and the duration of each span or trace, in one order."""


class Collected(NamedTuple):
    """All groups, the most frequent first."""

    by: tuple[str, ...]
    of_traces: bool
    groups: tuple[GroupValues, ...]


class Collector:
    """Collects the groups of one question; `steps` reads the file, `collected` returns the result."""

    def __init__(
        self,
        reader: Reader,
        query: Query,
        *,
        by: Sequence[Name] | None = None,
        measured: Sequence[Name] = (),
        now_ns: int,
        gone: frozenset[int],
        utc: bool = False,
    ) -> None:
        """`by` is used if the query has no by(); without either there is one group. Raises FilterError."""
        if query.by is None:
            query = replace(query, stages=(*query.stages, By(tuple(by or ()))))
        if not measured:
            names = OF_TRACES if speaks_of_traces(query) else OF_SPANS
            scope = "trace" if speaks_of_traces(query) else ""
            measured = [bound(Name(scope, name)) for name in names]
        self._pairs: dict[Key, tuple[array[float], array[float]]] = {}
        timed = [bound(Name("trace" if speaks_of_traces(query, measured) else "", "start"))]
        self._grouping = grouping_of(
            reader, query, now_ns=now_ns, gone=gone, utc=utc, measured=[*measured, *timed], observe=self._observe
        )

    def steps(self) -> Iterator[None]:
        """Read the file slice by slice; see `GroupAggregation.steps`."""
        return self._grouping.steps()

    def collected(self) -> Collected:
        """Return the groups so far."""
        plan = self._grouping.plan
        groups = self._grouping.groups()
        found = []
        for group in groups.groups:
            fields = tuple(
                FieldValues(
                    one.title.removeprefix("trace."), one.unit, self._grouping.distribution(group.key, one.place)
                )
                for one in plan.measured[:-1]
            )
            found.append(GroupValues(group, fields, *self._pairs[group.key]))
        return Collected(groups.fields, groups.of_traces, tuple(found))

    def _observe(self, key: Key, values: list[list[float]]) -> None:
        # Each span and trace has a start and, up to now, a duration: the two lists are in one order.
        starts, durations = self._pairs.setdefault(key, (array("d"), array("d")))
        starts.extend(values[self._grouping.plan.measured[-1].place])
        durations.extend(values[0])
