"""Timing bars: an interval drawn with line characters, with a resolution of half a cell at both ends."""

from __future__ import annotations

_NONE, _THIN, _THICK = 0, 1, 2

_CELLS = {
    (_NONE, _NONE): " ",
    (_NONE, _THIN): "╶",
    (_NONE, _THICK): "╺",
    (_THIN, _NONE): "╴",
    (_THIN, _THIN): "─",
    (_THIN, _THICK): "╼",
    (_THICK, _NONE): "╸",
    (_THICK, _THIN): "╾",
    (_THICK, _THICK): "━",
}
"""The character for a left and a right half of a cell: nothing, a thin line or a thick line."""


def bar(
    start_ns: int,
    end_ns: int,
    window_start_ns: int,
    window_ns: int,
    width_cells: int,
    *,
    first_token_ns: int | None = None,
) -> tuple[int, str]:
    """Return the column and the characters of a bar from `start_ns` to `end_ns` on an axis of `width_cells`.

    Every bar has at least half a cell, also outside the window, so that no span disappears. The part before the first
    token, if it is known, is thin; the stream after it is thick.
    """
    if width_cells <= 0:
        return 0, ""
    halves = 2 * width_cells
    first = _half(start_ns - window_start_ns, window_ns, halves - 1)
    last = max(first + 1, _half(end_ns - window_start_ns, window_ns, halves, up=True))
    turn = first
    if first_token_ns is not None and start_ns < first_token_ns:
        # The last half cell stays thick: a completely thin bar would look like a span without a stream.
        turn = min(max(first, _half(first_token_ns - window_start_ns, window_ns, halves)), last - 1)
    weights = [_NONE] * (first % 2) + [_THIN] * (turn - first) + [_THICK] * (last - turn) + [_NONE] * (last % 2)
    return first // 2, "".join(_CELLS[pair] for pair in zip(weights[::2], weights[1::2], strict=True))


def _half(offset_ns: int, window_ns: int, limit: int, *, up: bool = False) -> int:
    scale = limit + 1 if limit % 2 else limit
    position = offset_ns * scale
    half = -(-position // max(1, window_ns)) if up else position // max(1, window_ns)
    return min(limit, max(0, half))
