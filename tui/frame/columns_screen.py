"""The columns of the list: which are shown, in which order, how wide; and views, which are columns with a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from rich.segment import Segment
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input

from ...store.text.safe_text import safe_line
from .. import actions
from ..layout.cells import fit
from ..layout.trace_columns import ColumnChoice
from ..state.column_editor import ColumnEditor
from ..widgets.row_list import RowList

MOST_NAME_CHARS = 60

VIEWS = "\0views"
"""Returned in place of a name when the user wants to choose a view."""


class ColumnList(RowList):
    """Draws the columns of an editor, the shown ones first."""

    BINDINGS: ClassVar[list[BindingType]] = actions.bindings("columns")

    class NameAsked(Message):
        """The user wants to name the columns."""

    class ViewsAsked(Message):
        """The user wants to choose a view."""

    def __init__(self, editor: ColumnEditor, counts: Mapping[str, int]) -> None:
        super().__init__(id="columns")
        self.editor = editor
        self._counts = counts

    def draw(self, row: int, width_cells: int, background: str) -> list[Segment]:
        """Returns the line of a column: whether it is shown, its name, and its width or the number of its spans."""
        line = self.editor.lines[row]
        about = f"{line.width_cells} cells" if line.width_cells else ""
        if line.attribute:
            about = f"{self._counts.get(line.attribute, 0):,} spans"
        about = f"{about} "
        label = safe_line(line.label, max_chars=200)
        return [
            Segment(" ✓ " if line.is_shown else "   ", self.line_style("ok", background)),
            Segment(
                fit(label, max(0, width_cells - 3 - len(about))),
                self.line_style("plain" if line.is_shown else "dim", background),
            ),
            Segment(about, self.line_style("faint", background)),
        ]

    def _changed(self, row: int) -> None:
        self.show(len(self.editor.lines), row)
        self.scroll_to_row(row)
        self.post_message(self.CursorMoved(self, row))

    def action_show_or_hide(self) -> None:
        """Show or hide the column."""
        self._changed(self.editor.toggle(self.cursor))

    def action_move_up(self) -> None:
        """Move the column to the left."""
        self._changed(self.editor.move(self.cursor, -1))

    def action_move_down(self) -> None:
        """Move the column to the right."""
        self._changed(self.editor.move(self.cursor, 1))

    def action_widen(self) -> None:
        """Make the column wider."""
        self._changed(self.editor.widen(self.cursor, 1))

    def action_narrow(self) -> None:
        """Make the column narrower."""
        self._changed(self.editor.widen(self.cursor, -1))

    def action_reset(self) -> None:
        """Show the columns that have values, as far as they fit."""
        self.editor.reset()
        self._changed(0)

    def action_name(self) -> None:
        """Request a name for the columns."""
        self.post_message(self.NameAsked())

    def action_views(self) -> None:
        """Request the views that have names."""
        self.post_message(self.ViewsAsked())

    def click_row(self, row: int, column: int, clicks: int) -> None:
        """Show or hide the clicked column."""
        self.move_cursor(row)
        self.action_show_or_hide()


class ColumnsScreen(ModalScreen[str | None]):
    """Edits the columns, which the list shows at once. Returns the name under which to keep them; None without."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape,q,c,enter", "leave", "Close")]

    def __init__(
        self, editor: ColumnEditor, counts: Mapping[str, int], changed: Callable[[ColumnChoice], None]
    ) -> None:
        """`counts` has the attributes of the file; `changed` is called with every choice."""
        super().__init__()
        self._list = ColumnList(editor, counts)
        self._changed = changed

    def compose(self) -> ComposeResult:
        """Yields the list, and the line for a name."""
        self._list.border_title = "Columns"
        self._list.border_subtitle = "Space · K J move · < > width · r reset · w v views"
        yield self._list
        yield Input(id="view-name", placeholder="name of these columns and this order", max_length=MOST_NAME_CHARS)

    def on_mount(self) -> None:
        """Show the columns."""
        self._list.show(len(self._list.editor.lines), 0)
        self._list.focus()

    @on(RowList.CursorMoved)
    def _edited(self, message: RowList.CursorMoved) -> None:
        message.stop()
        self._changed(self._list.editor.choice)

    @on(ColumnList.ViewsAsked)
    def _views_asked(self) -> None:
        self.dismiss(VIEWS)

    @on(ColumnList.NameAsked)
    def _name_asked(self) -> None:
        name = self.query_one(Input)
        name.add_class("-asked")
        name.focus()

    @on(Input.Submitted)
    def _named(self, message: Input.Submitted) -> None:
        message.stop()
        self.dismiss(message.value.strip() or None)

    def action_leave(self) -> None:
        """Close the columns."""
        self.dismiss(None)
