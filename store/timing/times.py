"""When each span of a forest starts and ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..model.forest import Forest
from ..model.rows import SpanRow


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
