"""Edits of traces in the file: tags, metrics, assessments, deletion.

The tracer queues an edit behind the spans that were recorded before it; its writer thread applies the edit in the
transaction of `Writer.edit`. Every edit gives the row of the trace a new `rev`, so readers see the change at once.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from ..model.rows import AssessmentRow
from ..model.sqlite_values import bindable, column_value
from ..text import json_text
from ..text.json_text import encode
from .deletion import delete_traces


class EditRefusedError(Exception):
    """The file does not have the object of the edit; the message names the object."""


class Edit(Protocol):
    """One change of the file."""

    @property
    def failure(self) -> str:
        """The message about a refused edit, in the words of the caller."""

    def apply(self, connection: sqlite3.Connection, rev: int) -> int:
        """Apply the edit in the open transaction; return the number of edited rows.

        Raises EditRefusedError and changes nothing if the file does not have the object of the edit.
        """


class ChangeTag(NamedTuple):
    """Set one tag of a trace; None deletes the tag."""

    trace_key: bytes
    key: str
    value: str | None

    @property
    def failure(self) -> str:
        """The message about a refused edit."""
        return f"the tag {self.key!r} was not {'taken away' if self.value is None else 'set'}"

    def apply(self, connection: sqlite3.Connection, rev: int) -> int:
        """Apply the edit; see `Edit.apply`."""
        return _change_labels(connection, rev, self.trace_key, "tags", self.key, self.value)


class LogMetric(NamedTuple):
    """Add a number to a trace in the file: as an attribute of the root span, and as metadata."""

    trace_key: bytes
    key: str
    value: int | float

    @property
    def failure(self) -> str:
        """The message about a refused edit."""
        return f"the metric {self.key!r} was not logged"

    def apply(self, connection: sqlite3.Connection, rev: int) -> int:
        """Apply the edit; see `Edit.apply`."""
        trace = _trace(connection, self.trace_key)
        row = connection.execute(
            "SELECT s.id, s.attr_keys FROM span s JOIN trace t ON s.id = coalesce(t.root,"
            " (SELECT min(id) FROM span WHERE trace = t.id)) WHERE t.id = ?",
            (trace,),
        ).fetchone()
        if row is None:
            raise EditRefusedError(f"trace {self.trace_key.hex()} has no span")
        span, listed = row
        name = bindable(self.key)
        connection.execute("INSERT INTO attr_key (name, span_count) VALUES (?, 0) ON CONFLICT DO NOTHING", (name,))
        (key,) = connection.execute("SELECT id FROM attr_key WHERE name = ?", (name,)).fetchone()
        keys = json.loads(listed) if listed else []
        if key not in keys:
            keys.append(key)
            connection.execute("UPDATE attr_key SET span_count = span_count + 1 WHERE id = ?", (key,))
        connection.execute(
            "INSERT INTO attr (key, span, value, type) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (key, span) DO UPDATE SET value = excluded.value, type = excluded.type",
            (key, span, *column_value(self.value)),
        )
        connection.execute("UPDATE span SET attr_keys = ?, rev = ? WHERE id = ?", (json.dumps(keys), rev, span))
        return _change_labels(connection, rev, self.trace_key, "metadata", self.key, str(self.value))


class SaveAssessment(NamedTuple):
    """Insert an assessment, or replace the assessment with its id; an assessment that it overrides becomes invalid."""

    trace_key: bytes
    row: AssessmentRow

    @property
    def failure(self) -> str:
        """The message about a refused edit."""
        return f"the {self.row.kind} {self.row.name!r} was not saved"

    def apply(self, connection: sqlite3.Connection, rev: int) -> int:
        """Apply the edit; see `Edit.apply`."""
        trace = _trace(connection, self.trace_key)
        row = self.row
        connection.execute(
            "INSERT INTO assessment (assessment_id, trace, span_id, kind, name, value, type, error, source_type,"
            " source_id, rationale, metadata, created_ns, updated_ns, overrides, valid, rev)"
            " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
            " ON CONFLICT (assessment_id) DO UPDATE SET span_id = excluded.span_id, name = excluded.name,"
            " value = excluded.value, type = excluded.type, error = excluded.error,"
            " source_type = excluded.source_type, source_id = excluded.source_id, rationale = excluded.rationale,"
            " metadata = excluded.metadata, updated_ns = excluded.updated_ns, valid = excluded.valid,"
            " rev = excluded.rev WHERE trace = excluded.trace",
            (
                *(
                    bindable(row.assessment_id),
                    trace,
                    row.span_id,
                    row.kind,
                    bindable(row.name),
                    *column_value(row.value),
                ),
                encode(row.error).decode() if row.error else None,
                *map(bindable, (row.source_type, row.source_id, row.rationale)),
                encode(row.metadata).decode() if row.metadata else None,
                *(row.created_ns, row.updated_ns, row.overrides, row.valid, rev),
            ),
        )
        if row.overrides:
            connection.execute(
                "UPDATE assessment SET valid = 0, rev = ? WHERE assessment_id = ? AND trace = ?",
                (rev, row.overrides, trace),
            )
        return _touch(connection, rev, trace)


class DeleteAssessment(NamedTuple):
    """Delete an assessment; an assessment that it overrode becomes valid again."""

    trace_key: bytes
    assessment_id: str

    @property
    def failure(self) -> str:
        """The message about a refused edit."""
        return f"the assessment {self.assessment_id} was not deleted"

    def apply(self, connection: sqlite3.Connection, rev: int) -> int:
        """Apply the edit; see `Edit.apply`."""
        trace = _trace(connection, self.trace_key)
        found = connection.execute(
            "SELECT overrides FROM assessment WHERE assessment_id = ? AND trace = ?", (self.assessment_id, trace)
        ).fetchone()
        if found is None:
            raise EditRefusedError(f"trace {self.trace_key.hex()} has no assessment {self.assessment_id}")
        connection.execute("DELETE FROM assessment WHERE assessment_id = ?", (self.assessment_id,))
        connection.execute("UPDATE assessment SET valid = 1, rev = ? WHERE assessment_id = ?", (rev, found[0]))
        return _touch(connection, rev, trace)


class DeleteTraces:
    """Delete traces with everything that belongs to them. Traces with open spans are kept."""

    def __init__(
        self,
        trace_keys: Sequence[bytes] | None = None,
        *,
        started_until_ns: int | None = None,
        max_traces: int | None = None,
    ) -> None:
        """Choose traces by id, or the oldest `max_traces` of the traces that started until `started_until_ns`."""
        self._trace_keys = trace_keys
        self._started_until_ns = started_until_ns
        self._max_traces = max_traces
        self.removed_keys: list[bytes] = []
        """The ids of the deleted traces, after `apply`."""

    @property
    def failure(self) -> str:
        """The message about a refused edit."""
        return "traces were not deleted"

    def apply(self, connection: sqlite3.Connection, rev: int) -> int:
        """Apply the edit; see `Edit.apply`."""
        if self._trace_keys is not None:
            chosen = [
                row
                for key in dict.fromkeys(self._trace_keys)
                for row in connection.execute(
                    "SELECT id, trace_id FROM trace WHERE trace_id = ? AND open_count <= 0", (key,)
                )
            ]
        else:
            chosen = connection.execute(
                "SELECT id, trace_id FROM trace WHERE start_ns <= ? AND open_count <= 0 ORDER BY start_ns LIMIT ?",
                (self._started_until_ns, -1 if self._max_traces is None else self._max_traces),
            ).fetchall()
        self.removed_keys = [trace_key for _, trace_key in chosen]
        delete_traces(connection, [trace for trace, _ in chosen])
        return len(chosen)


def _trace(connection: sqlite3.Connection, trace_key: bytes) -> int:
    row = connection.execute("SELECT id FROM trace WHERE trace_id = ?", (trace_key,)).fetchone()
    if row is None:
        raise EditRefusedError(f"no trace {trace_key.hex()} in the file")
    return int(row[0])


def _touch(connection: sqlite3.Connection, rev: int, trace: int) -> int:
    return connection.execute("UPDATE trace SET rev = ? WHERE id = ?", (rev, trace)).rowcount


def _change_labels(
    connection: sqlite3.Connection, rev: int, trace_key: bytes, column: str, key: str, value: str | None
) -> int:
    trace = _trace(connection, trace_key)
    (stored,) = connection.execute(f"SELECT {column} FROM trace WHERE id = ?", (trace,)).fetchone()  # noqa: S608
    labels = json_text.decode_or_text(stored) if stored else {}
    if not isinstance(labels, dict):
        raise EditRefusedError(f"the {column} of trace {trace_key.hex()} are not a JSON object")
    if value is None:
        labels.pop(key, None)
    else:
        labels[key] = value
    connection.execute(
        f"UPDATE trace SET {column} = ?, rev = ? WHERE id = ?",  # noqa: S608 (our own names)
        (encode(labels).decode() if labels else None, rev, trace),
    )
    return 1
