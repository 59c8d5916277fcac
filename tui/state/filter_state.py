"""What the filter bar knows: the text, what is wrong with it, what was used before, how Tab goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...store.filter.tree.errors import FilterError
    from ...store.filter.tree.nodes import Query

HISTORY_SIZE = 100
"""Filters kept for Up and Down."""


class FilterState:
    """The filter as it is typed. `query` is the last text that could be read: a mistake leaves its result in place."""

    def __init__(self) -> None:
        self.text = ""
        self.error: FilterError | None = None
        self.query: Query | None = None
        self.good_text = ""
        """The text of `query`."""
        self.generation = 0
        """Counts the queries, so that a late answer to an earlier one is known as such."""
        self._history: list[str] = []
        self._place = 0
        self._draft = ""

    @property
    def active(self) -> bool:
        """Whether the list is filtered at all."""
        return bool(self.good_text)

    def type(self, text: str) -> bool:
        """Take the text after a key; True when there is another query to ask."""
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
        """Ask the same query once more: its words mean something else now."""
        self.generation += 1

    def remember(self) -> None:
        """Keep the filter for Up: it was used."""
        if self.good_text and (not self._history or self._history[-1] != self.good_text):
            self._history.append(self.good_text)
            del self._history[:-HISTORY_SIZE]
        self._place = len(self._history)

    def earlier(self) -> str | None:
        """The filter used before the one shown; None at the first."""
        if self._place == 0:
            return None
        if self._place == len(self._history):
            self._draft = self.text
        self._place -= 1
        return self._history[self._place]

    def later(self) -> str | None:
        """The filter used after the one shown, at the end the text that was being typed; None beyond it."""
        if self._place >= len(self._history):
            return None
        self._place += 1
        return self._draft if self._place == len(self._history) else self._history[self._place]
