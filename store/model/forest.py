"""The spans of one trace as a forest in flat arrays, which never change after they are built.

Positions are in preorder, siblings in order of their start: the descendants of span `i` are the
positions from `i + 1` up to `subtree_end[i]`. Nothing here recurses, so any depth is safe.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING

from .rows import SpanRow
from .tree_order import NO_PARENT as NO_PARENT
from .tree_order import cut_cycles

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

_ID = SpanRow._fields.index("id")
_START_NS = SpanRow._fields.index("start_ns")


@dataclass(frozen=True, eq=False)
class Forest:
    """Every span of a trace exactly once, for any graph of parents."""

    spans: Sequence[SpanRow]
    """In preorder."""
    depth: array[int]
    """0 for a root."""
    subtree_end: array[int]
    """The position after the last descendant."""
    parent_index: array[int]
    """The position of the parent, `NO_PARENT` for a root."""
    orphans: frozenset[int]
    """Positions of the roots with a parent id: of a span outside the trace, of the span itself, or of a descendant."""

    @property
    def total(self) -> int:
        """The number of spans."""
        return len(self.spans)

    @cached_property
    def index_of_span(self) -> dict[int, int]:
        """Maps SpanRow.span_id to the position; if two spans have one id, to the first."""
        index_of: dict[int, int] = {}
        for index, span in enumerate(self.spans):
            index_of.setdefault(span.span_id, index)
        return index_of

    @cached_property
    def index_of_row(self) -> dict[int, int]:
        """Maps SpanRow.id to the position."""
        return {span.id: index for index, span in enumerate(self.spans)}

    @cached_property
    def start_ns(self) -> int:
        """The earliest start of any span; 0 for no spans."""
        return min((span.start_ns for span in self.spans), default=0)

    @cached_property
    def last_end_ns(self) -> int:
        """The latest known time: an end, or the start of an open span; 0 for no spans."""
        return max((span.start_ns if span.end_ns is None else span.end_ns for span in self.spans), default=0)

    def ancestors(self, index: int) -> list[int]:
        """Return the positions of the ancestors of `index`, the parent first."""
        above = []
        while (index := self.parent_index[index]) != NO_PARENT:
            above.append(index)
        return above

    def children(self, index: int) -> list[int]:
        """Return the positions of the children of `index`, in order of their start."""
        below, child, end = [], index + 1, self.subtree_end[index]
        while child < end:
            below.append(child)
            child = self.subtree_end[child]
        return below


def build(rows: Iterable[SpanRow]) -> Forest:
    """The forest of the spans of one trace, given in any order."""
    arrived = sorted(rows, key=itemgetter(_START_NS, _ID))
    parents, orphans = _parents(arrived)
    children: dict[int, list[int]] = {}
    roots = []
    for node, parent in enumerate(parents):
        if parent == NO_PARENT:
            roots.append(node)
        elif parent in children:
            children[parent].append(node)
        else:
            children[parent] = [node]

    order: list[int] = []
    stack = roots[::-1]
    while stack:
        node = stack.pop()
        order.append(node)
        if node in children:
            stack.extend(reversed(children[node]))

    place = array("i", bytes(4 * len(arrived)))
    for index, node in enumerate(order):
        place[node] = index
    parent_index = array("i", [parents[node] if parents[node] == NO_PARENT else place[parents[node]] for node in order])
    return Forest(
        spans=[arrived[node] for node in order],
        depth=_depths(parent_index),
        subtree_end=_subtree_ends(parent_index),
        parent_index=parent_index,
        orphans=frozenset(place[node] for node in orphans),
    )


def fold_mask(forest: Forest, folded: Collection[int]) -> bytearray:
    """Return a mask with 1 at the position of every folded span; ignores ids that the forest does not have."""
    mask = bytearray(forest.total)
    if folded:
        for index, span in enumerate(forest.spans):
            if span.span_id in folded:
                mask[index] = 1
    return mask


def unfolded(forest: Forest, mask: bytearray, start: int, end: int) -> Iterable[int]:
    """Return the positions in [start, end) that no fold in this range hides, ascending."""
    if mask.find(1, start, end) < 0:
        return range(start, end)
    shown: list[int] = []
    while (fold := mask.find(1, start, end)) >= 0:
        shown.extend(range(start, fold + 1))
        start = forest.subtree_end[fold]
    shown.extend(range(start, end))
    return shown


def with_ancestors(forest: Forest, matches: Iterable[int]) -> bytearray:
    """Return a mask with 1 at every match and at its ancestors."""
    mask = bytearray(forest.total)
    for match in matches:
        index = match
        while index != NO_PARENT and not mask[index]:
            mask[index] = 1
            index = forest.parent_index[index]
    return mask


def _parents(arrived: Sequence[SpanRow]) -> tuple[list[int], list[int]]:
    """Return for each row the number of its parent's row, and the rows whose parent id has no usable parent."""
    number_of: dict[int, int] = {}
    for number, span in enumerate(arrived):
        number_of.setdefault(span.span_id, number)
    parents, orphans = [], []
    for number, span in enumerate(arrived):
        parent_id = span.parent_id
        if parent_id is None:
            parents.append(NO_PARENT)
            continue
        parent = number_of.get(parent_id, number)
        if parent == number:
            orphans.append(number)
            parent = NO_PARENT
        parents.append(parent)
    orphans += cut_cycles(parents)
    return parents, orphans


def _depths(parent_index: array[int]) -> array[int]:
    depth = array("i", bytes(4 * len(parent_index)))
    for index, parent in enumerate(parent_index):
        if parent != NO_PARENT:
            depth[index] = depth[parent] + 1
    return depth


def _subtree_ends(parent_index: array[int]) -> array[int]:
    ends = array("i", range(1, len(parent_index) + 1))
    for index in range(len(parent_index) - 1, -1, -1):
        parent = parent_index[index]
        if parent != NO_PARENT and ends[index] > ends[parent]:
            ends[parent] = ends[index]
    return ends
