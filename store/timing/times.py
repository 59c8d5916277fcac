"""When each span of a forest starts and ends."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from ..model.forest import Forest
from ..model.rows import RUNNING, ProcessRow, SpanRow
from ..model.status import span_status


class Times(NamedTuple):
    """Starts and ends in Unix nanoseconds, by position in the forest."""

    starts_ns: Sequence[int]
    ends_ns: Sequence[int]
    """No end is before its start, as clocks of two machines may say: such a span takes no time."""


def known_times(forest: Forest, open_end_ns: Callable[[SpanRow], int]) -> Times:
    """Return when the spans of a forest run.

    `open_end_ns` returns the time until which an open span is known to run: now, or the last heartbeat of its process.
    """
    starts, ends = [], []
    for span in forest.spans:
        start_ns, end_ns = span.start_ns, span.end_ns
        if end_ns is None:
            end_ns = open_end_ns(span)
        starts.append(start_ns)
        ends.append(end_ns if end_ns > start_ns else start_ns)
    return Times(starts, ends)


def shown_end_ns(span: SpanRow, now_ns: int, gone: Collection[int], processes: Mapping[int, ProcessRow]) -> int:
    """Return when a span ends as far as is known: now if it runs, the last heartbeat of its process if it is lost.

    `gone` are the processes that exist no longer, `processes` are all.
    """
    if span.end_ns is not None:
        return span.end_ns
    if span_status(span, gone) == RUNNING:
        return max(span.start_ns, now_ns)
    process = processes.get(span.process)
    if process is None:
        return span.start_ns
    return max(span.start_ns, process.ended_ns or process.heartbeat_ns)
