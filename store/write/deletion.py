"""Traces with all they hold, taken out of the file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from itertools import islice

from . import attachments

SPANS_AT_ONCE = 2_000
"""In one transaction, some 20 ms for which other writers wait; a larger trace goes alone."""

_IN = "IN (SELECT value FROM json_each(?))"


def used_bytes(connection: sqlite3.Connection) -> int:
    """What the file holds. Pages that nothing is in do not count: the next spans are written there."""
    pages, free, page_bytes = connection.execute(
        "SELECT page_count, freelist_count, page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
    ).fetchone()
    return int((pages - free) * page_bytes)


def deletable_traces(
    connection: sqlite3.Connection, gone: Iterable[int], among: Collection[int] | None = None
) -> sqlite3.Cursor:
    """The traces that nobody is writing, of all or of some, oldest first, each with its number of spans.

    `gone` are the processes that can end their open spans no more.
    """
    return connection.execute(
        "SELECT id, span_count FROM trace t WHERE (open_count <= 0 OR NOT EXISTS ("  # noqa: S608
        f"SELECT 1 FROM span s WHERE s.trace = t.id AND s.end_ns IS NULL AND NOT s.process {_IN}))"
        f"{'' if among is None else f' AND id {_IN}'} ORDER BY id",
        [json.dumps(list(one)) for one in ((gone,) if among is None else (gone, among))],
    )


def in_batches(traces: Iterable[tuple[int, int]]) -> Iterator[list[int]]:
    """Traces, given with their numbers of spans, as many together as one transaction may remove."""
    together: list[int] = []
    spans = 0
    for trace, span_count in traces:
        if together and spans + span_count > SPANS_AT_ONCE:
            yield together
            together, spans = [], 0
        together.append(trace)
        spans += span_count
    if together:
        yield together


def delete_until_below(
    connection: sqlite3.Connection, traces: Iterable[tuple[int, int]], most_bytes: int
) -> list[tuple[int, int]]:
    """Remove the first of these, given with their numbers of spans, until the file holds no more than `most_bytes`, or
    as many as one transaction may; those that went.

    What a trace takes is known when it is gone: most of those that would do by the mean go together, and so on.
    """
    removed: list[tuple[int, int]] = []
    waiting = iter(traces)
    while sum(spans for _, spans in removed) < SPANS_AT_ONCE and (used := used_bytes(connection)) > most_bytes:
        (about,) = connection.execute("SELECT (SELECT max(id) FROM trace) - (SELECT min(id) FROM trace)").fetchone()
        some = list(islice(waiting, max(1, int(_SURE * (about or 0) * (used - most_bytes) / used))))
        if not some:
            break
        delete_traces(connection, [trace for trace, _ in some])
        removed += some
    return removed


_SURE = 0.7
"""Of the traces that would do if each took the same; how many there are is told by their numbers."""


def delete_traces(connection: sqlite3.Connection, traces: Collection[int]) -> None:
    """Remove these, by their trace.id, inside the open transaction."""
    execute = connection.execute
    chosen = json.dumps(list(traces))
    spans = json.dumps([span for (span,) in execute(f"SELECT id FROM span WHERE trace {_IN}", (chosen,))])  # noqa: S608
    counts = execute(
        f"SELECT k.value, count(*) FROM span s, json_each(s.attr_keys) k WHERE s.trace {_IN} GROUP BY 1",  # noqa: S608
        (chosen,),
    ).fetchall()
    for key, count in counts:
        execute(f"DELETE FROM attr WHERE key = ? AND span {_IN}", (key, spans))  # noqa: S608
        execute("UPDATE attr_key SET span_count = span_count - ? WHERE id = ?", (count, key))
    execute(f"DELETE FROM payload WHERE span {_IN}", (spans,))  # noqa: S608
    attachments.delete_unused(connection, chosen)
    for table, column in (("assessment", "trace"), ("span", "trace"), ("trace", "id")):
        execute(f"DELETE FROM {table} WHERE {column} {_IN}", (chosen,))  # noqa: S608
