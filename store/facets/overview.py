"""An overview of what a filter finds: over time, in percentiles and totals, and by name, model, service and error."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import orjson

from ..filter.sql.functions import faults_told
from ..filter.syntax.parser import parse
from ..model.percentiles import Distribution
from ..read.groups import Groups, TooManyGroupsError, grouping_of
from .slices import Slice, slices
from .time_grid import PERCENTILES, Measured, TimeGrid

if TYPE_CHECKING:
    from ..filter.tree.nodes import Query
    from ..read.groups import GroupAggregation
    from ..read.reader import Reader

POST_S = 0.1
"""Seconds between two looks at an overview that is still made."""

SECTIONS = {
    "name": "| by(trace.name)",
    "error": "trace.status = error | by(trace.error)",
    "model": "kind in (LLM, CHAT_MODEL, EMBEDDING) | by(model)",
    "service": "| by(trace.service)",
}
"""The tables of an overview: what of the traces is grouped, and by what. Models are of calls, others of traces."""

_SUMS = """SELECT t.start_ns / :width, count(*), sum(t.status = 'ERROR'), sum(t.open_count > 0),
    total(coalesce(t.input_tokens, 0) + coalesce(t.output_tokens, 0)), sum(t.input_tokens), sum(t.output_tokens),
    sum(t.cost_usd), total(t.calls_without_price),
    json_group_array((t.end_ns - t.start_ns) / 1e6) FILTER (WHERE t.end_ns IS NOT NULL AND t.end_ns >= t.start_ns),
    json_group_array(t.ttft_ms) FILTER (WHERE t.ttft_ms IS NOT NULL)
    FROM trace t WHERE t.id {traces} GROUP BY 1"""


class Overview(NamedTuple):
    """What is known so far; `grid` and the numbers are those of the traces counted in `traces`."""

    grid: TimeGrid
    traces: int
    errors: int
    running: int
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None
    calls_without_price: int
    durations_ms: tuple[float | None, ...]
    """The percentiles `PERCENTILES` of the traces that have ended."""
    ttfts_ms: tuple[float | None, ...]
    counted: bool
    """Whether the numbers are of all traces."""
    sections: dict[str, Groups]
    """The tables by their names in `SECTIONS`, as far as they are made."""
    complete: bool


class _Totals:
    def __init__(self) -> None:
        self.grid = TimeGrid()
        self.traces = self.errors = self.running = self.unpriced = 0
        self.usage: list[float | None] = [None, None, None]
        self.durations, self.ttfts = Distribution(), Distribution()

    def add(self, reader: Reader, part: Slice) -> None:
        parameters = {**part.parameters, "width": self.grid.width_ns}
        with faults_told():
            rows = reader.connection.execute(_SUMS.format(traces=part.traces), parameters).fetchall()
        measured = []
        for bucket, traces, errors, running, tokens, *usage, unpriced, durations, ttfts in rows:
            self.traces += traces
            self.errors += errors or 0
            self.running += running or 0
            self.unpriced += int(unpriced)
            for place, amount in enumerate(usage):
                if amount is not None:
                    self.usage[place] = (self.usage[place] or 0) + amount
            took = orjson.loads(durations)
            self.durations.add(took)
            self.ttfts.add(orjson.loads(ttfts))
            measured.append(Measured(bucket, traces, errors or 0, int(tokens), usage[2] or 0.0, took))
        self.grid.add(measured)


def overview(
    reader: Reader,
    query: Query | None,
    *,
    now_ns: int,
    gone: frozenset[int],
    utc: bool = False,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Overview | None]:
    """Make the overview of what a query finds; yields it as far as it is known now and then, and None in between.

    What is over time comes first, for all traces; then the tables, whose traces are looked at again.
    """
    totals = _Totals()
    groupings: dict[str, GroupAggregation] = {}
    due = clock() + POST_S
    waiting: list[Slice] = []
    for part in slices(reader, query, now_ns=now_ns, gone=gone, utc=utc):
        if part is not None:
            totals.add(reader, part)
            waiting.append(part)
        if clock() < due:
            yield None
            continue
        began = clock()
        yield _seen(totals, groupings, counted=False, complete=False)
        due = clock() + max(POST_S, 4 * (clock() - began))
    yield _seen(totals, groupings, counted=True, complete=not waiting)
    if not waiting:
        return
    for name, text in SECTIONS.items():
        grouping = groupings[name] = grouping_of(reader, parse(text), now_ns=now_ns, gone=gone, utc=utc)
        for part in _halved(waiting):
            try:
                grouping.add_slice(ranged=part.ranged, parameters=part.parameters)
            except TooManyGroupsError:
                del groupings[name]
                break
            if clock() < due:
                yield None
                continue
            began = clock()
            yield _seen(totals, groupings, counted=True, complete=False)
            due = clock() + max(POST_S, 8 * (clock() - began))
        yield None
    yield _seen(totals, groupings, counted=True, complete=True)


MOST_AT_ONCE = 4_096
"""Traces whose spans are grouped between two looks."""


def _halved(parts: list[Slice]) -> Iterator[Slice]:
    # A slice of traces has ten and more times as many spans.
    for part in parts:
        if part.ranged:
            first, last = part.parameters["first"], part.parameters["last"]
            while last >= first:
                low = max(first, last - MOST_AT_ONCE + 1)
                yield Slice(True, {"first": low, "last": last})
                last = low - 1
        else:
            yield part


def _seen(totals: _Totals, groupings: dict[str, GroupAggregation], *, counted: bool, complete: bool) -> Overview:
    input_tokens, output_tokens, cost_usd = totals.usage
    return Overview(
        totals.grid,
        totals.traces,
        totals.errors,
        totals.running,
        None if input_tokens is None else int(input_tokens),
        None if output_tokens is None else int(output_tokens),
        cost_usd,
        totals.unpriced,
        tuple(totals.durations.percentile(share) for share in PERCENTILES),
        tuple(totals.ttfts.percentile(share) for share in PERCENTILES),
        counted,
        {name: grouping.groups() for name, grouping in groupings.items()},
        complete,
    )
