"""The keys that filter by what is under the cursor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual.screen import Screen

from ...store.text.safe_text import safe_line
from ..feed.value_questions import ValuesQuestion
from ..layout.cells import fit
from ..state.filter_state import FilterState
from ..state.session import Session
from ..state.value_table import ValueTable
from ..widgets.filter_bar import FilterBar
from ..widgets.menu import Menu, MenuItem
from .facet import AT_LEAST, EQUALS, Facet, countable, only, without
from .of_lines import line_facet
from .of_rows import span_facets, trace_facets
from .values_screen import ChosenValue, ValuesScreen

if TYPE_CHECKING:
    from ...store.facets.values import Values
    from ...store.filter.tree.nodes import Query
    from ..feed.asking import Asking
    from ..feed.page_reader import PageSource
    from ..trace.trace_view import TraceView

_LABEL_CELLS = 14

VALUES = "values"
"""The slot of the feed's question about values."""


class FacetActions(Screen[None]):
    """Actions with the scope `screen` of the table `actions`. A subclass has the parts that they use."""

    session: Session
    filter: FilterState
    filter_bar: FilterBar
    view: TraceView
    pages: PageSource
    asking: Asking

    def pane_at(self) -> str:
        """Returns the pane that the cursor is in, after the trace under it was opened."""
        raise NotImplementedError

    def write_filter(self, text: str) -> None:
        """Put a filter into the bar; the one before can be returned to."""
        self.filter.remember()
        self.session.listing.staying = True
        self.filter_bar.set_text(text)

    def action_only(self) -> None:
        """Show only traces like this."""
        self._with_facet("Only this", lambda facet: self.write_filter(only(self._query(), facet)))

    def action_without(self) -> None:
        """Leave out traces like this."""
        self._with_facet("Not this", lambda facet: self.write_filter(without(self._query(), facet)))

    def action_values(self) -> None:
        """Show the values of what is under the cursor, with their counts."""
        self._with_facet("Values of", self._show_values, counted=True)

    def action_undo_filter(self) -> None:
        """Return to the filter before this one."""
        self.filter.remember()
        text = self.filter.earlier()
        while text is not None and text == self.filter.text:
            text = self.filter.earlier()
        self.filter_bar.set_text(text or "")

    def _query(self) -> Query | None:
        return self.filter.query if self.filter.active else None

    def _with_facet(self, title: str, then: Callable[[Facet], None], *, counted: bool = False) -> None:
        pane = self.pane_at()
        if self.session.grouped:
            self._with_group(then, counted=counted)
            return
        if pane == "details" and (facet := line_facet(self.view.detail_pane)) is not None:
            then(facet)
            return
        found = self._facets(pane)
        facets = countable(found) if counted else [one for one in found if one.value is not None]
        if facets:
            self.app.push_screen(Menu(title, _items(facets)), partial(_chosen, facets, then))

    def _facets(self, pane: str) -> Sequence[Facet]:
        open_trace = self.session.open_trace
        if open_trace is None:
            return []
        trace, span = open_trace.trace, open_trace.span
        process = self.session.processes.get(trace.process if pane == "traces" or span is None else span.process)
        service = process.service if process is not None else ""
        if pane == "traces" or span is None:
            return trace_facets(trace, service, self.pages.labels(trace.id))
        return span_facets(span, trace, service)

    def _with_group(self, then: Callable[[Facet], None], *, counted: bool) -> None:
        groups = self.session.groups
        if groups.groups is None or not len(groups):
            return
        row = groups.cursor()
        facets = [
            Facet(field, field, value, letter=str(number))
            for number, (field, value) in enumerate(zip(groups.groups.fields, groups[row].key, strict=True), 1)
        ]
        facets = [one for one in facets if one.value is not None or counted]
        if len(facets) == 1:
            then(facets[0])
        elif facets:
            self.app.push_screen(Menu("Which field", _items(facets)), partial(_chosen, facets, then))

    def _show_values(self, facet: Facet) -> None:
        from ...store.facets.values import values_query
        from ...store.filter.tree.errors import FilterError

        try:
            query = values_query(self._query(), facet.field)
        except FilterError as error:
            self.notify(safe_line(error.message), severity="warning", markup=False)
            return
        table = ValueTable(facet.field)
        screen = ValuesScreen(table)

        def take(values: Values) -> None:
            if not self.session.listing.paused or not table.complete:
                table.take(values)
                screen.show_table()

        self.asking.ask(VALUES, ValuesQuestion(query, self.session.utc), take)
        self.app.push_screen(screen, partial(self._value_chosen, facet))

    def _value_chosen(self, facet: Facet, chosen: ChosenValue | None) -> None:
        self.asking.stop(VALUES)
        if chosen is not None:
            wanted = facet._replace(value=chosen.value, op=EQUALS)
            self.write_filter((without if chosen.denied else only)(self._query(), wanted))


def _items(facets: Sequence[Facet]) -> list[MenuItem]:
    return [
        MenuItem(str(place), fit(one.label, _LABEL_CELLS) + " " + _value(one), one.letter)
        for place, one in enumerate(facets)
    ]


def _value(facet: Facet) -> str:
    return f"≥ {facet.shown}" if facet.op == AT_LEAST else facet.shown[:60]


def _chosen(facets: Sequence[Facet], then: Callable[[Facet], None], place: str | None) -> None:
    if place is not None:
        then(facets[int(place)])
