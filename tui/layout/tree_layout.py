"""The widths of the parts of a line of the span tree: label, tokens, TTFT, cost, duration, self time, bar."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ...store.model.rows import SpanRow
from ...store.text import format

DURATION_CELLS = 8
"""A duration, and the mark of a slow one."""

SELF_CELLS = 7
TTFT_CELLS = 7
COST_CELLS = 8

_LEAST_LABEL = 22
_LEAST_BAR = 10
_ROOMY = 76
"""The width in cells from which on bars are longer, and self time comes first: a terminal of 80 cells."""
_ROOMY_BAR = 16
_WIDE = 110
"""The width in cells from which on columns stand two cells apart."""

BAR_GAP_CELLS = 3
"""The cells before the bars: the mark of the critical path is in the middle one."""


class Needs(NamedTuple):
    """The widths of the columns that only some traces fill; 0 for an empty column, which takes no room."""

    tokens: int = 0
    ttft: int = 0
    cost: int = 0


class TreeLayout(NamedTuple):
    """Widths in cells; 0 for a part that does not fit, or that is empty in this trace."""

    label: int
    tokens: int
    ttft: int
    cost: int
    duration: int
    self_time: int
    bar: int
    gap: int
    """The cells between two columns."""

    @property
    def bar_column(self) -> int:
        """The first column of the bars."""
        columns = (self.tokens, self.ttft, self.cost, self.duration, self.self_time)
        return self.label + sum(width + self.gap for width in columns if width) + BAR_GAP_CELLS


def needs_of(spans: Iterable[SpanRow]) -> Needs:
    """Return the widths that the columns of these spans need."""
    most_in = most_out = 0
    tokens = ttft = False
    cost_cells = 0
    for span in spans:
        if span.input_tokens is not None or span.output_tokens is not None:
            tokens = True
            most_in = max(most_in, span.input_tokens or 0)
            most_out = max(most_out, span.output_tokens or 0)
        ttft = ttft or span.ttft_ms is not None
        if span.cost_usd is not None and cost_cells < COST_CELLS:
            cost_cells = max(cost_cells, len(format.cost(span.cost_usd)), 5)
    flow = _tokens_cells(most_in) + 1 + _tokens_cells(most_out)
    return Needs(max(6, flow) if tokens else 0, TTFT_CELLS if ttft else 0, cost_cells)


def layout_for(width_cells: int, needs: Needs = Needs()) -> TreeLayout:  # noqa: B008 (an immutable tuple)
    """Return the layout for `width_cells`.

    Below 52 cells there are labels and durations only. Tokens, TTFT, cost and self time come as far as they leave room
    for names and bars; the trace's tokens and cost stand above, its self times do not.
    """
    if width_cells < 52:
        return TreeLayout(max(4, width_cells - DURATION_CELLS - 1), 0, 0, 0, DURATION_CELLS, 0, 0, 1)
    gap = 2 if width_cells >= _WIDE else 1
    least_bar = _ROOMY_BAR if width_cells >= _ROOMY else _LEAST_BAR
    spare = width_cells - DURATION_CELLS - gap - BAR_GAP_CELLS - _LEAST_LABEL - least_bar
    wanted = {"tokens": needs.tokens, "ttft": needs.ttft, "cost": needs.cost}
    if width_cells >= _ROOMY:
        wanted = {"self_time": SELF_CELLS} | wanted
    else:
        wanted["self_time"] = SELF_CELLS
    for name, width in wanted.items():
        fits = width > 0 and width + gap <= spare
        wanted[name] = width if fits else 0
        spare -= width + gap if fits else 0
    rest = spare + _LEAST_LABEL + least_bar
    label = max(_LEAST_LABEL, min(56, rest * 55 // 100))
    return TreeLayout(label=label, duration=DURATION_CELLS, bar=rest - label, gap=gap, **wanted)


def _tokens_cells(most: int) -> int:
    return min(len(str(most)), 3) if most < 1000 else min(format.TOKENS_CELLS, 4)
