"""MLflow's own SQLite database: its traces in the form of `Trace.to_json`, one at a time.

The tables are those of MLflow 3.17: trace_info, trace_tags, trace_request_metadata, spans, assessments.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..exchange.document import FormatError, Refuse
from ..text import json_text

_TABLES = frozenset({"trace_info", "spans"})
_TRACES = "SELECT request_id, timestamp_ms, status, client_request_id FROM trace_info ORDER BY timestamp_ms, request_id"
_SPANS = "SELECT content FROM spans WHERE trace_id = ? ORDER BY start_time_unix_nano"
_ASSESSMENTS = """
    SELECT assessment_id, name, assessment_type, value, error, created_timestamp, last_updated_timestamp, source_type,
        source_id, span_id, rationale, overrides, valid, assessment_metadata
    FROM assessments WHERE trace_id = ? ORDER BY created_timestamp"""


def is_mlflow_database(path: Path) -> bool:
    """Whether a SQLite file is a database of MLflow with traces."""
    try:
        with closing(_opened(path)) as connection:
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            return {name for (name,) in tables} >= _TABLES
    except sqlite3.Error:
        return False


def documents(path: Path, refuse: Refuse) -> Iterator[dict[str, Any]]:
    """Return each trace, oldest first; raises FormatError for a database that cannot be read.

    A trace whose spans are in a file of its own, as older versions of MLflow keep them, is refused.
    """
    try:
        with closing(_opened(path)) as connection:
            for trace_id, time_ms, status, client_request_id in connection.execute(_TRACES):
                spans = [json_text.decode(content) for (content,) in connection.execute(_SPANS, (trace_id,))]
                if not spans:
                    refuse(f"the trace {trace_id} has no spans in the database; MLflow's Trace.to_json() exports it")
                    continue
                info = {
                    "trace_id": trace_id,
                    "request_time": _iso(time_ms),
                    "state": status,
                    "client_request_id": client_request_id,
                    "tags": _entries(connection, "trace_tags", trace_id),
                    "trace_metadata": _entries(connection, "trace_request_metadata", trace_id),
                    "assessments": [
                        _assessment(trace_id, *row) for row in connection.execute(_ASSESSMENTS, (trace_id,))
                    ],
                }
                yield {"info": info, "data": {"spans": spans}}
    except (sqlite3.Error, ValueError) as error:
        raise FormatError(f"a database of MLflow that cannot be read: {error}") from None


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def _entries(connection: sqlite3.Connection, table: str, trace_id: str) -> dict[str, str]:
    query = f"SELECT key, value FROM {table} WHERE request_id = ? ORDER BY key"  # noqa: S608 (our own names)
    return {key: value for key, value in connection.execute(query, (trace_id,)) if value is not None}


def _assessment(
    trace_id: str,
    id: str,
    name: str,
    kind: str,
    value: str,
    error: str | None,
    created_ms: int,
    updated_ms: int,
    source_type: str,
    source_id: str | None,
    span_id: str | None,
    rationale: str | None,
    overrides: str | None,
    valid: int,
    metadata: str | None,
) -> dict[str, Any]:
    content: dict[str, Any] = {"value": json_text.decode_or_text(value)}
    if error:
        content["error"] = json_text.decode_or_text(error)
    found = {
        "assessment_id": id,
        "assessment_name": name,
        "trace_id": trace_id,
        "source": {"source_type": source_type, "source_id": source_id},
        kind if kind in ("feedback", "expectation", "issue") else "feedback": content,
        "create_time": _iso(created_ms),
        "last_update_time": _iso(updated_ms),
        "span_id": span_id,
        "rationale": rationale,
        "overrides": overrides,
        "valid": bool(valid),
        "metadata": json_text.decode_or_text(metadata) if metadata else None,
    }
    return {key: item for key, item in found.items() if item is not None}


def _iso(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
