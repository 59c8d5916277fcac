"""Any number of lines of text, wrapped to the pane: the first show at once, the rest is laid out in slices."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.binding import BindingType
from textual.message import Message
from textual.timer import Timer

from .. import actions
from ..document.lines import HEADING, Line
from ..document.text_layout import TextLayout
from ..document.text_search import TextSearch
from ..document.value_text import text_of
from ..layout.cells import cut
from ..widgets.row_list import RowList

if TYPE_CHECKING:
    from ...store.chat.message import Media

SLICE_S = 0.008
"""The most seconds that a slice of the layout blocks the screen: half a frame."""

PAUSE_S = 0.012
"""Seconds between two slices, for keys and painting."""

SEARCH, ONLY = "/", "&"
"""What a text is asked for: to find it, or to leave out the lines without it."""

_MARKS = {True: "▸", False: "▾"}
"""The sign of a folded and of an unfolded line."""


class LinesPane(RowList):
    """Shows lines with a cursor; each row knows the value that it shows. Lines can be folded and searched."""

    BINDINGS: ClassVar[list[BindingType]] = actions.bindings("text")

    class Searched(Message):
        """The number of places that were found has changed, or the place where the cursor is."""

    @dataclass
    class ImageAsked(Message):
        """The user wants to see an image."""

        media: Media | None
        """None if the text has no image."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.layout_of_text = TextLayout()
        self.wrap = True
        self.search: TextSearch | None = None
        self.ask: Callable[[str], object] = lambda mode: None
        """Moves the focus, at once, to the line where a text is asked for; see `SEARCH` and `ONLY`."""
        self._slices: Timer | None = None

    @property
    def rows(self) -> list[Line]:
        """The rows that are laid out."""
        return self.layout_of_text.rows

    @property
    def complete(self) -> bool:
        """Whether the layout has ended."""
        return self._slices is None

    @property
    def text_cells(self) -> int:
        """The width of the text, which has a margin of one cell on either side."""
        return max(1, self.row_cells - 2)

    def show_lines(self, lines: Iterable[Line], *, keep_place: bool = False, keep_folds: bool = False) -> None:
        """Show lines; `keep_place` keeps the cursor, the scroll position and the folds, `keep_folds` only the folds."""
        row, top = (self.cursor, round(self.scroll_y)) if keep_place else (0, 0)
        folds = self.layout_of_text.toggled if keep_place or keep_folds else ()
        self.layout_of_text = TextLayout(lines, folds)
        if self.search is not None:
            self.search = TextSearch(self.search.text)
        self._lay_out(row, top)

    def relay(self) -> None:
        """Lay out the same lines again, after a change of the width or of `wrap`."""
        self._lay_out(self.cursor, round(self.scroll_y))

    def _lay_out(self, row: int, top: int) -> None:
        self.layout_of_text.set_width(self.text_cells if self.wrap else None)
        self._take(rows=row + 2 * max(1, self.size.height))
        self.show(len(self.rows), row, scrolled=top - round(self.scroll_y))

    def _take(self, rows: int = 0) -> None:
        complete = self.layout_of_text.advance(rows=rows, until_s=time.perf_counter() + SLICE_S)
        if self.search is not None and not self._extend_search():
            complete = False
        if complete and self._slices is not None:
            self._slices.stop()
            self._slices = None
        elif not complete and self._slices is None:
            self._slices = self.set_interval(PAUSE_S, self._next_slice)

    def _next_slice(self) -> None:
        self._take()
        self.grow(len(self.rows))

    def on_resize(self) -> None:
        """Wrap the lines to the new width."""
        text = self.layout_of_text
        if self.wrap and text.width_cells != self.text_cells and (text.lines or not text.complete):
            self.relay()

    # Folds and sections

    def _show_folds(self, row: int) -> None:
        self._take(rows=row + 2 * max(1, self.size.height))
        self.show(len(self.rows), row)
        self.scroll_to_row(self.cursor)

    def action_toggle_fold(self) -> None:
        """Fold or unfold the line under the cursor, or else what the line is part of."""
        if self.row_count and (line := self.layout_of_text.fold_of_row(self.cursor)) is not None:
            self._show_folds(self.layout_of_text.toggle(line))

    def action_fold_all(self) -> None:
        """Fold everything below the headings, or unfold it."""
        if self.row_count:
            line = self.layout_of_text.line_of_row[self.cursor]
            self.layout_of_text.fold_all()
            self._show_folds(self.layout_of_text.laid_out_row_of(line))

    def action_next_section(self) -> None:
        """Move the cursor to the next heading."""
        self._to_section(range(self.cursor + 1, self.row_count))

    def action_previous_section(self) -> None:
        """Move the cursor to the previous heading."""
        self._to_section(range(self.cursor - 1, -1, -1))

    def _to_section(self, rows: range) -> None:
        for row in rows:
            if self.rows[row].lead_style == HEADING and self.rows[row].lead:
                self.move_cursor(row)
                self.show_at_top(row)
                return

    def action_image(self) -> None:
        """Ask for the image under the cursor, or else the next one below, or else the first."""
        from ...store.chat.message import Media  # not needed for the first frame

        lines = self.layout_of_text.lines
        places = [number for number, line in enumerate(lines) if isinstance(line.part, Media)]
        at = self.line_at_cursor()
        place = next((number for number in places if number >= at), places[0] if places else None)
        media = None if place is None else lines[place].part
        self.post_message(self.ImageAsked(media if isinstance(media, Media) else None))

    def part_above(self, mark: str) -> str | None:
        """Returns the text of the nearest line above or under the cursor whose lead begins with `mark`."""
        for row in range(min(self.cursor, self.row_count - 1), -1, -1):
            line = self.rows[row]
            if line.lead.startswith(mark):
                return text_of(line.part)
            if line.level < 0:
                break
        return None

    def show_at_top(self, row: int) -> None:
        """Scroll until `row` is the first of the view."""
        self.scroll_to(y=row, animate=False, force=True, immediate=True)

    # Search

    def search_for(self, text: str, *, start_line: int) -> None:
        """Search for a text and move to its first place from `start_line` on; an empty text ends the search."""
        self.search = TextSearch(text) if text else None
        if self.search is not None:
            self._extend_search()
            self._to_line(self.search.at_or_after(start_line))
            self._take()
        self.refresh()
        self.post_message(self.Searched())

    def show_only(self, text: str) -> None:
        """Show the lines with a text, what is below them, and headings; an empty text shows all lines."""
        line = self.line_at_cursor()
        self.layout_of_text.show_only(TextSearch(text).pattern if text else None)
        self._take(rows=2 * max(1, self.size.height))
        row = self.layout_of_text.reveal(line) if not text else 0
        self.show(len(self.rows), row)
        self.scroll_to_row(self.cursor)

    def action_search(self) -> None:
        """Ask for a text to find."""
        self.ask(SEARCH)

    def action_only(self) -> None:
        """Ask for a text that lines must have to be shown."""
        self.ask(ONLY)

    def line_at_cursor(self) -> int:
        """Returns the number of the line under the cursor, 0 for no lines."""
        return self.layout_of_text.line_of_row[self.cursor] if self.row_count else 0

    def to_hit(self, step: int) -> None:
        """Move the cursor to the next place of the search, with -1 to the previous, wrapping around."""
        if self.search is None or not self.row_count:
            return
        line = self.line_at_cursor()
        for row in self._rows_of_line_beyond(step):
            if self.search.pattern.search(self.rows[row].text):
                self._to_row(row)
                return
        self._to_line(self.search.next_line(line, step), last=step < 0)

    def _rows_of_line_beyond(self, step: int) -> Iterable[int]:
        line_of_row = self.layout_of_text.line_of_row
        row = self.cursor + step
        while 0 <= row < self.row_count and line_of_row[row] == line_of_row[self.cursor]:
            yield row
            row += step

    def _to_line(self, line: int | None, *, last: bool = False) -> None:
        if line is None or self.search is None:
            return
        row = self.layout_of_text.reveal(line)
        self.show(len(self.rows), self.cursor)
        rows = [row]
        while rows[-1] + 1 < self.row_count and self.layout_of_text.line_of_row[rows[-1] + 1] == line:
            rows.append(rows[-1] + 1)
        hits = [one for one in rows if self.search.pattern.search(self.rows[one].lead + self.rows[one].text)]
        self._to_row((hits[-1] if last else hits[0]) if hits else row)

    def _to_row(self, row: int) -> None:
        self.move_cursor(row)
        self.post_message(self.Searched())

    def _extend_search(self) -> bool:
        assert self.search is not None
        until_s = time.perf_counter() + SLICE_S
        complete = self.layout_of_text.pull_all(until_s)
        before = len(self.search.hits)
        complete = self.search.extend(self.layout_of_text.lines, until_s + SLICE_S) and complete
        if len(self.search.hits) != before or complete:
            self.post_message(self.Searched())
        return complete

    # Drawing

    def draw(self, row: int, width_cells: int, background: str) -> list[Segment]:
        """Returns the line of a row."""
        line = self.rows[row]
        plain = self.line_style("plain", background)
        margin, summary = " " * (line.indent + 1), ""
        segments = [Segment(margin, plain)]
        if line.fold:
            folded = self.layout_of_text.is_folded(self.layout_of_text.line_of_row[row])
            segments = [Segment(margin[:-1], plain), Segment(_MARKS[folded], self.line_style("faint", background))]
            summary = f" {line.summary}" if folded and line.summary else ""
        segments += self._marked(cut(line.lead, width_cells), line.lead_style, background)
        segments += self._marked(cut(line.text, width_cells), line.style, background)
        return [*segments, Segment(cut(summary, width_cells), self.line_style("dim", background))]

    def _marked(self, text: str, style: str, background: str) -> list[Segment]:
        drawn = self.line_style(style, background)
        places = self.search.spans(text) if self.search is not None else []
        if not places:
            return [Segment(text, drawn)]
        hit = self.line_style("plain", "hit")
        segments, end = [], 0
        for start, stop in places:
            segments += [Segment(text[end:start], drawn), Segment(text[start:stop], hit)]
            end = stop
        return [*segments, Segment(text[end:], drawn)]

    def click_row(self, row: int, column: int, clicks: int) -> None:
        """Move the cursor; a click on the sign of a fold folds."""
        line = self.rows[row]
        if line.fold and clicks == 1 and column <= line.indent + 1:
            self.move_cursor(row)
            self.action_toggle_fold()
        else:
            super().click_row(row, column, clicks)
