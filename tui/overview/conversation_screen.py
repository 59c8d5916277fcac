"""One session as a conversation, oldest turn first; it grows while turns arrive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType

from ...store.text.safe_text import safe_line
from .. import actions
from ..document.lines import ROLE_MARK, WHOLE
from ..document.reader import plain_text, section_text
from ..document.value_text import text_of
from ..handoff.copies import Choice
from ..handoff.files import Taken
from ..reading.lines_pane import LinesPane
from ..reading.text_screen import TextScreen
from ..widgets.row_list import RowList
from .turn_lines import session_facts, turn_lines

if TYPE_CHECKING:
    from ...store.facets.sessions import Turn, Turns
    from ..state.session import Session


class ConversationScreen(TextScreen["int | None"]):
    """Reads a session; Enter goes to the trace of the turn under the cursor, whose trace.id is the result."""

    BINDINGS: ClassVar[list[BindingType]] = actions.bindings("conversation")

    def __init__(self, session_id: str, session: Session, trace: int | None) -> None:
        """`trace` is the turn that is shown first."""
        super().__init__(safe_line(session_id), LinesPane(id="conversation-lines"), "conversation")
        self._session_id = session_id
        self._session = session
        self._to = trace
        self._turns: Sequence[Turn] = ()

    def on_mount(self) -> None:
        """Wait for the turns."""
        self.pane.empty_text = "reading …"
        self.pane.focus()

    def take_turns(self, turns: Turns) -> None:
        """Show the turns that the feed has read."""
        if not self.is_attached or (self._turns and self._session.listing.paused) or self._is_as_before(turns):
            return
        pane = self.pane
        if not pane.size.width:
            self.call_after_refresh(self.take_turns, turns)  # lines are wrapped to the width
            return
        again = bool(self._turns)
        at_end = again and pane.cursor >= pane.row_count - 1
        self._turns = turns.turns
        more = f" · {turns.total - len(turns.turns):,} more are read" if turns.total > len(turns.turns) else ""
        self.searchable.header.show(safe_line(self._session_id), session_facts(turns.turns) + more)
        pane.empty_text = "This session has no traces any more."
        session = self._session
        pane.show_lines(
            list(turn_lines(turns.turns, gone=session.gone, now_ns=session.now_ns, utc=session.utc)), keep_place=again
        )
        if self._to is not None:
            self._go_to(self._to)
        elif at_end:
            pane.move_cursor(pane.row_count - 1, by_user=False)

    def _is_as_before(self, turns: Turns) -> bool:
        return len(turns.turns) < len(self._turns) <= turns.total or list(turns.turns) == list(self._turns) != []

    def _go_to(self, trace: int) -> None:
        place = next((place for place, turn in enumerate(self._turns) if turn.trace.id == trace), None)
        if place is None:
            return
        self._to = None
        pane = self.pane
        pane.layout_of_text.pull_all(float("inf"))
        row = next((row for row, line in enumerate(pane.rows) if line.value == place and line.lead), None)
        if row is not None:
            pane.show(len(pane.rows), row)
            pane.show_at_top(row)

    def _turn(self) -> Turn | None:
        pane = self.pane
        return self._turns[pane.rows[pane.cursor].value] if pane.row_count and self._turns else None

    @on(RowList.Opened)
    def action_enter(self) -> None:
        """Go to the trace of the turn under the cursor."""
        turn = self._turn()
        self.dismiss(None if turn is None else turn.trace.id)

    def leaf(self) -> Taken | None:
        """Returns the turn under the cursor."""
        turn = self._turn()
        if turn is None:
            return None
        return Taken("Turn", section_text(self.pane.layout_of_text.lines, self.pane.line_at_cursor()))

    def whole(self) -> Taken | None:
        """Returns the conversation."""
        if not self._turns:
            return None
        text = self.pane.layout_of_text
        text.pull_all(float("inf"))
        return Taken(f"session {safe_line(self._session_id)}", plain_text(text.lines))

    def choices(self) -> Sequence[Choice]:
        """Returns the line, the message, the turn, the whole, and the name of the session."""
        turn = self._turn()
        if turn is None:
            return []
        return [
            Choice("l", "the line", self._line_text),
            Choice("m", "the message", lambda: self.pane.part_above(ROLE_MARK)),
            Choice("s", "the turn", lambda: taken.text if (taken := self.leaf()) else None),
            Choice("t", "the whole conversation", lambda: taken.text if (taken := self.whole()) else None),
            Choice("i", "the session id", lambda: self._session_id),
            Choice("I", "the trace id", lambda: turn.trace.trace_id.hex()),
        ]

    def _line_text(self) -> str | None:
        line = self.pane.rows[self.pane.cursor]
        return text_of(line.part) if line.part is not WHOLE else line.text or None
