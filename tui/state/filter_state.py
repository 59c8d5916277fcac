"""The state of the filter bar: the text, its error, the query, and the history."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...store.filter.tree.errors import FilterError
    from ...store.filter.tree.nodes import Query

HISTORY_SIZE = 100
"""The most filters in the history."""


class FilterState:
    """The filter as it is typed. `query` is the last valid one: an invalid text leaves its result shown."""

    def __init__(self) -> None:
        self.text = ""
        self.error: FilterError | None = None
        self.query: Query | None = None
        self.good_text = ""
        """The text of `query`."""
        self.generation = 0
        """The number of the query, by which a late answer to an earlier one is recognised."""
        self._history: list[str] = []
        self._place = 0
        self._draft = ""

    @property
    def active(self) -> bool:
        """Whether a filter is applied."""
        return bool(self.good_text)

    def type(self, text: str) -> bool:
        """Set the text; returns whether the query has changed."""
        from ...store.filter.syntax.parser import parse  # 25 ms that the first frame need not wait for
        from ...store.filter.tree.errors import FilterError

        self.text = text
        try:
            query = parse(text)
        except FilterError as error:
            self.error = error
            return False
        self.error = None
        if text.strip() == self.good_text:
            return False
        self.query, self.good_text = query, text.strip()
        self.generation += 1
        return True

    def ask_again(self) -> None:
        """Repeat the query under a new number: its times mean something else now."""
        self.generation += 1

    def remember(self) -> None:
        """Add the filter to the history."""
        if self.good_text and (not self._history or self._history[-1] != self.good_text):
            self._history.append(self.good_text)
            del self._history[:-HISTORY_SIZE]
        self._place = len(self._history)

    def earlier(self) -> str | None:
        """Returns the previous filter of the history; None at its start."""
        if self._place == 0:
            return None
        if self._place == len(self._history):
            self._draft = self.text
        self._place -= 1
        return self._history[self._place]

    def later(self) -> str | None:
        """Returns the next filter of the history, after the last the typed text; None beyond it."""
        if self._place >= len(self._history):
            return None
        self._place += 1
        return self._draft if self._place == len(self._history) else self._history[self._place]
