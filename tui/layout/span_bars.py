"""The bar of a span: its own time solid, the time of its children thin, waits dashed; half a cell fine at both ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .time_axis import Axis

_NONE, _DASHED, _DOTTED, _THIN, _THICK = range(5)

_SAME = {_NONE: " ", _DASHED: "╌", _DOTTED: "┈", _THIN: "─", _THICK: "━"}

BEFORE, AFTER = "‹", "›"
"""Stand for a span outside the axis."""


class Drawn(NamedTuple):
    """A bar on its axis."""

    column: int
    """The cells before it."""
    text: str


def span_bar(
    start_ns: int,
    end_ns: int,
    axis: Axis,
    width_cells: int,
    *,
    busy: Sequence[tuple[int, int]] = (),
    first_token_ns: int | None = None,
    is_wait: bool = False,
) -> Drawn:
    """Return the bar of a span on an axis of `width_cells`. Every bar has at least half a cell.

    `busy` are the intervals in which children run: these are thin, so gaps between children are solid as the span's
    own time is. The time up to `first_token_ns` is dashed, as nothing came yet. The bar of a wait for a person is
    dotted.
    """
    if width_cells <= 0:
        return Drawn(0, "")
    end_of_axis_ns = axis.start_ns + axis.length_ns
    if end_ns < axis.start_ns:
        return Drawn(0, BEFORE)
    if start_ns > end_of_axis_ns:
        return Drawn(width_cells - 1, AFTER)
    halves = 2 * width_cells
    first = min(halves - 1, _half(start_ns, axis, halves, 0))
    last = max(first + 1, _half(end_ns, axis, halves, 1))
    weights = [_NONE] * (first % 2) + [_DOTTED if is_wait else _THICK] * (last - first) + [_NONE] * (last % 2)
    begin = first - first % 2
    if first_token_ns is not None and start_ns < first_token_ns:
        # The last half cell stays solid: without it the bar would look like that of a span without a stream.
        _paint(weights, _DASHED, first - begin, min(_half(first_token_ns, axis, halves, 0), last - 1) - begin)
    for busy_start_ns, busy_end_ns in busy:
        # A gap or a child of less than half a half cell is not seen.
        until = min(_half(busy_end_ns, axis, halves, 0.5), last)
        _paint(weights, _THIN, max(_half(busy_start_ns, axis, halves, 0.5), first) - begin, until - begin)
    cells = zip(weights[::2], weights[1::2], strict=True)
    return Drawn(first // 2, "".join(_cell(left, right) for left, right in cells))


def _half(at_ns: int, axis: Axis, halves: int, rounding: float) -> int:
    """The half cell of a moment: rounded down for 0, to the nearest for 0.5, up for 1."""
    position = (at_ns - axis.start_ns) * halves
    length_ns = max(1, axis.length_ns)
    shift = 0 if rounding == 0 else length_ns - 1 if rounding == 1 else length_ns // 2
    return min(halves, max(0, (position + shift) // length_ns))


def _paint(weights: list[int], weight: int, start: int, end: int) -> None:
    for place in range(start, end):
        weights[place] = weight


def _cell(left: int, right: int) -> str:
    if left == right:
        return _SAME[left]
    if _NONE in (left, right):
        thick = _THICK in (left, right)
        return ("╺" if thick else "╶") if left == _NONE else ("╸" if thick else "╴")
    if left == _THICK:
        return "╾"
    return "╼" if right == _THICK else "─"
