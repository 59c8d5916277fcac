"""Align the span trees of two traces: siblings by kind, name and inputs, level by level from the roots."""

from __future__ import annotations

import re
from array import array
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..model.forest import NO_PARENT, Forest
from ..model.rows import ERROR, SpanRow
from .likeness import Likeness, similarity
from .sequences import SAME, Pairs, align

_DIGITS = re.compile(r"\d+")


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
    pairs: list[SpanPair] = []
    waiting = _lines(first, second, _roots(first.forest), _roots(second.forest), 0)
    while waiting:
        pair = waiting.pop()
        pairs.append(pair)
        below = [
            [] if place is None else _attempts(side.forest, side.forest.children(place))
            for side, place in ((first, pair.first), (second, pair.second))
        ]
        if below[0] or below[1]:
            waiting += _lines(first, second, below[0], below[1], pair.depth + 1)
    return AlignedTrees(pairs, _subtree_ends(pairs))


def folded_name(span: SpanRow) -> str:
    """Return the name of a span without what differs between calls: its model, and digits as `#`."""
    name = span.name
    for model in {span.model, span.response_model}:
        if model and len(model) < len(name):
            name = name.replace(model, "").strip()
    return _DIGITS.sub("#", name)


def _roots(forest: Forest) -> list[_Attempts]:
    return _attempts(forest, [place for place in range(forest.total) if forest.parent_index[place] == NO_PARENT])


def _attempts(forest: Forest, siblings: list[int]) -> list[_Attempts]:
    found: list[_Attempts] = []
    for place in siblings:
        if found and _is_retry(forest.spans[found[-1].last], forest.spans[place]):
            found[-1] = _Attempts((*found[-1].retried, found[-1].last), place)
        else:
            found.append(_Attempts((), place))
    return found


def _is_retry(before: SpanRow, after: SpanRow) -> bool:
    return (
        before.status == ERROR
        and (before.kind, before.name) == (after.kind, after.name)
        and before.end_ns is not None
        and before.end_ns <= after.start_ns
    )


def _lines(
    first: Side, second: Side, of_first: list[_Attempts], of_second: list[_Attempts], depth: int
) -> list[SpanPair]:
    # The last line first, as the stack wants them.
    if depth == 0 and len(of_first) == len(of_second) == 1:
        aligned: Pairs = [(0, 0)]
    else:
        aligned = _aligned(first, second, of_first, of_second)
    lines = []
    for i, j in reversed(aligned):
        one = None if i is None else of_first[i]
        other = None if j is None else of_second[j]
        lines.append(
            SpanPair(
                one and one.last, other and other.last, depth, *(side.retried if side else () for side in (one, other))
            )
        )
    return lines


def _aligned(first: Side, second: Side, of_first: list[_Attempts], of_second: list[_Attempts]) -> Pairs:
    if not of_first or not of_second:
        return [(place, None) for place in range(len(of_first))] + [(None, place) for place in range(len(of_second))]

    def weight(i: int, j: int) -> float:
        spans = first.forest.spans[of_first[i].last], second.forest.spans[of_second[j].last]
        one, other = first.content(of_first[i].last), second.content(of_second[j].last)
        alike = 1.0 if one is None or other is None else similarity(one.inputs, other.inputs)
        if spans[0].name == spans[1].name:
            return SAME if alike == 1 else 1.1 + alike
        return 1 + alike

    labels = [
        [(span.kind, folded_name(span)) for span in (side.forest.spans[one.last] for one in attempts)]
        for side, attempts in ((first, of_first), (second, of_second))
    ]
    return align(labels[0], labels[1], weight)


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
