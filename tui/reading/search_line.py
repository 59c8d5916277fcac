"""Text with a search of its own: the line to type in appears below the text at `/`."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.strip import Strip

from ...store.text.safe_text import safe_line
from ..layout.cells import cut
from ..widgets.pane_header import TitleHeader
from ..widgets.styles import StyledWidget
from .lines_pane import ONLY, SEARCH, LinesPane

_HINTS = {SEARCH: "n N next, previous  Esc ends", ONLY: "only lines with it  Esc ends"}


class SearchLine(StyledWidget, can_focus=True):
    """One line: what is searched for, and how often it was found.

    Enter and Escape act before the next key is dispatched: keys typed ahead go to the text.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "To the text", show=False, priority=True),
        Binding("escape", "end", "End the search", show=False, priority=True),
    ]

    def __init__(self, pane: LinesPane) -> None:
        super().__init__(classes="search-line")
        self.pane = pane
        self.text = ""
        self.mode = SEARCH
        self._last = ""
        self._origin = 0

    def open(self, mode: str = SEARCH) -> None:
        """Begin a search at the cursor of the text."""
        self._show_all()
        self.mode = mode
        self._origin = self.pane.line_at_cursor()
        self._last, self.text = self.text or self._last, ""
        self.add_class("-open")
        self.screen.set_focus(self)
        self.refresh()

    def close(self) -> bool:
        """End the search; returns whether there was any."""
        was_open = self.has_class("-open")
        self._last, self.text = self.text or self._last, ""
        self.remove_class("-open")
        self._show_all()
        self.pane.search_for("", start_line=0)
        if self.has_focus:
            self.screen.set_focus(self.pane)
        return was_open

    def _show_all(self) -> None:
        if self.mode == ONLY:
            self.pane.show_only("")

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether a key is a letter of the text."""
        return character is not None and character.isprintable()

    def on_key(self, event: events.Key) -> None:
        """Type; up brings the last search back, and deleting from an empty line ends the search."""
        text = self.text
        if not self.has_class("-open"):
            pass  # typed before the search was ended
        elif event.key == "backspace" and not text:
            self.close()
        elif event.key == "backspace":
            self._type(text[:-1])
        elif event.key == "ctrl+u":
            self._type("")
        elif event.key == "up":
            self._type(self._last)
        elif event.character is not None and event.character.isprintable():
            self._type(text + event.character)
        else:
            return
        event.stop()
        event.prevent_default()

    def action_submit(self) -> None:
        """Go to the text; without a word, the last search is made again."""
        self.screen.set_focus(self.pane)
        self.call_later(self._settle)  # letters that were typed before may still come

    def _settle(self) -> None:
        if self.text:
            return
        if self._last:
            self._type(self._last)
        else:
            self.close()

    def action_end(self) -> None:
        """End the search."""
        self.close()

    def on_paste(self, event: events.Paste) -> None:
        """Add the first line of what is pasted."""
        event.stop()
        self._type(self.text + event.text.split("\n")[0])

    def _type(self, text: str) -> None:
        self.text = text
        if self.mode == ONLY:
            self.pane.show_only(text)
        self.pane.search_for(text, start_line=self._origin)
        self.refresh()

    def found(self) -> str:
        """Returns what is known of the places: `2 of 31`, `none`, with a `+` while the text is still read."""
        search = self.pane.search
        if search is None:
            return ""
        more = "" if self.pane.complete else "+"
        if not search.hits:
            return "none" if not more else "searching"
        if self.mode == ONLY:
            return f"{len(search.hits):,}{more}"
        return f"{search.number_of(self.pane.line_at_cursor()) or '-'} of {len(search.hits):,}{more}"

    def render_line(self, y: int) -> Strip:
        """Returns the line."""
        width = self.size.width
        if y:
            return Strip.blank(width, self.line_style("plain"))
        cursor = "▏" if self.has_focus else ""
        found = self.found()
        style = "error" if found == "none" else "dim"
        text = cut(safe_line(self.text), width - cell_len(found) - 6)
        segments = [
            Segment(f" {self.mode}", self.line_style("key")),
            Segment(text + cursor, self.line_style("plain")),
            Segment(f"  {found}", self.line_style(style)),
        ]
        room = width - sum(cell_len(segment.text) for segment in segments)
        hint = _HINTS[self.mode]
        if room > len(hint) + 3:
            segments.append(Segment(f"   {hint}", self.line_style("faint")))
        return Strip(segments).adjust_cell_length(width, self.line_style("plain"))


class SearchablePane(Vertical):
    """A header, a text, and the line of its search."""

    def __init__(self, header: TitleHeader, pane: LinesPane, *, id: str) -> None:
        super().__init__(id=id)
        self.header = header
        self.pane = pane
        self.search_line = SearchLine(pane)
        pane.ask = self.search_line.open

    def compose(self) -> ComposeResult:
        """Yields the three."""
        yield self.header
        yield self.pane
        yield self.search_line

    @on(LinesPane.Searched)
    def _searched(self, message: LinesPane.Searched) -> None:
        message.stop()
        self.search_line.refresh()
