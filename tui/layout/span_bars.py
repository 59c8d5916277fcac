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
    if busy:
        own = _covered([(start_ns, end_ns)], axis, halves)
        for half, share in enumerate(_covered(busy, axis, halves)[first:last], first):
            if share > own[half] / 2:
                weights[half - begin] = _THIN
    cells = zip(weights[::2], weights[1::2], strict=True)
    return Drawn(first // 2, "".join(_cell(left, right) for left, right in cells))


def _half(at_ns: int, axis: Axis, halves: int, rounding: int) -> int:
    """The half cell of a moment: rounded down for 0, up for 1."""
    length_ns = max(1, axis.length_ns)
    return min(halves, max(0, ((at_ns - axis.start_ns) * halves + rounding * (length_ns - 1)) // length_ns))


def _covered(busy: Sequence[tuple[int, int]], axis: Axis, halves: int) -> list[float]:
    """The share of each half cell that intervals, which do not overlap, cover."""
    shares = [0.0] * (halves + 1)
    scale = halves / max(1, axis.length_ns)
    start_ns = axis.start_ns
    for from_ns, to_ns in busy:
        first, last = (from_ns - start_ns) * scale, (to_ns - start_ns) * scale
        if first < 0:
            first = 0.0
        if last > halves:
            last = float(halves)
        if last <= first:
            continue
        left, right = int(first), int(last)
        if left == right:
            shares[left] += last - first
            continue
        shares[left] += left + 1 - first
        shares[right] += last - right
        for half in range(left + 1, right):
            shares[half] = 1.0
    return shares[:halves]


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
