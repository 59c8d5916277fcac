"""The state of the filter bar: the text, its error, the query, and the history."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...store.filter.tree.errors import FilterError
    from ...store.filter.tree.nodes import Query, Sort

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
        self.order: Sort | None = None
        """The order that the user has chosen beside the text."""
        self.generation = 0
        """The number of the query, by which a late answer to an earlier one is recognised."""
        self._history: list[str] = []
        self._place = 0
        self._draft = ""

    @property
    def active(self) -> bool:
        """Whether a filter is applied."""
        return bool(self.good_text)

    @property
    def selects(self) -> bool:
        """Whether the filter leaves out spans or traces, rather than only sorting them."""
        query = self.query if self.active else None
        return query is not None and (query.root is not None or any(one is not query.sort for one in query.stages))

    @property
    def sort(self) -> Sort | None:
        """The order of the list: that of the text, or the chosen one; None for newest first."""
        if self.active and self.query is not None and self.query.sort is not None:
            return self.query.sort
        return self.order

    @property
    def asked(self) -> Query | None:
        """The query that the feed answers: that of the text in the chosen order; None for all traces, newest first."""
        query = self.query if self.active else None
        if self.order is None or (query is not None and (query.by is not None or query.sort is not None)):
            return query
        from ...store.filter.tree.nodes import Query

        return Query(None, (self.order,)) if query is None else with_sort(query, self.order)

    def sort_by(self, field: str, *, descending: bool) -> str | None:
        """Choose an order by a field of the filter language; an empty one is newest first.

        Returns the text of the filter without its own sort(), which the choice replaces; None if it has none.
        """
        from ...store.filter.syntax.parser import parse
        from ...store.filter.tree.spelling import unparse

        self.order = parse(f"| sort({'-' * descending}{field})").sort if field else None
        self.generation += 1
        query = self.query if self.active else None
        return None if query is None or query.sort is None else unparse(with_sort(query, None))

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

    @property
    def history(self) -> list[str]:
        """The filters that were used, the last one last."""
        return list(self._history)

    def recall(self, filters: list[str]) -> None:
        """Continue the history of an earlier session."""
        self._history = filters[-HISTORY_SIZE:]
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


def with_sort(query: Query, sort: Sort | None) -> Query:
    """Returns the query in another order, or without an order of its own."""
    from dataclasses import replace

    from ...store.filter.tree.nodes import Limit

    stages = [one for one in query.stages if one is not query.sort]
    if sort is not None:
        place = next((place for place, one in enumerate(stages) if isinstance(one, Limit)), len(stages))
        stages.insert(place, sort)
    return replace(query, stages=tuple(stages))
