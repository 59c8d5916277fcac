"""Everything that is known of the time of one trace, measured together."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..model.forest import Forest
from ..model.rows import SpanRow
from .critical_path import CriticalPath, critical_path
from .human_waits import waits_for_person
from .retries import attempts
from .self_time import self_times
from .times import Times, known_times


class TraceTiming(NamedTuple):
    """Lists by position in the forest."""

    times: Times
    self_ns: list[int]
    path: CriticalPath
    """From the root of the trace, see `CriticalPath`."""
    attempts: list[int]
    """1 for a span that is no retry."""
    human: frozenset[int]
    """The positions of the spans that wait for a person."""

    def share_of_path(self, index: int) -> float:
        """Return the share of the root's time in which the trace waited for this span or one below it."""
        share_ns = self.path.inclusive_ns[index]
        return share_ns / (self.path.stretches[-1][2] - self.path.stretches[0][1]) if share_ns else 0.0


def measure(forest: Forest, open_end_ns: Callable[[SpanRow], int], root: int = 0) -> TraceTiming:
    """Measure a trace whose root is at position `root`; `open_end_ns` returns how long an open span is known to run."""
    times = known_times(forest, open_end_ns)
    return TraceTiming(
        times,
        self_times(forest, times),
        critical_path(forest, times, root),
        attempts(forest, times),
        frozenset(index for index, span in enumerate(forest.spans) if waits_for_person(span)),
    )
