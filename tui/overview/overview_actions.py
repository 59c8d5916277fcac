"""The keys that show many traces at one look."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ...store.text.safe_text import safe_line
from ..facets.facet import Facet, only, without
from ..facets.facet_actions import FacetActions
from .conversation_screen import ConversationScreen
from .heat_map_state import narrowed_to_box
from .overview_screen import Chosen, OverviewScreen
from .questions import SLOT, OverviewQuestion, SessionsQuestion, TurnsQuestion
from .session_table import SessionTable
from .sessions_screen import SessionsScreen

if TYPE_CHECKING:
    from ...store.facets.overview import Overview
    from ...store.facets.sessions import Sessions


class OverviewActions(FacetActions):
    """Actions with the scope `screen` of the table `actions`. A subclass has the parts that they use."""

    def show_trace(self, trace: int) -> bool:
        """Go to the spans of a trace with this trace.id; returns False if the filter leaves the trace out."""
        raise NotImplementedError

    def action_overview(self) -> None:
        """Show how the traces of the filter went."""
        screen = OverviewScreen(safe_line(self.filter.good_text), utc=self.session.utc)

        def take(seen: Overview) -> None:
            # A first look at a growing file is worth more than the last tables; later ones come when all is counted.
            before = screen.state.overview
            if before is None or not before.complete or (seen.complete and not self.session.listing.paused):
                screen.take_overview(seen)

        self.asking.ask(SLOT, OverviewQuestion(self._query(), self.session.utc), take)
        self.app.push_screen(screen, self._overview_chosen)

    def _overview_chosen(self, chosen: Chosen | None) -> None:
        self.asking.stop(SLOT)
        if chosen is None:
            return
        if chosen.box is not None:
            self.write_filter(narrowed_to_box(self._query(), chosen.box, utc=self.session.utc))
        elif chosen.facet is not None:
            self.write_filter((without if chosen.denied else only)(self._query(), chosen.facet))

    def action_sessions(self) -> None:
        """Show the sessions of the filter."""
        open_trace = self.session.open_trace
        self._show_sessions(open_trace.trace.session_id if open_trace else None)

    def _show_sessions(self, selected: str | None) -> None:
        table = SessionTable(selected)
        note = safe_line(self.filter.good_text)
        screen = SessionsScreen(table, note, now_ns=self.session.now_ns, utc=self.session.utc)

        def take(sessions: Sessions) -> None:
            if not self.session.listing.paused or not table.complete:
                table.take(sessions)
                screen.show_table()

        self.asking.ask(SLOT, SessionsQuestion(self._query(), self.session.utc), take)
        self.app.push_screen(screen, self._session_chosen)

    def _session_chosen(self, session: str | None) -> None:
        self.asking.stop(SLOT)
        if session is not None:
            self._read(session, None, back_to_sessions=True)

    def action_conversation(self) -> None:
        """Read the session of this trace as a conversation."""
        self.pane_at()
        open_trace = self.session.open_trace
        if open_trace is None:
            return
        if open_trace.trace.session_id is None:
            self.notify("This trace has no session: update_current_trace(session_id=...) gives one", markup=False)
            return
        self._read(open_trace.trace.session_id, open_trace.trace.id, back_to_sessions=False)

    def _read(self, session: str, trace: int | None, *, back_to_sessions: bool) -> None:
        screen = ConversationScreen(session, self.session, trace)
        self.asking.ask(SLOT, TurnsQuestion(session), screen.take_turns)
        self.app.push_screen(screen, partial(self._turn_chosen, session, back_to_sessions))

    def _turn_chosen(self, session: str, back_to_sessions: bool, trace: int | None) -> None:
        self.asking.stop(SLOT)
        if trace is None:
            if back_to_sessions:
                self._show_sessions(session)
        elif not self.show_trace(trace):
            # The filter leaves the turn out: this session as the filter has it.
            self.session.listing.following, self.session.listing.selected = False, trace
            self.pane_at()
            self.write_filter(only(None, Facet("session", "session", session)))
