"""The critical path of a trace: at each moment the one span that its end waited for.

The path is found backwards from the end of the root, as in CRISP (Zhang et al., USENIX ATC 2022) and in Jaeger: a span
waited for the child that finished last; before that child began, for the child that had finished last by then. A child
that outlives its parent counts to the end of its parent. Where siblings overlap, both tools give the time before
the later one began to the parent, though a child runs in it (a parser that streams the answer of a model would hide the
wait for its first token). Here that time is of the child that runs, so no span has more time on the path than it has
self time.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import NamedTuple

from ..model.forest import Forest
from .times import Times

Stretch = tuple[int, int, int]
"""The position of a span in the forest, a start and an end in Unix nanoseconds."""


class CriticalPath(NamedTuple):
    """The critical path below one span."""

    stretches: list[Stretch]
    """The spans' own times on the path, in order; they cover the root from its start to its end without a gap."""
    exclusive_ns: list[int]
    """The time of each span on the path without its children, by position; the sum is exactly the root's duration."""
    inclusive_ns: list[int]
    """The time of each span on the path with its descendants, by position; 0 for a span that is not on the path."""


def critical_path(forest: Forest, times: Times, root: int = 0) -> CriticalPath:
    """Return the critical path of the span at position `root`."""
    exclusive_ns, inclusive_ns = [0] * forest.total, [0] * forest.total
    stretches: list[Stretch] = []
    if not forest.total:
        return CriticalPath(stretches, exclusive_ns, inclusive_ns)
    walks: dict[int, _Walk] = {}
    stack: list[Stretch] = [(root, times.starts_ns[root], times.ends_ns[root])]
    while stack:
        part = stack.pop()
        index, start_ns, end_ns = part
        if index < 0:  # the own time of a span with children, see `_Walk`
            index = ~index
            stretches.append((index, start_ns, end_ns))
            exclusive_ns[index] += end_ns - start_ns
            continue
        inclusive_ns[index] += end_ns - start_ns
        if forest.subtree_end[index] == index + 1:
            if start_ns < end_ns:
                stretches.append(part)
                exclusive_ns[index] += end_ns - start_ns
            continue
        walk = walks.pop(index, None) or _Walk(forest, times, index, end_ns)
        stack += reversed(walk.parts(start_ns, end_ns))
        if start_ns > times.starts_ns[index]:
            walks[index] = walk  # another window of the span may follow
    stretches.reverse()
    return CriticalPath(stretches, exclusive_ns, inclusive_ns)


class _Walk:
    """The walk back over the children of one span, which goes on where it stopped: each window is before the last."""

    __slots__ = ("_chosen", "_ended", "_number", "_own", "_running", "_times")

    def __init__(self, forest: Forest, times: Times, index: int, from_ns: int) -> None:
        starts_ns, ends_ns = self._times = times
        children = [child for child in forest.children(index) if starts_ns[child] < ends_ns[child]]
        children.sort(key=ends_ns.__getitem__, reverse=True)
        self._own = ~index
        self._ended = children
        """The children that take time, by their end, the last first."""
        self._number = 0
        """How many of them are left behind: they end after the place of the walk."""
        self._running: list[tuple[int, int]] = []
        """Those of them that may run at the place of the walk: a heap, the latest start first."""
        self._chosen = next((child for child in children if starts_ns[child] < from_ns <= ends_ns[child]), None)
        """The child that finishes last of those that count to the end of the span."""

    def parts(self, first_ns: int, at_ns: int) -> list[Stretch]:
        """Part a window of the span among its children, last part first; its own time has `~index` as index."""
        starts_ns, ends_ns = self._times
        parts: list[Stretch] = []
        children, number, running = self._ended, self._number, self._running
        count = len(children)
        chosen, self._chosen = self._chosen, None
        while at_ns > first_ns:
            if chosen is None:
                while number < count and ends_ns[children[number]] > at_ns:
                    child = children[number]
                    if starts_ns[child] < at_ns:
                        heappush(running, (-starts_ns[child], child))
                    number += 1
                if number < count and ends_ns[children[number]] == at_ns:
                    chosen = children[number]
                    number += 1
            if chosen is None:
                while running and -running[0][0] >= at_ns:
                    heappop(running)
                begin_ns = ends_ns[children[number]] if number < count else first_ns
                if running:
                    begin_ns = max(begin_ns, -running[0][0])
                index = running[0][1] if running else self._own
            else:
                index, begin_ns, chosen = chosen, starts_ns[chosen], None
            if begin_ns < first_ns:
                begin_ns = first_ns
            parts.append((index, begin_ns, at_ns))
            at_ns = begin_ns
        self._number = number
        return parts
