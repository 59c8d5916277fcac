"""Sessions: the traces of one conversation, each a turn, and what they add up to."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from ..filter.sql.functions import faults_told
from .slices import slices

if TYPE_CHECKING:
    from ..filter.tree.nodes import Query
    from ..model.rows import TraceRow
    from ..read.previews import PreviewLines
    from ..read.reader import Reader

POST_S = 0.1
"""Seconds between two looks at sessions that are still summed."""

MOST_SESSIONS = 50_000
"""Sessions that are kept: those with the newest turns."""

TURNS_AT_ONCE = 40
"""Turns of a conversation that are read between two looks."""

_SUMS = """SELECT CAST(t.session_id AS TEXT), count(*), json_group_array(DISTINCT CAST(t.user_id AS TEXT)),
    sum(t.status = 'ERROR'), sum(t.open_count > 0), sum(t.input_tokens), sum(t.output_tokens), sum(t.cost_usd),
    total(t.calls_without_price), min(t.start_ns), max(t.start_ns), max(t.id)
    FROM trace t WHERE t.id {traces} AND t.session_id IS NOT NULL GROUP BY 1"""
_TURNS = "SELECT id FROM trace WHERE session_id = ? ORDER BY start_ns, id"


class SessionTotals(NamedTuple):
    """One session: what its turns, as far as the filter finds them, add up to."""

    session: str
    turns: int
    users: tuple[str, ...]
    errors: int
    """Turns that failed."""
    running: int
    """Turns with open spans."""
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None
    calls_without_price: int
    first_ns: int
    """The start of the first turn."""
    last_ns: int
    """The start of the last turn."""
    last_trace: int
    """The trace.id of the last turn to arrive."""


class Sessions(NamedTuple):
    """All sessions so far, those with the newest turns first."""

    sessions: list[SessionTotals]
    complete: bool


class Turn(NamedTuple):
    """One turn of a conversation."""

    trace: TraceRow
    lines: PreviewLines


class Turns(NamedTuple):
    """The turns of one session, oldest first."""

    turns: list[Turn]
    total: int
    """How many turns the session has; the rest is read next."""


def sum_sessions(
    reader: Reader,
    query: Query | None,
    *,
    now_ns: int,
    gone: frozenset[int],
    utc: bool = False,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Sessions | None]:
    """Sum the sessions of the traces that a query finds; yields them now and then and at the end, else None."""
    found: dict[str, SessionTotals] = {}
    due = clock() + POST_S
    for part in slices(reader, query, now_ns=now_ns, gone=gone, utc=utc):
        if part is not None:
            with faults_told():
                rows = reader.connection.execute(_SUMS.format(traces=part.traces), part.parameters).fetchall()
            for row in rows:
                one = _totals(row)
                found[one.session] = _both(found[one.session], one) if one.session in found else one
        if clock() < due:
            yield None
            continue
        began = clock()
        yield Sessions(_newest_first(found), complete=False)
        due = clock() + max(POST_S, 8 * (clock() - began))
    yield Sessions(_newest_first(found), complete=True)


def read_turns(reader: Reader, session: str) -> Iterator[Turns | None]:
    """Read the turns of a session with what was asked and answered; yields what is read so far."""
    from ..read.previews import preview_texts

    ids = [trace for (trace,) in reader.rows(_TURNS, session)]
    turns: list[Turn] = []
    for start in range(0, len(ids), TURNS_AT_ONCE):
        part = ids[start : start + TURNS_AT_ONCE]
        lines = preview_texts(reader, part, max_chars=WHOLE_CHARS)
        turns += [Turn(trace, lines[trace.id]) for trace in reader.traces(part) if trace.id in lines]
        yield Turns(list(turns), len(ids))
    if not ids:
        yield Turns([], 0)


WHOLE_CHARS = 20_000
"""The most characters of a question or an answer in a conversation."""


def _totals(row: tuple[Any, ...]) -> SessionTotals:
    users = tuple(user for user in orjson.loads(row[2]) if user is not None)
    session, turns, _, errors, running, input_tokens, output_tokens, cost_usd, lacking, first_ns, last_ns, last = row
    tokens = input_tokens, output_tokens
    return SessionTotals(
        session, turns, users, errors or 0, running or 0, *tokens, cost_usd, int(lacking), first_ns, last_ns, last
    )


def _both(one: SessionTotals, other: SessionTotals) -> SessionTotals:
    return SessionTotals(
        one.session,
        one.turns + other.turns,
        tuple(dict.fromkeys((*one.users, *other.users))),
        one.errors + other.errors,
        one.running + other.running,
        _sum(one.input_tokens, other.input_tokens),
        _sum(one.output_tokens, other.output_tokens),
        _sum(one.cost_usd, other.cost_usd),
        one.calls_without_price + other.calls_without_price,
        min(one.first_ns, other.first_ns),
        max(one.last_ns, other.last_ns),
        max(one.last_trace, other.last_trace),
    )


def _sum(one: Any, other: Any) -> Any:
    return other if one is None else one if other is None else one + other


def _newest_first(found: dict[str, SessionTotals]) -> list[SessionTotals]:
    return sorted(found.values(), key=lambda one: (-one.last_ns, one.session))[:MOST_SESSIONS]
