"""The traces that a filter finds, newest first, in slices that are summed one after the other."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from ..filter.tree.nodes import Query
from ..read.search import SliceSize, find, id_bounds

if TYPE_CHECKING:
    from ..read.reader import Reader

_FIRST_SLICE = 512


class Slice(NamedTuple):
    """Some traces: those from :first to :last, or those in the JSON list :ids."""

    ranged: bool
    parameters: dict[str, Any]

    @property
    def traces(self) -> str:
        """The condition on a trace.id, behind the name of its column."""
        return "BETWEEN :first AND :last" if self.ranged else "IN (SELECT value FROM json_each(:ids))"


def slices(
    reader: Reader,
    query: Query | None,
    *,
    now_ns: int,
    gone: frozenset[int],
    utc: bool = False,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[Slice | None]:
    """Yield slices of the traces that `query` finds; None after a part of the search that found none.

    By(), sort() and limit of the query are left out. A slice is as large as the caller sums in some 20 ms.
    """
    if not reader.ready:
        return
    size = SliceSize(_FIRST_SLICE)
    if query is None or (query.root is None and not query.of_traces):
        first, last = id_bounds(reader.connection, "trace")
        while last >= first:
            low = max(first, last - size.size + 1)
            began = clock()
            yield Slice(True, {"first": low, "last": last})
            size.adapt(clock() - began)
            last = low - 1
        return
    found = Query(query.root, tuple(query.of_traces))
    waiting: list[int] = []
    for batch in find(reader, found, now_ns=now_ns, gone=gone, utc=utc, pool=reader.pool()):
        waiting += batch
        if len(waiting) < size.size:
            yield None
        while len(waiting) >= size.size:
            ids, waiting = waiting[: size.size], waiting[size.size :]
            began = clock()
            yield Slice(False, {"ids": json.dumps(ids)})
            size.adapt(clock() - began)
    if waiting:
        yield Slice(False, {"ids": json.dumps(waiting)})
