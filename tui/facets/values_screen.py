"""The values of a field over the screen; each makes a filter."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from .. import actions
from ..state.value_table import ValueTable
from ..widgets.key_line import KeyLine
from ..widgets.row_list import RowList
from .value_list import ValueList


class ChosenValue(NamedTuple):
    """What the user wants of a value."""

    value: str | int | float | None
    denied: bool
    """Whether all but this value is wanted."""


class ValuesScreen(ModalScreen[ChosenValue | None]):
    """Shows a table that is counted meanwhile; returns the chosen value, None after Escape."""

    BINDINGS: ClassVar[list[BindingType]] = actions.bindings("values")

    def __init__(self, table: ValueTable) -> None:
        super().__init__()
        self.value_list = ValueList(table)

    def compose(self) -> ComposeResult:
        """Yields the table and the keys."""
        yield self.value_list
        yield KeyLine("values")

    def on_mount(self) -> None:
        """Show what is counted so far."""
        self.show_table()
        self.value_list.focus()

    def show_table(self) -> None:
        """Redraw after a change of the table."""
        if self.is_attached:
            self.value_list.show_table()

    def _choose(self, *, denied: bool) -> None:
        table = self.value_list.table
        if len(table):
            self.dismiss(ChosenValue(table.rows[self.value_list.cursor].value, denied))

    @on(RowList.Opened)
    def action_only(self) -> None:
        """Show only the traces with this value."""
        self._choose(denied=False)

    def action_without(self) -> None:
        """Leave out the traces with this value."""
        self._choose(denied=True)

    def action_close(self) -> None:
        """Close the table without a choice."""
        self.dismiss(None)
