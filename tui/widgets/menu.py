"""A menu over the screen: a few lines, of which the user chooses one by its letter, the cursor or the mouse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from ...store.text.safe_text import safe_line
from ..layout.cells import fit
from .row_list import RowList

_LETTER_CELLS = 3
_LEAST_CELLS = 40


class MenuItem(NamedTuple):
    """One line of a menu."""

    value: str
    """What choosing the line returns."""
    label: str
    letter: str = ""
    """The key that chooses the line; empty for none."""
    sign: str = ""
    """A sign behind the label, such as an arrow."""


class MenuList(RowList):
    """Draws the items of a menu."""

    BINDINGS: ClassVar[list[BindingType]] = [("enter", "enter", "Choose")]

    def __init__(self, items: Sequence[MenuItem]) -> None:
        super().__init__(id="menu")
        self.items = items

    def draw(self, row: int, width_cells: int, background: str) -> list[Segment]:
        """Returns the line of an item."""
        item = self.items[row]
        label = safe_line(f"{item.label} {item.sign}".rstrip())
        return [
            Segment(fit(f" {item.letter}", _LETTER_CELLS), self.line_style("key", background)),
            Segment(fit(label, max(0, width_cells - _LETTER_CELLS)), self.line_style("plain", background)),
        ]

    def click_row(self, row: int, column: int, clicks: int) -> None:
        """Choose the clicked line."""
        self.move_cursor(row)
        self.action_enter()


class Menu(ModalScreen[str | None]):
    """Returns the value of the chosen item; None after Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape,q", "leave", "Close")]

    def __init__(self, title: str, items: Sequence[MenuItem], *, cursor: int = 0) -> None:
        super().__init__()
        self._title = title
        self._items = items
        self._at = cursor

    def compose(self) -> ComposeResult:
        """Yields the list."""
        menu = MenuList(self._items)
        menu.border_title = self._title
        menu.styles.height = len(self._items) + 2
        menu.styles.width = max(
            _LEAST_CELLS, *(len(item.label) + len(item.sign) + _LETTER_CELLS + 5 for item in self._items)
        )
        yield menu

    def on_mount(self) -> None:
        """Show the items."""
        menu = self.query_one(MenuList)
        menu.show(len(self._items), self._at)
        menu.focus()

    def on_key(self, event: events.Key) -> None:
        """Choose the item of a letter."""
        for item in self._items:
            if item.letter and item.letter == event.character:
                event.stop()
                self.dismiss(item.value)
                return

    @on(RowList.Opened)
    def _opened(self, message: RowList.Opened) -> None:
        message.stop()
        self.dismiss(self._items[message.row].value)

    def action_leave(self) -> None:
        """Close the menu without a choice."""
        self.dismiss(None)
