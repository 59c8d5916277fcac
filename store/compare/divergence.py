"""Where two runs part: the first thing, in the order of time, that one of them does otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from .trees import AlignedTrees, Side, SpanPair


class Difference(Enum):
    """In what a line of the comparison differs."""

    ONLY_FIRST = "only in the first"
    ONLY_SECOND = "only in the second"
    NAME = "another name"
    MODEL = "another model"
    RETRIES = "another number of attempts"
    STATUS = "another status"
    INPUTS = "other inputs"
    OUTPUTS = "other outputs"


class Divergence(NamedTuple):
    """The line where the runs part, and why."""

    line: int
    """The position in `AlignedTrees.pairs`."""
    difference: Difference


class Parting(NamedTuple):
    """How far two runs are alike."""

    requests_differ: bool
    """Whether the first line of both has other inputs: then all that follows may differ, and outputs say little."""
    divergence: Divergence | None
    """The first difference. If the requests differ, the first other step: inputs and outputs are not compared."""


def parting(trees: AlignedTrees, first: Side, second: Side) -> Parting:
    """Return where the runs part. Begins of spans and ends of spans are compared in the order of the aligned tree."""
    requests_differ = bool(trees.pairs) and Difference.INPUTS in differences_at_start(trees.pairs[0], first, second)
    for line, found in _in_order(trees, first, second):
        for difference in found:
            if not requests_differ or difference not in (Difference.INPUTS, Difference.OUTPUTS):
                return Parting(requests_differ, Divergence(line, difference))
    return Parting(requests_differ, None)


def differences(pair: SpanPair, first: Side, second: Side) -> list[Difference]:
    """Return everything in which the two spans of a line differ, besides times, tokens and cost."""
    return differences_at_start(pair, first, second) + _differences_at_end(pair, first, second)


def differences_at_start(pair: SpanPair, first: Side, second: Side) -> list[Difference]:
    """Return in what a line differs when its spans start."""
    if pair.first is None:
        return [Difference.ONLY_SECOND]
    if pair.second is None:
        return [Difference.ONLY_FIRST]
    one, other = first.forest.spans[pair.first], second.forest.spans[pair.second]
    found = []
    if one.model != other.model and one.model is not None and other.model is not None:
        found.append(Difference.MODEL)
    elif one.name != other.name:
        found.append(Difference.NAME)
    if _content_differs(pair, first, second, 0):
        found.append(Difference.INPUTS)
    if len(pair.first_retried) != len(pair.second_retried):
        found.append(Difference.RETRIES)
    return found


def _differences_at_end(pair: SpanPair, first: Side, second: Side) -> list[Difference]:
    if pair.first is None or pair.second is None:
        return []
    found = []
    one, other = first.forest.spans[pair.first], second.forest.spans[pair.second]
    if one.end_ns is None or other.end_ns is None:
        return []  # what an open span will say is not known
    if one.status != other.status:
        found.append(Difference.STATUS)
    if _content_differs(pair, first, second, 1):
        found.append(Difference.OUTPUTS)
    return found


def _content_differs(pair: SpanPair, first: Side, second: Side, side: int) -> bool:
    assert pair.first is not None
    assert pair.second is not None
    one, other = first.content(pair.first), second.content(pair.second)
    return one is not None and other is not None and one[side].digest != other[side].digest


def _in_order(trees: AlignedTrees, first: Side, second: Side) -> Iterator[tuple[int, list[Difference]]]:
    open_lines: list[int] = []
    for line, pair in enumerate(trees.pairs):
        while open_lines and trees.subtree_end[open_lines[-1]] <= line:
            ended = open_lines.pop()
            yield ended, _differences_at_end(trees.pairs[ended], first, second)
        yield line, differences_at_start(pair, first, second)
        open_lines.append(line)
    for line in reversed(open_lines):
        yield line, _differences_at_end(trees.pairs[line], first, second)
