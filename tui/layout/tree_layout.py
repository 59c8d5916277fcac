"""The widths of the parts of a line of the span tree: label, tokens, TTFT, duration, bar."""

from __future__ import annotations

from typing import NamedTuple

DURATION_CELLS = 8
TOKENS_CELLS = 11
TTFT_CELLS = 7
_GAP = 2


class TreeLayout(NamedTuple):
    """Widths in cells; 0 for a part that does not fit."""

    label: int
    tokens: int
    ttft: int
    duration: int
    bar: int

    @property
    def bar_column(self) -> int:
        """The first column of the bars."""
        return self.label + sum(width + _GAP for width in (self.tokens, self.ttft, self.duration) if width) + _GAP


def layout_for(width_cells: int) -> TreeLayout:
    """Returns the layout for `width_cells`: bars from 52 cells on, tokens from 78, TTFT from 100."""
    tokens = TOKENS_CELLS if width_cells >= 78 else 0
    ttft = TTFT_CELLS if width_cells >= 100 else 0
    fixed = sum(width + _GAP for width in (tokens, ttft, DURATION_CELLS) if width)
    if width_cells < 52:
        return TreeLayout(max(4, width_cells - fixed), 0, 0, DURATION_CELLS, 0)
    rest = width_cells - fixed - _GAP
    label = max(22, min(56, rest * 55 // 100))
    return TreeLayout(label, tokens, ttft, DURATION_CELLS, rest - label)
