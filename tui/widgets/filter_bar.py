"""The filter: an input line, and below it a line for errors, completions and suggestions.

It is not debounced: each key begins a search, which ends the one before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.strip import Strip
from textual.widgets import Input, Static

from ...store.text.safe_text import safe_line
from .. import actions
from ..layout.cells import cut, fit
from .styles import StyledWidget

PROMPT = " / "


ASKING_KEYS = frozenset(key for one in actions.ACTIONS if one.scope == "filter" for key in one.keys.split(","))
"""Keys that the bar or the screen handles; keys typed after them wait until they are handled."""


class FilterInput(Input):
    """The input line. It passes keys that it does not handle to its parents as actions."""

    BINDINGS: ClassVar[list[BindingType]] = actions.bindings("filter")

    @dataclass
    class Asked(Message):
        """A key that the bar or the screen handles: `submit`, `clear`, `complete`, `older` or `newer`."""

        what: str

    def __init__(self, *, id: str, placeholder: str) -> None:
        super().__init__(id=id, placeholder=placeholder, select_on_focus=False, compact=True)
        self._asking = False
        self._held: list[events.Key] = []

    def on_key(self, event: events.Key) -> None:
        """Keep keys in order: those after a key that the parents handle wait."""
        if self._asking:
            event.stop()
            event.prevent_default()
            self._held.append(event)
            return
        self._asking = event.key in ASKING_KEYS  # the letter itself is for Input's own handler, which comes next

    def on_paste(self, event: events.Paste) -> None:
        """Insert all lines of a pasted text as one: Textual would keep the first."""
        event.stop()
        event.prevent_default()
        self.replace(" ".join(event.text.split("\n")).replace("\r", ""), *self.selection)

    def answered(self) -> None:
        """The key was handled: send the keys typed meanwhile to the widget that has the focus now."""
        held, self._held, self._asking = self._held, [], False
        for event in held:
            key = events.Key(event.key, event.character)
            key.set_sender(self.app)  # as drivers do: a key goes up as far as its sender
            self.app.post_message(key)

    def action_clear(self) -> None:
        """Request an empty filter, or the way back."""
        self.post_message(self.Asked("clear"))

    def action_complete(self) -> None:
        """Request a completion."""
        self.post_message(self.Asked("complete"))

    def action_older(self) -> None:
        """Request the previous filter of the history."""
        self.post_message(self.Asked("older"))

    def action_newer(self) -> None:
        """Request the next filter of the history."""
        self.post_message(self.Asked("newer"))

    async def action_submit(self) -> None:
        """Request the list."""
        self.post_message(self.Asked("submit"))


class FilterHint(StyledWidget):
    """The line below the input: an error with a caret below its column, or a hint."""

    def __init__(self) -> None:
        super().__init__(id="filter-hint")
        self._caret: int | None = None
        self._parts: Sequence[tuple[str, str]] = ()

    def say(self, parts: Sequence[tuple[str, str]], caret_column: int | None = None) -> None:
        """Show texts, each in a style; an error has a caret at a column of the screen."""
        self._parts, self._caret = parts, caret_column
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Returns the line."""
        width = self.size.width
        if y:
            return Strip.blank(width, self.line_style("plain"))
        segments = [Segment(safe_line(text), self.line_style(style)) for text, style in self._parts]
        if self._caret is not None:
            text = cut(safe_line(" ".join(text for text, _ in self._parts)), width - 4)
            caret = max(0, min(self._caret, width - 2))
            if caret + 2 + cell_len(text) <= width or cell_len(text) > caret - 1:
                # Under the column if it fits to the right of it, else as far right as it goes, never cut.
                start = min(caret, max(0, width - 2 - cell_len(text)))
                segments = [Segment(" " * start + "▲ " + text, self.line_style("error"))]
            else:
                segments = [Segment(fit(text, caret - 1, right=True) + " ▲", self.line_style("error"))]
        else:
            segments.insert(0, Segment(" " * len(PROMPT), self.line_style("plain")))
        return Strip(segments).adjust_cell_length(width, self.line_style("plain"))


class FilterBar(Vertical):
    """The input line and the line below it."""

    @dataclass
    class Typed(Message):
        """The text has changed."""

        text: str

    def compose(self) -> ComposeResult:
        """Yields the prompt, the input and the hint."""
        with Horizontal(id="filter-line"):
            yield Static(PROMPT, id="filter-prompt", markup=False)
            yield FilterInput(
                id="filter-input",
                placeholder="filter, for example  llm.ttft_ms > 500   status = error   or any words",
            )
        yield FilterHint()

    @property
    def input(self) -> FilterInput:
        """The input line."""
        return self.query_one(FilterInput)

    def set_text(self, text: str, cursor: int | None = None) -> None:
        """Replace the text as if it were typed."""
        line = self.input
        line.value = text
        line.cursor_position = len(text) if cursor is None else cursor

    def show_error(self, message: str, column: int, expected: Sequence[str]) -> None:
        """Show an error below its column."""
        text = message
        if expected and not any(one in message for one in expected):
            text += " — expected " + ", ".join(expected[:6])
        line = self.input
        caret = len(PROMPT) + cell_len(line.value[:column]) - line.scroll_offset.x
        self._say([(text, "error")], caret)
        self.set_class(True, "-error")

    def show_hint(self, parts: Sequence[tuple[str, str]]) -> None:
        """Show a hint; an empty one clears the line."""
        self.set_class(False, "-error")
        self._say(parts)

    def _say(self, parts: Sequence[tuple[str, str]], caret: int | None = None) -> None:
        self.set_class(bool(parts), "-hinting")
        self.query_one(FilterHint).say(parts, caret)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Typed(event.value))
