"""Attachments in the file: each is stored once, for any number of traces that refer to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from ..model.rows import AttachmentRecord


def insert(connection: sqlite3.Connection, found: Iterable[tuple[int, AttachmentRecord]]) -> None:
    """Insert attachments in the open transaction, each for the trace with the given trace.id."""
    for trace, one in found:
        # Queried each time: another process may have deleted it with the last trace that referred to it.
        row = connection.execute("SELECT id FROM attachment WHERE sha256 = ?", (one.sha256,)).fetchone()
        if row is None:
            inserted = connection.execute(
                "INSERT INTO attachment (sha256, content_type, size_bytes, bytes) VALUES (?, ?, ?, ?)",
                (one.sha256, one.content_type, len(one.content), one.content),
            )
            row = (inserted.lastrowid,)
        connection.execute("INSERT OR IGNORE INTO attachment_use (trace, attachment) VALUES (?, ?)", (trace, row[0]))


def delete_unused(connection: sqlite3.Connection, traces: str) -> None:
    """Delete the attachments that only these traces refer to; `traces` is a JSON list of trace.id."""
    of_traces = "trace IN (SELECT value FROM json_each(?))"
    rows = connection.execute(f"SELECT DISTINCT attachment FROM attachment_use WHERE {of_traces}", (traces,)).fetchall()  # noqa: S608
    if rows:
        connection.execute(f"DELETE FROM attachment_use WHERE {of_traces}", (traces,))  # noqa: S608
        connection.executemany(
            "DELETE FROM attachment WHERE id = ?"
            " AND NOT EXISTS (SELECT 1 FROM attachment_use u WHERE u.attachment = attachment.id)",
            rows,
        )
