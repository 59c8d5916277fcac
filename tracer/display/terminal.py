"""A trace in a terminal: its totals, then a line for each span with its bar of time, its figures and its values.

✗ support agent  ERROR  1.25 s  1.2k→80 tokens  $0.0002  4 spans  1 failed
trace 260ba58f...  session s-1
support agent   AGENT   ━━━━━━━━━━━━━━   1.25 s
│  in  How do I return the shoes?
├─ plan         LLM      ━━━━━╸          512 ms  1.2k→80  $0.0002
└─ ✗ lookup     TOOL           ╺━━━━━━   702 ms
      TimeoutError: orders API did not answer
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, ConsoleOptions
from rich.text import Text

from ...store.text.bars import bar
from . import texts
from .outline import Outline, Row
from .shown import ShownSpan, ShownTrace

ROWS_WITH_VALUES = 24
"""A trace with more rows shows the values of roots and failed spans only."""

_STYLES = {"OK": "green", "ERROR": "bold red", "CANCELLED": "yellow", "IN_PROGRESS": "cyan"}
_BAR_STYLES = {**_STYLES, "OK": "cyan", "ERROR": "red"}
_NARROW_CELLS = 64
"""A narrower console shows no bars; below two thirds of this width it shows durations only."""


class TraceView:
    """A trace as Rich prints it."""

    def __init__(self, trace: ShownTrace) -> None:
        self._trace = trace

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        rows = list(Outline(self._trace.data.spans).rows())
        yield from self._head(options.max_width)
        layout = _Layout(rows, options.max_width, *texts.window(self._trace))
        with_values = len(rows) <= ROWS_WITH_VALUES
        for row in rows:
            yield layout.line(row)
            if row.span is not None:
                failed = row.span.status == "ERROR"
                yield from layout.further_lines(row, row.span, with_values or failed or row.depth == 0)

    def _head(self, width: int) -> Iterator[Text]:
        state = self._trace.info.state.value
        style = _STYLES.get(state, "dim")
        first = Text.assemble((f"{texts.sign(state)} ".lstrip(), style), (texts.title(self._trace), "bold"))
        for place, part in enumerate(texts.summary(self._trace)):
            first.append(f"  {part}", style if place == 0 else _STYLES["ERROR"] if part.endswith(" failed") else "")
        yield _folded(first)
        yield _folded(Text(" · ".join(f"{label} {text}" for label, text in texts.labels(self._trace)), "dim"))


class _Layout:
    """The width of each column."""

    def __init__(self, rows: list[Row], width: int, start_ns: int, length_ns: int) -> None:
        self._start_ns, self._length_ns = start_ns, length_ns
        self._width = max(width, 20)
        figures = [texts.figures(row.span) for row in rows if row.span is not None]
        is_tiny = width < _NARROW_CELLS * 2 // 3
        self._columns = [
            max((len(text) for text in column), default=0) if place == 0 or not is_tiny else 0
            for place, column in enumerate(zip(*figures, strict=True))
        ]
        self._bar = 0 if width < _NARROW_CELLS else min(40, width // 4)
        beside = sum(column + 2 for column in self._columns if column) + (self._bar + 2 if self._bar else 0)
        kinds = [len(row.span.span_type) for row in rows if row.span is not None]
        self._kind = 0 if is_tiny else min(max(kinds, default=0), 12) + 2
        self._name = max(10, self._width - beside - self._kind)

    def line(self, row: Row) -> Text:
        """The line of a span and its figures, or of the number of hidden spans."""
        text = Text(self._shortened(row.guides), "dim", no_wrap=True, overflow="ellipsis")
        if row.span is None:
            return text.append(texts.hidden(row))
        state = texts.state_of(row.span)
        style = f"not dim {'' if state == 'OK' else _STYLES.get(state, '')}{' bold' if row.depth == 0 else ''}"
        sign = "" if state == "OK" else f"{texts.sign(state)} "
        text.append(sign + texts.name(row.span), style)
        text.truncate(self._name, overflow="ellipsis", pad=True)
        if self._kind:
            kind = Text("  " + texts.kind(row.span))
            kind.truncate(self._kind, overflow="ellipsis", pad=True)
            text.append_text(kind)
        if self._bar:
            end_ns = row.span.end_time_ns or self._start_ns + self._length_ns
            before, drawn = bar(row.span.start_time_ns, end_ns, self._start_ns, self._length_ns, self._bar)
            text.append("  " + " " * before)
            text.append(drawn, f"not dim {_BAR_STYLES.get(state, '')}")
            text.append(" " * (self._bar - before - len(drawn)))
        for place, (figure, column) in enumerate(zip(texts.figures(row.span), self._columns, strict=True)):
            if column:
                text.append(f"  {figure:>{column}}", "not dim" if place == 0 else "dim")
        text.rstrip()
        return text

    def _shortened(self, guides: str) -> str:
        """The guides of a span, cut on the left where they would leave no room for its name."""
        room = max(6, self._name // 2)
        return guides if len(guides) <= room else "⋯" + guides[-(room - 1) :]

    def further_lines(self, row: Row, span: ShownSpan, with_values: bool) -> Iterator[Text]:
        """The status message of a span, its inputs and its outputs."""
        lines = [("", texts.status_message(span), f"not dim {_STYLES.get(texts.state_of(span), '')}")]
        if with_values:
            lines += [(f"{label:<3} ", value, "dim") for label, value in texts.payloads(span)]
        for label, value, style in lines:
            if value:
                text = Text(self._shortened(row.guides_below), "dim", no_wrap=True, overflow="ellipsis")
                text.append(label).append(value, style)
                text.truncate(self._width, overflow="ellipsis")
                yield text


def _folded(text: Text) -> Text:
    """The text, folded at the width of the console instead of cut."""
    text.overflow = "fold"
    return text
