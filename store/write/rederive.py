"""Derive the normal columns of a file again from its raw attributes, with the dialects and prices of this version.

Correct rows are not written, so the next run continues an interrupted run: it only reads the rows that are done. Spans
are changed in small transactions, and other processes may write in the meantime.
"""

from __future__ import annotations

import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from ..conventions import dialects
from ..file import schema
from ..model.decoding import attribute_value
from ..model.rows import NO_STATUS, OK
from ..model.sqlite_values import bindable
from ..model.usage import totals
from ..prices.pricing import AGGREGATE_KINDS, Prices
from ..prices.unpriced import CALL_COLUMNS, calls_without_price
from .answers import USAGE_COLUMNS
from .statements.transaction import Transaction

SPANS_AT_ONCE = 2_000
"""The limit of one transaction, for which other writers wait some 20 ms."""

_PAUSE_S = 0.005
"""The pause between two transactions, in which waiting writers begin theirs."""

_COLUMNS = ("kind", *dialects.COLUMNS)
_IS_ELSEWHERE = _COLUMNS.index("answer_is_elsewhere")


_User: TypeAlias = tuple[str | None, str | None]
"""session_id and user_id of a trace."""

_NOBODY: _User = (None, None)

_TRACE_COLUMNS = (
    *("input_tokens", "output_tokens", "cost_usd", "calls_without_price", "model", "ttft_ms"),
    *("session_id", "user_id", "kind"),
)


class Progress(NamedTuple):
    """How much of the file is done."""

    spans: int
    """The number of spans that were read."""
    changed_spans: int
    changed_traces: int
    last_span: int
    """The largest span.id that was read."""


class _Change(NamedTuple):
    span: int
    rev: int
    values: tuple[Any, ...]


def rederive(
    path: Path, prices: Prices | None, on_progress: Callable[[Progress], None] = lambda progress: None
) -> Progress:
    """Update every span and trace; `on_progress` is called after each transaction and may raise to stop.

    Without `prices`, only the columns of traces that follow from their spans are updated.

    Raises what `schema.open_for_writing` raises, and sqlite3.OperationalError when the file cannot be written now.
    """
    connection = schema.open_for_writing(path)
    try:
        progress = Progress(0, 0, 0, 0)
        users: dict[int, _User] = {}
        (end,) = connection.execute("SELECT coalesce(max(id), 0) FROM span").fetchone()
        derivation = _Derivations(connection)
        while progress.last_span < end:
            spans = _spans(connection, progress.last_span)
            changes = derivation.changes(spans, prices, users) if prices is not None else []
            changed_spans = changed_traces = 0
            if changes:
                changed_spans = _change_spans(connection, changes)
                time.sleep(_PAUSE_S)
            complete = _complete_traces(connection, progress.last_span, spans[-1][0]) if spans else []
            if wrong := [trace for trace in complete if _derived_columns(connection, trace, users) is not None]:
                changed_traces = _change_traces(connection, wrong, users)
                time.sleep(_PAUSE_S)
            for trace in complete:
                users.pop(trace, None)
            progress = Progress(
                progress.spans + len(spans),
                progress.changed_spans + changed_spans,
                progress.changed_traces + changed_traces,
                spans[-1][0] if spans else end,
            )
            on_progress(progress)
        return progress
    finally:
        connection.close()


def _spans(connection: sqlite3.Connection, after: int) -> list[tuple[Any, ...]]:
    columns = ", ".join(_COLUMNS)
    query = f"SELECT id, rev, trace, start_ns, {columns} FROM span WHERE id > ? ORDER BY id LIMIT ?"  # noqa: S608
    return connection.execute(query, (after, SPANS_AT_ONCE)).fetchall()


class _Derivations:
    """Derives normal columns from the attributes of one file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        rows = connection.execute("SELECT id, CAST(name AS BLOB) FROM attr_key")
        names = {id: name.decode("utf-8", "surrogatepass") for id, name in rows}
        self._keys = {id: name for id, name in names.items() if dialects.is_source(name)}
        self._known: dict[tuple[int, ...], dialects.Derivation] = {}

    def changes(self, spans: list[tuple[Any, ...]], prices: Prices, users: dict[int, _User]) -> list[_Change]:
        """Return the changes of spans whose columns differ; adds the users of traces to `users`."""
        attributes = self._attributes(spans[0][0], spans[-1][0]) if spans else {}
        changes: list[_Change] = []
        for span, rev, trace, start_ns, *old in spans:
            derived = self._derive(attributes.get(span, []))
            if "answer_id" in derived and old[_IS_ELSEWHERE]:  # `answers` has set the column, no attribute
                derived = {key: derived[key] for key in derived if key not in USAGE_COLUMNS} | {
                    "answer_is_elsewhere": 1
                }
            kind = old[0] if old[0] != "UNKNOWN" else derived.get("kind", "UNKNOWN")
            if "cost_usd" not in derived and kind not in AGGREGATE_KINDS:
                derived["cost_usd"] = prices.cost_usd(derived, start_ns, kind)
            new = tuple(map(bindable, (kind, *map(derived.get, dialects.COLUMNS))))
            if new != tuple(old):
                changes.append(_Change(span, rev, new))
            if "session_id" in derived or "user_id" in derived:
                session_id, user_id = users.get(trace, _NOBODY)
                users[trace] = (derived.get("session_id", session_id), derived.get("user_id", user_id))
        return changes

    def _derive(self, found: list[tuple[int, Any]]) -> dict[str, Any]:
        if not found:
            return {}
        keys = tuple(key for key, _ in found)
        how = self._known.get(keys)
        if how is None:
            how = self._known[keys] = dialects.derivation(self._keys[key] for key in keys)
        return dialects.derive(how, [value for _, value in found])

    def _attributes(self, first: int, last: int) -> dict[int, list[tuple[int, Any]]]:
        found: defaultdict[int, list[tuple[int, Any]]] = defaultdict(list)
        query = "SELECT span, value, type FROM attr WHERE key = ? AND span BETWEEN ? AND ?"
        for key in self._keys:
            for span, value, type in self._connection.execute(query, (key, first, last)):
                found[span].append((key, attribute_value(value, type)))
        return found


def _change_spans(connection: sqlite3.Connection, changes: list[_Change]) -> int:
    assignments = ", ".join(f"{column} = ?" for column in _COLUMNS)
    # Only if the span is unchanged: a process that has written the span has derived its columns itself.
    update = f"UPDATE span SET {assignments}, rev = ? WHERE id = ? AND rev = ?"  # noqa: S608
    changed = 0
    with Transaction(connection) as transaction:
        rev = transaction.sequence[0]
        for change in changes:
            rev += 1
            changed += connection.execute(update, (*change.values, rev, change.span, change.rev)).rowcount
        transaction.advance(rev=rev)
    return changed


def _complete_traces(connection: sqlite3.Connection, after: int, last: int) -> list[int]:
    """Return the traces whose last span is in this range."""
    query = (
        "SELECT DISTINCT trace FROM span s WHERE id > ? AND id <= ?"
        " AND id = (SELECT max(id) FROM span WHERE trace = s.trace) ORDER BY trace"
    )
    return [trace for (trace,) in connection.execute(query, (after, last))]


def _change_traces(connection: sqlite3.Connection, traces: list[int], users: dict[int, _User]) -> int:
    assignments = ", ".join(f"{column} = ?" for column in _TRACE_COLUMNS)
    update = f"UPDATE trace SET {assignments}, rev = ? WHERE id = ?"  # noqa: S608
    changed = 0
    with Transaction(connection) as transaction:
        rev = transaction.sequence[0]
        for trace in traces:
            # Compute the values again: another process may have written the trace.
            if (values := _derived_columns(connection, trace, users)) is not None:
                rev += 1
                changed += connection.execute(update, (*values, rev, trace)).rowcount
        transaction.advance(rev=rev)
    return changed


def _derived_columns(connection: sqlite3.Connection, trace: int, users: dict[int, _User]) -> tuple[Any, ...] | None:
    """Return the columns of a trace that follow from its spans, or None if they are correct."""
    columns = ", ".join(CALL_COLUMNS)
    spans = connection.execute(f"SELECT {columns} FROM span WHERE trace = ?", (trace,)).fetchall()  # noqa: S608
    named = [dict(zip(CALL_COLUMNS, span, strict=True)) for span in spans]
    models = [span["model"] for span in named if span["model"] is not None]
    texts = [span for span in named if span["model"] is not None and span["kind"] in ("LLM", "CHAT_MODEL")]
    answered = [span["model"] for span in texts if span["status"] in (OK, NO_STATUS)]
    candidates = [*reversed(answered), *(span["model"] for span in texts), *models]
    model = candidates[0] if candidates else None
    ttft_ms = max((span["ttft_ms"] for span in named if span["ttft_ms"] is not None), default=None)
    old = connection.execute(
        f"SELECT {', '.join(_TRACE_COLUMNS)},"  # noqa: S608
        " coalesce((SELECT kind FROM span WHERE id = trace.root), kind) FROM trace WHERE id = ?",
        (trace,),
    ).fetchone()
    if old is None:
        return None
    *before, kind = old
    if old[4] in models:
        model = old[4]  # the writer chose it by the entry span, which the file does not mark
    stored = zip(users.get(trace, _NOBODY), old[6:8], strict=True)
    new = (
        *totals(spans),
        len(calls_without_price(spans)),
        model,
        ttft_ms,
        *(derived if user is None else user for derived, user in stored),
        kind,
    )
    return None if tuple(before) == new else new
