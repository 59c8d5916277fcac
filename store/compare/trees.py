"""Align the span trees of two traces: siblings by kind, name and inputs, level by level from the roots."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..model.forest import Forest
from ..model.span_names import folded_name
from ..timing.retries import attempts
from ..timing.times import known_times
from .likeness import Likeness, similarity
from .sequences import SAME, Pairs, align


class Content(NamedTuple):
    """Inputs and outputs of a span, as they are compared."""

    inputs: Likeness
    outputs: Likeness


class Side(NamedTuple):
    """One of the two traces."""

    forest: Forest
    contents: Mapping[int, Content]
    """By `SpanRow.id`. Spans without an entry are compared without their inputs and outputs."""

    def content(self, position: int) -> Content | None:
        """Return the content of the span at `position`, if it is known."""
        return self.contents.get(self.forest.spans[position].id)


class SpanPair(NamedTuple):
    """A line of the comparison: a span of each trace, or a span that only one of them has."""

    first: int | None
    """The position in the first forest; of several attempts, that of the last."""
    second: int | None
    depth: int
    first_retried: tuple[int, ...]
    """The positions of the failed attempts before `first`; what is below them is not compared."""
    second_retried: tuple[int, ...]


class AlignedTrees(NamedTuple):
    """Both trees as one, in preorder: the lines below line `i` are those from `i + 1` up to `subtree_end[i]`."""

    pairs: Sequence[SpanPair]
    subtree_end: array[int]


class _Attempts(NamedTuple):
    # Siblings of one name, each after the one before it had failed.
    retried: tuple[int, ...]
    last: int


def align_trees(first: Side, second: Side) -> AlignedTrees:
    """Return the aligned trees. Every span of both is in one line, or below a retried span or is one.

    Roots become a pair by name like other siblings, and without regard to the name if both traces have one root.
    """
    alignment = _Alignment(first, second)
    pairs: list[SpanPair] = []
    waiting = alignment.roots()
    while waiting:
        pair = waiting.pop()
        pairs.append(pair)
        waiting += alignment.below(pair)
    return AlignedTrees(pairs, _subtree_ends(pairs))


class _Alignment:
    # Lines are returned the last first, as a stack wants them.
    def __init__(self, first: Side, second: Side) -> None:
        self._sides = first, second
        # An open span has not failed, so its end does not matter here.
        self._attempt_numbers = [
            attempts(side.forest, known_times(side.forest, lambda span: span.start_ns)) for side in self._sides
        ]

    def roots(self) -> list[SpanPair]:
        of_first, of_second = (
            self._attempts(number, [place for place in range(side.forest.total) if not side.forest.depth[place]])
            for number, side in enumerate(self._sides)
        )
        are_single = len(of_first) == len(of_second) == 1
        return _lines([(0, 0)] if are_single else self._aligned(of_first, of_second), of_first, of_second, 0)

    def below(self, pair: SpanPair) -> list[SpanPair]:
        of_first, of_second = (
            [] if place is None else self._attempts(number, self._sides[number].forest.children(place))
            for number, place in enumerate((pair.first, pair.second))
        )
        if not of_first and not of_second:
            return []
        return _lines(self._aligned(of_first, of_second), of_first, of_second, pair.depth + 1)

    def _attempts(self, side: int, siblings: list[int]) -> list[_Attempts]:
        found: dict[int, _Attempts] = {}  # by the last attempt, in order
        last_of: dict[tuple[str, str], int] = {}
        for place in siblings:
            span = self._sides[side].forest.spans[place]
            retried: tuple[int, ...] = ()
            if self._attempt_numbers[side][place] > 1:
                before = found.pop(last_of[span.kind, span.name])
                retried = (*before.retried, before.last)
            found[place] = _Attempts(retried, place)
            last_of[span.kind, span.name] = place
        return list(found.values())

    def _aligned(self, of_first: list[_Attempts], of_second: list[_Attempts]) -> Pairs:
        spans, inputs = [], []
        for side, siblings in zip(self._sides, (of_first, of_second), strict=True):
            spans.append([side.forest.spans[one.last] for one in siblings])
            inputs.append([content and content.inputs for content in (side.content(one.last) for one in siblings)])
        names = [[span.name for span in of_side] for of_side in spans]

        def weight(i: int, j: int) -> float:
            one, other = inputs[0][i], inputs[1][j]
            alike = 1.0 if one is None or other is None else similarity(one, other)
            if names[0][i] == names[1][j]:
                return SAME if alike == 1 else 1.1 + alike
            return 1 + alike

        labels = [[(span.kind, folded_name(span)) for span in of_side] for of_side in spans]
        return align(labels[0], labels[1], weight)


def _lines(pairs: Pairs, of_first: list[_Attempts], of_second: list[_Attempts], depth: int) -> list[SpanPair]:
    lines = []
    for i, j in reversed(pairs):
        one = None if i is None else of_first[i]
        other = None if j is None else of_second[j]
        retried = (side.retried if side else () for side in (one, other))
        lines.append(SpanPair(one and one.last, other and other.last, depth, *retried))
    return lines


def _subtree_ends(pairs: Sequence[SpanPair]) -> array[int]:
    ends = array("i", range(1, len(pairs) + 1))
    open_lines: list[int] = []
    for place, pair in enumerate(pairs):
        while open_lines and pairs[open_lines[-1]].depth >= pair.depth:
            ends[open_lines.pop()] = place
        open_lines.append(place)
    for place in open_lines:
        ends[place] = len(pairs)
    return ends
