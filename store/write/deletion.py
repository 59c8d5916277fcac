"""Delete traces with their spans, attributes, payloads, attachments and assessments."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from itertools import islice

from . import attachments
from .blocks.sweep import sweep

SPANS_AT_ONCE = 2_000
"""The limit of one transaction, for which other writers wait some 20 ms; a larger trace is deleted alone."""

KEPT = "EXISTS (SELECT 1 FROM assessment a WHERE a.trace = t.id)"
"""The condition for traces that people or judges have assessed: limits of age and size spare them longer."""

_IN = "IN (SELECT value FROM json_each(?))"


def used_bytes(connection: sqlite3.Connection) -> int:
    """Return the size of the file without its free pages, which the next spans reuse."""
    pages, free, page_bytes = connection.execute(
        "SELECT page_count, freelist_count, page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
    ).fetchone()
    return int((pages - free) * page_bytes)


def deletable_traces(
    connection: sqlite3.Connection, gone: Iterable[int], among: Collection[int] | None = None, *, only: str = "TRUE"
) -> sqlite3.Cursor:
    """Return pairs of a trace and its span count for the traces that no process is writing, oldest first.

    `gone` are the processes that can no longer end their open spans; `among` limits the result to these traces, and
    `only`, a condition of SQL on the trace `t`, to those for which it holds.
    """
    return connection.execute(
        f"""
        SELECT id, span_count FROM trace t
        WHERE (open_count <= 0
            OR NOT EXISTS (
                SELECT 1 FROM span s WHERE s.trace = t.id AND s.end_ns IS NULL AND NOT s.process {_IN}
            ))
            {"" if among is None else f"AND id {_IN}"} AND {only}
        ORDER BY id""",  # noqa: S608 (our own names)
        [json.dumps(list(ids)) for ids in ((gone,) if among is None else (gone, among))],
    )


def in_batches(traces: Iterable[tuple[int, int]]) -> Iterator[list[int]]:
    """Group pairs of a trace and its span count into batches that one transaction may delete."""
    batch: list[int] = []
    spans = 0
    for trace, span_count in traces:
        if batch and spans + span_count > SPANS_AT_ONCE:
            yield batch
            batch, spans = [], 0
        batch.append(trace)
        spans += span_count
    if batch:
        yield batch


def delete_until_below(
    connection: sqlite3.Connection, traces: Iterable[tuple[int, int]], most_bytes: int
) -> list[tuple[int, int]]:
    """Delete traces from the first on, until the file has at most `most_bytes` or the transaction is full.

    `traces` are pairs of a trace and its span count; returns the deleted pairs. The size of a trace is known only after
    deleting it: delete most of the traces that the average size suggests, measure, and repeat.
    """
    deleted: list[tuple[int, int]] = []
    waiting = iter(traces)
    while sum(spans for _, spans in deleted) < SPANS_AT_ONCE and (used := used_bytes(connection)) > most_bytes:
        (about,) = connection.execute("SELECT (SELECT max(id) FROM trace) - (SELECT min(id) FROM trace)").fetchone()
        some = list(islice(waiting, max(1, int(_SHARE_AT_ONCE * (about or 0) * (used - most_bytes) / used))))
        if not some:
            break
        delete_traces(connection, [trace for trace, _ in some])
        deleted += some
    return deleted


_SHARE_AT_ONCE = 0.7
"""The share of the estimated traces that is deleted before the next measurement."""


def delete_traces(connection: sqlite3.Connection, traces: Collection[int]) -> None:
    """Delete the traces with these trace.id in the open transaction."""
    execute = connection.execute
    chosen = json.dumps(list(traces))
    ids = [span for (span,) in execute(f"SELECT id FROM span WHERE trace {_IN}", (chosen,))]  # noqa: S608
    spans = json.dumps(ids)
    counts = execute(
        f"SELECT k.value, count(*) FROM span s, json_each(s.attr_keys) k WHERE s.trace {_IN} GROUP BY 1",  # noqa: S608
        (chosen,),
    ).fetchall()
    for key, count in counts:
        execute(f"DELETE FROM attr WHERE key = ? AND span {_IN}", (key, spans))  # noqa: S608
        execute("UPDATE attr_key SET span_count = span_count - ? WHERE id = ?", (count, key))
    execute(f"DELETE FROM payload WHERE span {_IN}", (spans,))  # noqa: S608
    sweep(connection, ids)
    attachments.delete_unused(connection, chosen)
    for table, column in (("assessment", "trace"), ("span", "trace"), ("trace", "id")):
        execute(f"DELETE FROM {table} WHERE {column} {_IN}", (chosen,))  # noqa: S608
