"""A flame graph of spans: every span below its parent, and spans that run at the same time below each other."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush
from typing import NamedTuple, TypeAlias

from ...store.model.forest import NO_PARENT, Forest
from ...store.timing.times import Times
from .time_axis import Axis

MOST_BESIDE = 60
"""The most lanes for the children of one span; more parallel spans than that are drawn over each other."""


class Box(NamedTuple):
    """A span on its lane: a range of cells, the end excluded."""

    place: int
    """The position of the span in the forest."""
    start: int
    end: int


class Flame:
    """The lanes of the spans at `shown` positions, ascending, of which the parent of each is one too."""

    def __init__(self, forest: Forest, times: Times, shown: Sequence[int]) -> None:
        self._times = times
        self.lane_of: dict[int, int] = {}
        """The lane of each position."""
        self.lanes: list[list[int]] = []
        """The positions on each lane, in order of time."""
        offsets = _offsets(forest, times, shown)
        for index in shown:
            parent = forest.parent_index[index]
            self.lane_of[index] = offsets[index] + (0 if parent == NO_PARENT else self.lane_of[parent] + 1)
        # Some lanes are free from end to end: they are left out.
        number_of = {lane: number for number, lane in enumerate(sorted(set(self.lane_of.values())))}
        self.lanes += ([] for _ in number_of)
        for index, lane in self.lane_of.items():
            self.lane_of[index] = number = number_of[lane]
            self.lanes[number].append(index)
        for spans in self.lanes:
            spans.sort(key=times.starts_ns.__getitem__)

    def boxes(self, lane: int, axis: Axis, width_cells: int) -> Iterator[Box]:
        """Yield what is seen of a lane on an axis of `width_cells`; of spans in one cell only the first."""
        starts_ns, ends_ns = self._times
        spans = self.lanes[lane]
        column, number = 0, 0
        while column < width_cells:
            # Spans that end in a cell that is drawn already cannot be seen: skip them by halves.
            at_ns = axis.start_ns + column * axis.length_ns // width_cells
            number = max(number, bisect_right(spans, at_ns, key=starts_ns.__getitem__) - 1)
            while number < len(spans) and ends_ns[spans[number]] < at_ns:
                number += 1
            if number == len(spans):
                return
            index = spans[number]
            start = max(column, (starts_ns[index] - axis.start_ns) * width_cells // axis.length_ns)
            end = max(start + 1, -(-(ends_ns[index] - axis.start_ns) * width_cells // axis.length_ns))
            if start >= width_cells:
                return
            column = min(end, width_cells)
            yield Box(index, start, column)
            number += 1

    def nearest(self, lane: int, at_ns: int) -> int:
        """Return the position of the span on a lane that runs at a moment, or begins next before or after it."""
        starts_ns, ends_ns = self._times
        spans = self.lanes[lane]
        number = bisect_right(spans, at_ns, key=starts_ns.__getitem__)
        if number == 0:
            return spans[0]
        before = spans[number - 1]
        if number == len(spans) or at_ns - ends_ns[before] <= starts_ns[spans[number]] - at_ns:
            return before
        return spans[number]

    def beside(self, index: int, step: int) -> int | None:
        """Return the next span on the lane of a span, with -1 the previous one; None at the end of the lane."""
        spans = self.lanes[self.lane_of[index]]
        number = spans.index(index) + step
        return spans[number] if 0 <= number < len(spans) else None


def _offsets(forest: Forest, times: Times, shown: Sequence[int]) -> dict[int, int]:
    """Return for each span how many lanes below the first lane of its siblings it is."""
    starts_ns, ends_ns = times
    children: dict[int, list[int]] = {NO_PARENT: []}
    for index in shown:
        parent = forest.parent_index[index]
        if parent in children:
            children[parent].append(index)
        else:
            children[parent] = [index]
    blocks: dict[int, _Block] = {}
    offsets: dict[int, int] = {}
    for parent in (*reversed(shown), NO_PARENT):
        if parent not in children:
            blocks[parent] = (starts_ns[parent], ends_ns[parent], 1)
            continue
        below = [blocks.pop(child) for child in children[parent]]
        height = _place(children[parent], below, offsets)
        if parent != NO_PARENT:
            first_ns = min(starts_ns[parent], min(block[0] for block in below))
            last_ns = max(ends_ns[parent], max(block[1] for block in below))
            blocks[parent] = (first_ns, last_ns, 1 + height)
    return offsets


_Block: TypeAlias = tuple[int, int, int]
"""A span with all below it: its first start, its last end, and how many lanes it takes."""


def _place(siblings: Sequence[int], blocks: Sequence[_Block], offsets: dict[int, int]) -> int:
    """Set the offsets of siblings, in order of their start; return how many lanes they take together.

    Each goes to the first slot of lanes that is free and high enough, else to a new slot below all others.
    """
    tops, heights, free_from = [0], [max((height for _, _, height in blocks), default=0)], [-_NEVER]
    busy: list[tuple[int, int]] = []  # when each busy slot is free, and its number
    free = [0]
    for child, (first_ns, last_ns, height) in zip(siblings, blocks, strict=True):
        while busy and busy[0][0] <= first_ns:
            heappush(free, heappop(busy)[1])
        fits = (slot for slot in sorted(free) if heights[slot] >= height and free_from[slot] <= first_ns)
        slot = free[0] if free and heights[free[0]] >= height and free_from[free[0]] <= first_ns else next(fits, -1)
        if slot >= 0:
            if slot == free[0]:
                heappop(free)
            else:
                free.remove(slot)
                heapify(free)
        elif len(tops) < MOST_BESIDE:
            slot = len(tops)
            tops.append(tops[-1] + heights[-1])
            heights.append(height)
            free_from.append(-_NEVER)
        else:
            offsets[child] = 0
            continue
        offsets[child] = tops[slot]
        free_from[slot] = last_ns
        heappush(busy, (last_ns, slot))
    return tops[-1] + heights[-1]


_NEVER = 1 << 64
