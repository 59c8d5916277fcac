"""The sessions: their rows, order and cursor, and the cells of a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...store.text import format
from ...store.text.safe_text import safe_line
from ..layout.columns import Column, kept_columns

if TYPE_CHECKING:
    from ...store.facets.sessions import Sessions, SessionTotals

ORDERS: dict[str, Callable[[SessionTotals], Any]] = {
    "last": lambda one: one.last_ns,
    "cost": lambda one: one.cost_usd or 0.0,
    "tokens": lambda one: (one.input_tokens or 0) + (one.output_tokens or 0),
    "turns": lambda one: one.turns,
    "errors": lambda one: one.errors,
}
"""The orders that the sort key goes through, each with the largest first."""

COLUMNS = (
    Column("Session", 14, key="session"),
    Column("Turns", 6, right=True, key="turns"),
    Column("Failed", 6, right=True, key="errors"),
    Column("Users", 14, key="users"),
    Column("Tokens", 11, right=True, key="tokens"),
    Column("Cost", 8, right=True, key="cost"),
    Column("First", 12, key="first"),
    Column("Last seen", 12, key="last"),
)
_FIRST_KEPT = ("session", "turns", "last", "errors", "cost", "tokens", "users", "first")
_MOST_SESSION_CELLS = 48


class SessionTable:
    """Rows are sessions. The cursor stays on its session while turns arrive."""

    def __init__(self, selected: str | None = None) -> None:
        self.rows: list[SessionTotals] = []
        self.complete = False
        self.order = "last"
        self.selected = selected

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, sessions: Sessions) -> None:
        """Show other sums."""
        self.rows, self.complete = sessions.sessions, sessions.complete
        self._sort()

    def next_order(self) -> None:
        """Sort by the next column."""
        names = list(ORDERS)
        self.order = names[(names.index(self.order) + 1) % len(names)]
        self._sort()

    def _sort(self) -> None:
        self.rows = sorted(self.rows, key=ORDERS[self.order], reverse=True)

    @property
    def cursor(self) -> int:
        """The row of the cursor."""
        return next((row for row, one in enumerate(self.rows) if one.session == self.selected), 0)

    def select(self, row: int) -> None:
        """Move the cursor to a row."""
        if 0 <= row < len(self.rows):
            self.selected = self.rows[row].session


def session_columns(width_cells: int) -> list[Column]:
    """Returns the columns that fit; the session gets the cells that are left."""
    shown, spare = kept_columns(COLUMNS, _FIRST_KEPT, width_cells)
    first = shown[0]
    grown = min(_MOST_SESSION_CELLS, first.width_cells + spare)
    return [first._replace(width_cells=grown), *shown[1:]]


def session_cell(one: SessionTotals, column: Column, *, now_ns: int, utc: bool) -> tuple[str, str]:
    """Returns the text of a column and its style."""
    match column.key:
        case "session":
            return safe_line(one.session), "running" if one.running else "strong"
        case "turns":
            return format.count(one.turns), "plain"
        case "errors":
            return (format.count(one.errors) if one.errors else ""), "error"
        case "users":
            more = f" +{len(one.users) - 1}" if len(one.users) > 1 else ""
            return (safe_line(one.users[0]) + more if one.users else ""), "dim"
        case "tokens":
            return format.token_flow(one.input_tokens, one.output_tokens), "plain"
        case "cost":
            return format.least_cost(one.cost_usd, one.calls_without_price), "plain"
        case "first":
            return format.start(one.first_ns, now_ns=now_ns, utc=utc), "dim"
        case _:
            return format.start(one.last_ns, now_ns=now_ns, utc=utc), "dim"
