"""Every private name of Textual that the explorer uses.

`tests/tui/widgets/test_textual_private.py` checks that they exist.
"""

from __future__ import annotations

import sys

from rich.console import RenderableType
from textual.app import App
from textual.geometry import Size
from textual.scroll_view import ScrollView

APP_NAMES = ("_exception", "_exit_renderables", "_fatal_error", "_close_messages_no_wait")
SCROLL_VIEW_NAMES = ("_scroll_update",)


class ReportingApp(App[None]):
    """An app that prints its own report of a fault: Textual's shows local variables, which may hold users' data."""

    @property
    def failed(self) -> bool:
        """Whether a fault of the app ended it. The return code may be that of a quit key pressed later."""
        return self._exception is not None

    def fault_report(self, error: BaseException | None) -> RenderableType:
        """Returns what is printed after the terminal is restored."""
        raise NotImplementedError

    def _fatal_error(self) -> None:
        self.bell()
        self._exit_renderables.append(self.fault_report(sys.exc_info()[1]))
        self._close_messages_no_wait()


def set_virtual_rows(view: ScrollView, rows: int) -> None:
    """Set the height of the virtual size of `view` and update its scrollbar, without a layout of the whole screen.

    Assigning `virtual_size` would start a layout, which takes 20 ms. Nothing else depends on the number of rows,
    because the scrollbar is always shown.
    """
    view.set_reactive(ScrollView.virtual_size, Size(0, rows))
    view._scroll_update(view.virtual_size)
