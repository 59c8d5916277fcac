"""The two sets of traces: those that a filter finds, and those that they are compared with."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from ..filter.tree.nodes import Query
from ..read.reader import Reader
from ..read.search import find

MOST_TRACES = 20_000
"""Of a set; of a larger one, the newest count."""

_SLICE_TRACES = 20_000

_NAMES = "SELECT id, CAST(name AS TEXT) FROM trace WHERE id IN (SELECT value FROM json_each(?))"
_NAMES_BETWEEN = "SELECT id, CAST(name AS TEXT) FROM trace WHERE id BETWEEN ? AND ? ORDER BY id DESC"


class TraceSet(NamedTuple):
    """One of the sets."""

    filter_text: str
    """Empty for the default set B."""
    traces: list[int]
    """The trace.id of the newest, at most `MOST_TRACES`, newest first."""
    total: int | None
    """How many there are; None if they were not counted."""

    @property
    def is_cut(self) -> bool:
        """Whether older traces of the set are left out."""
        return self.total is None or self.total > len(self.traces)


class TraceSets(NamedTuple):
    """Two sets without a trace in common."""

    a: TraceSet
    b: TraceSet


def sets_of(
    reader: Reader, first: Query, second: Query | None, *, now_ns: int, gone: frozenset[int], utc: bool = False
) -> Iterator[TraceSets | None]:
    """Find the sets; yields None after each step, so that the caller can stop, and the sets at the end.

    Without `second`, B has the traces with the same root names as A that `first` does not find.
    """
    found: list[list[int]] = []
    for query in (first, second):
        ids: list[int] = []
        if query is not None:
            for batch in find(reader, query, now_ns=now_ns, gone=gone, utc=utc, pool=reader.pool()):
                ids += batch
                yield None
        found.append(ids)
    in_a = set(found[0])
    a = TraceSet(first.text, sorted(found[0], reverse=True)[:MOST_TRACES], len(found[0]))
    if second is not None:
        others = sorted((trace for trace in found[1] if trace not in in_a), reverse=True)
        yield TraceSets(a, TraceSet(second.text, others[:MOST_TRACES], len(others)))
        return
    names = set(root_names(reader, a.traces))
    rest: list[int] = []
    first_id, last_id = reader.trace_bounds() or (0, -1)
    while last_id >= first_id and len(rest) <= MOST_TRACES:
        low = max(first_id, last_id - _SLICE_TRACES + 1)
        rest += [id for id, name in reader.rows(_NAMES_BETWEEN, low, last_id) if name in names and id not in in_a]
        last_id = low - 1
        yield None
    total = len(rest) if last_id < first_id else None
    yield TraceSets(a, TraceSet("", rest[:MOST_TRACES], total))


def root_names(reader: Reader, traces: list[int]) -> Counter[str]:
    """Return how many of the traces have each name."""
    return Counter(name for _, name in reader.rows(_NAMES, json.dumps(traces)))
