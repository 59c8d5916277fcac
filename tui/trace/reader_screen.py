"""The open trace as text on the whole screen, from top to bottom; it grows while the trace runs."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType

from ...store.file.errors import OPEN_ERRORS, explain
from ...store.outline.facts import trace_facts
from ...store.outline.telling import Teller
from ...store.read.details_ahead import DetailsAhead
from ...store.read.reader import Reader
from ...store.text.safe_text import safe_line
from .. import actions
from ..document.lines import ROLE_MARK, WHOLE, Line
from ..document.reader import plain_text, reader_lines, section_text
from ..document.value_text import text_of
from ..handoff.copies import Choice, show_command
from ..handoff.files import Taken
from ..reading.growing_pane import GrowingPane
from ..reading.text_screen import TextScreen
from ..widgets.row_list import RowList

if TYPE_CHECKING:
    from ...store.model.rows import SpanDetail, SpanRow
    from ..state.open_trace import OpenTrace
    from ..state.session import Session

LOOK_S = 0.25
"""Seconds between two looks at whether the trace has grown."""

REST = 5
"""A text is made again after this many times as long as making it took."""


class ReaderScreen(TextScreen["int | None"]):
    """Reads the trace that is open; Enter goes to the span under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = actions.bindings("reader")

    def __init__(self, path: Path, session: Session) -> None:
        self._pane = GrowingPane(id="reader-lines")
        super().__init__("", self._pane, "reader")
        self._path = path
        self._session = session
        self._reader: Reader | None = None
        self._shown: OpenTrace | None = None
        self._next_s = 0.0
        """When the text may be made again, by the clock `time.perf_counter`."""

    def on_mount(self) -> None:
        """Open the file, show the first lines, and look for more."""
        self.pane.focus()
        try:
            self._reader = Reader(self._path)
        except OPEN_ERRORS as error:
            self.notify(explain(self._path, error), severity="error", markup=False)
            return
        self.call_after_refresh(self._show)
        self.set_interval(LOOK_S, self._look)

    def on_unmount(self) -> None:
        """Close the file."""
        if self._reader is not None:
            self._reader.close()

    def _look(self) -> None:
        open_trace = self._session.open_trace
        shown = self._shown
        if open_trace is None or shown is None or open_trace is shown or open_trace.trace.id != shown.trace.id:
            return
        if not self._pane.complete or self._pane.is_replacing:
            self._next_s = time.perf_counter() + REST * self._pane.made_s
        elif time.perf_counter() >= self._next_s and open_trace.trace.rev != shown.trace.rev:
            self._show(again=True)

    def _show(self, *, again: bool = False) -> None:
        open_trace = self._session.open_trace
        if open_trace is None:
            return
        facts = safe_line(" · ".join(trace_facts(open_trace.trace, self._session.gone)))
        self.searchable.header.show(safe_line(open_trace.trace.name), facts)
        if again:
            self._pane.replace_lines(self._lines(open_trace), lambda: self._has_shown(open_trace))
        else:
            self._has_shown(open_trace)
            self._pane.show_lines(self._lines(open_trace))

    def _has_shown(self, open_trace: OpenTrace) -> None:
        self._shown = open_trace

    def _lines(self, open_trace: OpenTrace) -> Iterable[Line]:
        if self._reader is None:
            return ()
        forest = open_trace.forest
        ahead = DetailsAhead(self._reader, forest)

        def detail(span: SpanRow) -> SpanDetail | None:
            try:
                return ahead(span)
            except OPEN_ERRORS:
                return None  # the file is gone or damaged: the explorer says so

        return reader_lines(Teller(self._session.gone).forest(forest, detail), forest.start_ns)

    def _span(self) -> SpanRow | None:
        pane = self.pane
        if self._shown is None or not pane.row_count:
            return None
        return self._shown.forest.spans[pane.rows[pane.cursor].value]

    @on(RowList.Opened)
    def action_enter(self) -> None:
        """Go back to the explorer, to the span under the cursor."""
        span = self._span()
        self.dismiss(None if span is None else span.span_id)

    def leaf(self) -> Taken | None:
        """Returns the section under the cursor."""
        span = self._span()
        if span is None:
            return None
        text = section_text(self.pane.layout_of_text.lines, self.pane.line_at_cursor())
        return Taken(f"Section {safe_line(span.name)}", text)

    def whole(self) -> Taken | None:
        """Returns the whole text."""
        if self._shown is None:
            return None
        text = self.pane.layout_of_text
        text.pull_all(float("inf"))
        return Taken(f"trace {self._shown.trace.trace_id.hex()[:12]}", plain_text(text.lines))

    def choices(self) -> Sequence[Choice]:
        """Returns the line, the message, the section, the whole, and the command."""
        if self._shown is None or self._span() is None:
            return []
        trace_id = self._shown.trace.trace_id.hex()
        return [
            Choice("l", "the line's value", self._line_text),
            Choice("m", "the message", self._message_text),
            Choice("s", "the section", lambda: taken.text if (taken := self.leaf()) else None),
            Choice("t", "the whole text", lambda: taken.text if (taken := self.whole()) else None),
            Choice("c", "the tracetui command that shows the trace", lambda: show_command(str(self._path), trace_id)),
            Choice("i", "the trace id", lambda: trace_id),
        ]

    def _line_text(self) -> str | None:
        line = self.pane.rows[self.pane.cursor]
        return text_of(line.part) if line.part is not WHOLE else line.text or None

    def _message_text(self) -> str | None:
        return self.pane.part_above(ROLE_MARK)
