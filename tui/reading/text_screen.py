"""A text on the whole screen, to read, fold, search and take away."""

from __future__ import annotations

from typing import ClassVar, Generic

from textual.app import ComposeResult
from textual.binding import BindingType

from .. import actions
from ..widgets.key_line import KeyLine
from ..widgets.pane_header import TitleHeader
from .lines_pane import LinesPane
from .search_line import SearchablePane, SearchLine
from .taking import Result, TakingScreen


class TextScreen(TakingScreen[Result], Generic[Result]):
    """A title, a text, its search and its keys; Escape ends the search, then goes back."""

    BINDINGS: ClassVar[list[BindingType]] = actions.bindings("page")

    def __init__(self, title: str, pane: LinesPane, scope: str) -> None:
        super().__init__()
        self.pane = pane
        self.scope = scope
        self.searchable = SearchablePane(TitleHeader(title, id="page-title"), pane, id="page")

    def compose(self) -> ComposeResult:
        """Yields the text and the keys."""
        yield self.searchable
        yield KeyLine(self.scope)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave all keys to the line of the search while one types in it."""
        return not isinstance(self.focused, SearchLine)

    def action_next_hit(self) -> None:
        """Move to the next place that was found."""
        self.pane.to_hit(1)

    def action_previous_hit(self) -> None:
        """Move to the previous place that was found."""
        self.pane.to_hit(-1)

    def action_wrap(self) -> None:
        """Wrap long lines, or cut them."""
        self.pane.wrap = not self.pane.wrap
        self.pane.relay()

    def action_close(self) -> None:
        """End the search, or go back."""
        if not self.searchable.search_line.close():
            self.dismiss(None)
