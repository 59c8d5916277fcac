"""The upper part of the overview: lines over time, the heat map of latency, and percentiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.strip import Strip

from ...store.facets.time_grid import PERCENTILES
from ...store.text import format
from .. import actions
from ..layout.cells import fit
from ..widgets.styles import StyledWidget
from .heat_map_state import Box, OverviewState

_LABEL_CELLS = 9
_SPARKS = "▁▂▃▄▅▆▇█"
_SHADES = " ░▒▓█"
_NOTE_CELLS = 30


class Charts(StyledWidget):
    """Draws a part of the overview of `state`."""

    def __init__(self, state: OverviewState, *, id: str) -> None:
        super().__init__(id=id)
        self.state = state
        self.utc = False

    @property
    def chart_cells(self) -> int:
        """The width of what is drawn over time, which is the same in all charts."""
        width = self.size.width - _LABEL_CELLS
        return max(1, width - _NOTE_CELLS if width >= _NOTE_CELLS + 20 else width)

    @staticmethod
    def stretch(parts: int, cells: int) -> int:
        """Returns the cells of one part, where there are more cells than parts."""
        return max(1, cells // max(1, parts))

    def segments(self, y: int) -> list[Segment]:
        """Returns a line."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """Returns a line in the width of the widget."""
        segments = self.segments(y) if self.state.overview is not None else []
        return Strip(segments).adjust_cell_length(self.size.width, self.line_style("plain"))

    def label(self, text: str, style: str = "dim") -> Segment:
        """Returns the text left of a chart."""
        return Segment(fit(text, _LABEL_CELLS - 1, right=True) + " ", self.line_style(style))


class OverTime(Charts):
    """Rate, failures, and cost or tokens as lines over time, each with its sum."""

    def segments(self, y: int) -> list[Segment]:
        """Returns one of the lines."""
        seen = self.state.overview
        shown = self.state.picture(self.chart_cells, 1)
        if seen is None or y > 2:
            return []
        columns = shown.columns if shown is not None else ()
        so_far = "" if seen.counted else " so far"
        if y == 0:
            values, style, label = [float(one.traces) for one in columns], "llm", "rate"
            span_s = len(columns) * shown.column_ns / 1e9 if shown is not None else 0
            note = f"{seen.traces:,} trace{'' if seen.traces == 1 else 's'}{so_far}" + (
                f" · {_rate(seen.traces, span_s)}" if span_s else ""
            )
        elif y == 1:
            values, style, label = [float(one.errors) for one in columns], "error", "failed"
            share = f" · {100 * seen.errors / seen.traces:.1f} %" if seen.traces else ""
            note = f"{seen.errors:,}{share}" + (f" · {seen.running:,} running" if seen.running else "")
        else:
            values, style, label = [float(one.tokens) for one in columns], "tool", "tokens"
            flow = format.token_flow(seen.input_tokens, seen.output_tokens)
            cost = format.least_cost(seen.cost_usd, seen.calls_without_price)
            note = " · ".join(part for part in (flow, cost) if part)
        drawn = "".join(mark * self.stretch(len(values), self.chart_cells) for mark in spark(values))
        line = Segment(fit(drawn, self.chart_cells), self.line_style(style))
        return [self.label(label), line, Segment("  " + note, self.line_style("plain"))]


class HeatMap(Charts, can_focus=True):
    """Durations over time; darker is more. The box that one selects is a filter."""

    BINDINGS: ClassVar[list[BindingType]] = actions.bindings("map")

    @dataclass
    class BoxChosen(Message):
        """The user wants only the traces of a box."""

        box: Box

    def segments(self, y: int) -> list[Segment]:
        """Returns a row of cells behind its duration; the last line is the axis of time."""
        rows = self.size.height - 1
        shown = self.state.picture(self.chart_cells, rows)
        if shown is None:
            return [Segment("  No trace matches this filter." if y == 1 else "", self.line_style("dim"))]
        row = self._row_at(y)
        if y == rows:
            return self._axis(shown.first_ns, shown.first_ns + len(shown.columns) * shown.column_ns)
        if not 0 <= row < shown.rows:
            return [self.label("")]
        edge_ms = shown.edge_ms(row) if y == rows - 1 or self._row_at(y + 1) != row else None
        cells = [self.label("" if edge_ms is None else format.duration(round(edge_ms * 1e6)))]
        for column in range(len(shown.columns)):
            count = shown.traces_in(column, row)
            shade = _SHADES[0 if not count else 1 + min(3, int(4 * count / (shown.most + 1)))]
            marked = self.has_focus and self.state.is_in_box(column, row)
            background = "hit" if marked else ""
            width = self.stretch(len(shown.columns), self.chart_cells)
            cells.append(Segment(shade * width, self.line_style("llm", background)))
        return cells

    def _row_at(self, y: int) -> int:
        # The row of the map in a line; each takes as many lines as there is room for.
        rows = self.size.height - 1
        shown = self.state.picture(self.chart_cells, rows)
        return -1 if shown is None else (rows - 1 - y) // self.stretch(shown.rows, rows)

    def _axis(self, first_ns: int, last_ns: int) -> list[Segment]:
        box = self.state.box() if self.has_focus else None
        if box is not None:
            least = "" if box.least_ms is None else format.duration(round(box.least_ms * 1e6))
            below = "" if box.below_ms is None else format.duration(round(box.below_ms * 1e6))
            text = f"{_clock(box.start_ns, self.utc)} to {_clock(box.end_ns, self.utc)} · {least} to {below}"
            return [self.label("box", "key"), Segment(text, self.line_style("key"))]
        left, right = _clock(first_ns, self.utc), _clock(last_ns, self.utc)
        gap = max(1, self.chart_cells - cell_len(left) - cell_len(right))
        return [self.label("└"), Segment(left + " " * gap + right, self.line_style("dim"))]

    def _move(self, columns: int, rows: int) -> None:
        self.state.move(columns, rows)
        self.refresh()

    def action_left(self) -> None:
        """Move the cursor to earlier traces."""
        self._move(-1, 0)

    def action_right(self) -> None:
        """Move the cursor to later traces."""
        self._move(1, 0)

    def action_up(self) -> None:
        """Move the cursor to longer traces."""
        self._move(0, 1)

    def action_down(self) -> None:
        """Move the cursor to shorter traces."""
        self._move(0, -1)

    def action_corner(self) -> None:
        """Begin a box, or end it."""
        if self.state.cursor is None:
            self.state.move(0, 0)
        self.state.toggle_anchor()
        self.refresh()

    def action_enter(self) -> None:
        """Show only the traces of the box."""
        if (box := self.state.box()) is not None:
            self.post_message(self.BoxChosen(box))

    def _cell_at(self, event: events.MouseEvent) -> tuple[int, int] | None:
        rows = self.size.height - 1
        shown = self.state.picture(self.chart_cells, rows)
        if shown is None:
            return None
        column = (event.x - _LABEL_CELLS) // self.stretch(len(shown.columns), self.chart_cells)
        row = self._row_at(event.y)
        return (column, row) if 0 <= column < len(shown.columns) and 0 <= row < shown.rows else None

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin a box."""
        if (cell := self._cell_at(event)) is not None:
            self.state.cursor = self.state.anchor = cell
            self.capture_mouse()
            self.refresh()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Draw the box larger."""
        if self.app.mouse_captured is self and (cell := self._cell_at(event)) is not None:
            self.state.cursor = cell
            self.refresh()

    def on_mouse_up(self) -> None:
        """End the box."""
        self.release_mouse()

    def on_focus(self) -> None:
        """Show the cursor."""
        if self.state.cursor is None:
            self.state.move(0, 0)
        self.refresh()

    def on_blur(self) -> None:
        """Show no cursor."""
        self.refresh()


class Percentiles(Charts):
    """The percentiles of durations and of times to the first token."""

    def segments(self, y: int) -> list[Segment]:
        """Returns the titles, the durations or the times to the first token."""
        seen = self.state.overview
        if seen is None or y > 2:
            return []
        if y == 0:
            titles = "".join(fit(f"p{share * 100:.0f}", 10, right=True) for share in PERCENTILES)
            return [self.label(""), Segment(titles, self.line_style("dim"))]
        numbers = seen.durations_ms if y == 1 else seen.ttfts_ms
        texts = "".join(fit(format.milliseconds(one) or "—", 10, right=True) for one in numbers)
        return [self.label("duration" if y == 1 else "ttft"), Segment(texts, self.line_style("plain"))]


def spark(values: list[float]) -> str:
    """Returns a line of blocks; a value above nothing is never drawn as nothing."""
    most = max(values, default=0.0)
    if most <= 0:
        return _SPARKS[0] * len(values)
    return "".join(" " if not one else _SPARKS[min(7, int(8 * one / (most * 1.0001)))] for one in values)


def _rate(traces: int, span_s: float) -> str:
    per_s = traces / span_s
    for unit, factor in (("s", 1.0), ("min", 60.0), ("h", 3600.0)):
        if per_s * factor >= 1:
            return f"{per_s * factor:.1f}/{unit}"
    return f"{per_s * 86400:.1f}/day"


def _clock(ns: int, utc: bool) -> str:
    return format.timestamp(ns, utc=utc)[5:19]
