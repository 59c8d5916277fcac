"""A text that is made again while it is read, because it has grown: the reader stays where he is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from textual.timer import Timer

from ..document.lines import Line
from ..document.text_layout import TextLayout
from ..document.text_search import TextSearch
from .lines_pane import PAUSE_S, SLICE_S, LinesPane


class GrowingPane(LinesPane):
    """Lays the new text out behind the old one, in slices, and shows it when it is complete."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.made_s = 0.0
        """How many seconds the last text took until it was complete."""
        self._new: TextLayout | None = None
        self._shown: Callable[[], object] = lambda: None
        self._begun_s = 0.0
        self._behind: Timer | None = None

    @property
    def is_replacing(self) -> bool:
        """Whether a new text is being laid out."""
        return self._new is not None

    def replace_lines(self, lines: Iterable[Line], shown: Callable[[], object]) -> None:
        """Show other lines in place of those shown, and call `shown` when they show.

        Who is at the last row stays at the last row.
        """
        self._shown = shown
        self._new = TextLayout(lines, self.layout_of_text.toggled)
        self._new.set_width(self.text_cells if self.wrap else None)
        self._begun_s = time.perf_counter()
        self._lay_out_behind()

    def _lay_out_behind(self) -> None:
        assert self._new is not None
        if self._new.advance(until_s=time.perf_counter() + SLICE_S):
            self._swap(self._new)
        elif self._behind is None:
            self._behind = self.set_interval(PAUSE_S, self._lay_out_behind)

    def _swap(self, new: TextLayout) -> None:
        if self._behind is not None:
            self._behind.stop()
            self._behind = None
        self._new = None
        self.made_s = time.perf_counter() - self._begun_s
        at_end = self.row_count > 0 and self.cursor == self.row_count - 1
        # The user may have folded something, or changed the width, meanwhile.
        is_stale = new.toggled != self.layout_of_text.toggled or new.width_cells != self.layout_of_text.width_cells
        new.toggled = self.layout_of_text.toggled
        self.layout_of_text = new
        self._shown()
        if self.search is not None:
            self.search = TextSearch(self.search.text)
        if is_stale:
            self.relay()
        else:
            self._take()
            self.show(len(self.rows), self.cursor)
        if at_end:
            self.move_cursor(self.row_count - 1, by_user=False)
