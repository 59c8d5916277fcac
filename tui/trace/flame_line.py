"""A line of the flame graph: boxes of spans on one lane."""

from __future__ import annotations

from collections.abc import Iterator

from rich.segment import Segment
from rich.style import Style

from ...store.model.rows import ERROR
from ...store.text.safe_text import safe_line
from ..layout.cells import fit
from ..layout.flame import Box, Flame
from ..state.open_trace import OpenTrace
from .span_line import BRIEF, ON_PATH, Ink, Surroundings, style_of_kind

_EDGE = "▏"
_REVERSE = Style(reverse=True)


def flame_line(
    open_trace: OpenTrace, flame: Flame, lane: int, around: Surroundings, width_cells: int, ink: Ink
) -> list[Segment]:
    """Returns the line of a lane; the span under the cursor stands out."""
    line: list[Segment] = []
    column = 0
    for box in _with_cursor(open_trace, flame, lane, around, width_cells):
        if box.start > column:
            line.append(Segment(" " * (box.start - column), ink("plain")))
        span = open_trace.forest.spans[box.place]
        style = "error" if span.status == ERROR else style_of_kind(span.kind)
        if around.filtered and open_trace.matches and span.id not in open_trace.matches:
            style = "faint"
        if box.place == open_trace.index:
            style = "strong"
        mark = f"{ON_PATH} " if open_trace.timing.share_of_path(box.place) >= BRIEF else ""
        text = fit(f"{_EDGE}{mark}{safe_line(span.name)}", box.end - box.start)
        line.append(Segment(text, ink(style) + _REVERSE))
        column = box.end
    line.append(Segment(" " * (width_cells - column), ink("plain")))
    return line


def _with_cursor(
    open_trace: OpenTrace, flame: Flame, lane: int, around: Surroundings, width_cells: int
) -> Iterator[Box]:
    """Yield the boxes of a lane, among them that of the cursor, however small."""
    boxes = list(flame.boxes(lane, around.axis, width_cells))
    if flame.lane_of.get(open_trace.index) != lane or any(box.place == open_trace.index for box in boxes):
        yield from boxes
        return
    start_ns = open_trace.forest.spans[open_trace.index].start_ns
    cell = min(width_cells - 1, max(0, (start_ns - around.axis.start_ns) * width_cells // around.axis.length_ns))
    for box in boxes:
        if not box.start <= cell < box.end:
            yield box
            continue
        if box.start < cell:
            yield box._replace(end=cell)
        yield Box(open_trace.index, cell, cell + 1)
        if cell + 1 < box.end:
            yield box._replace(start=cell + 1)
