"""What people say of a trace: stars, thumbs, scores, notes, expectations and tags, each as one edit of the file.

The names are MLflow's: a star is the tag `starred`, a thumb is the feedback `feedback` with a boolean, an expected
answer is the expectation `expected_response`. A person has one opinion of each name: another value replaces it.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from ..file import schema
from ..file.schema import NotATraceFileError
from ..model.decoding import attribute_value
from ..model.rows import AssessmentRow
from ..model.sqlite_values import bindable
from .edits import ChangeTag, DeleteAssessment, Edit, SaveAssessment
from .writer import apply_edits

STAR, STARRED = "starred", "true"
"""The tag of a trace with a star, and its value."""

THUMB = "feedback"
"""The feedback whose value is True for a thumb up, and False for a thumb down; MLflow's default name."""

SCORE, NOTE, EXPECTED = "score", "note", "expected_response"
"""The names of a score, of a note, and of the answer that was expected, which MLflow's scorers look for."""

HUMAN = "HUMAN"
"""MLflow's type of a source that is a person."""


class Outcome(NamedTuple):
    """What an edit has done."""

    was: Any
    """The value before; None for none."""
    now: Any
    """The value that the file has now; None for none."""


class SetTag:
    """Set a tag of a trace to a value, or take it away with None; with `toggles`, take it away if it has the value."""

    def __init__(self, trace_key: bytes, key: str, value: str | None, *, toggles: bool = False) -> None:
        self._trace_key = trace_key
        self._key = key
        self._value = value
        self._toggles = toggles
        self.outcome = Outcome(None, None)
        """What was done, after `apply`."""

    @property
    def failure(self) -> str:
        """The message about a refused edit."""
        return ChangeTag(self._trace_key, self._key, self._value).failure

    def apply(self, connection: sqlite3.Connection, rev: int) -> int:
        """Apply the edit; see `Edit.apply`."""
        row = connection.execute(
            "SELECT e.value FROM trace t, json_each(iif(json_valid(t.tags), t.tags, '{}')) e"
            " WHERE t.trace_id = ? AND e.key = ?",
            (self._trace_key, self._key),
        ).fetchone()
        was = None if row is None else str(row[0])
        value = None if self._toggles and was == self._value else self._value
        self.outcome = Outcome(was, value)
        return ChangeTag(self._trace_key, self._key, value).apply(connection, rev)


class Opine:
    """Write what a person says of a trace or a span in place of what they said under the same name.

    None takes it away; with `toggles`, so does the value that it has already.
    """

    def __init__(
        self,
        trace_key: bytes,
        name: str,
        value: Any,
        *,
        person: str,
        now_ns: int,
        span_id: int | None = None,
        kind: Literal["feedback", "expectation"] = "feedback",
        toggles: bool = False,
    ) -> None:
        """`span_id` is the id of a span as `SpanRow.span_id`; None speaks of the whole trace."""
        self._trace_key = trace_key
        self._name = name
        self._value = value
        self._person = person
        self._now_ns = now_ns
        self._span_id = span_id
        self._kind = kind
        self._toggles = toggles
        self.outcome = Outcome(None, None)
        """What was done, after `apply`."""

    @property
    def failure(self) -> str:
        """The message about a refused edit."""
        return f"the {self._kind} {self._name!r} was not saved"

    def apply(self, connection: sqlite3.Connection, rev: int) -> int:
        """Apply the edit; see `Edit.apply`."""
        found = connection.execute(
            "SELECT a.assessment_id, a.value, a.type FROM assessment a JOIN trace t ON t.id = a.trace"
            " WHERE t.trace_id = ? AND a.kind = ? AND a.name = ? AND a.span_id IS ?"
            " AND a.source_type = ? AND a.source_id = ? AND a.valid"
            " ORDER BY a.id DESC LIMIT 1",
            (self._trace_key, self._kind, bindable(self._name), self._span_id, HUMAN, bindable(self._person)),
        ).fetchone()
        was = None if found is None else attribute_value(found[1], found[2])
        now = None if self._toggles and was == self._value else self._value
        self.outcome = Outcome(was, now)
        if now is not None:
            id = f"a-{uuid.uuid4().hex}" if found is None else found[0]
            return SaveAssessment(self._trace_key, self._row(id)).apply(connection, rev)
        if found is not None:
            return DeleteAssessment(self._trace_key, found[0]).apply(connection, rev)
        return 0

    def _row(self, id: str) -> AssessmentRow:
        return AssessmentRow(
            assessment_id=id,
            span_id=self._span_id,
            kind=self._kind,
            name=self._name,
            value=self._value,
            error=None,
            source_type=HUMAN,
            source_id=self._person,
            rationale=None,
            metadata={},
            created_ns=self._now_ns,
            updated_ns=self._now_ns,
            overrides=None,
            valid=True,
        )


def edit_file(path: Path, edits: Sequence[Edit]) -> None:
    """Commit edits to the trace file at `path`, all or none. For programs that record nothing themselves.

    Raises EditRefusedError for an edit of something that the file does not have, what `refuse_other_layout` raises, and
    sqlite3.OperationalError when the file cannot be written now.
    """
    refuse_other_layout(path)
    connection = schema.open_for_writing(path)
    try:
        apply_edits(connection, edits, all_or_none=True)
    finally:
        connection.close()


def refuse_other_layout(path: Path) -> None:
    """Raise NotATraceFileError for a file of another layout, which a key does not convert by the way.

    `tracetui migrate` and traced programs do. Raises sqlite3.OperationalError if there is no file.
    """
    connection = schema.open_for_reading(path)
    try:
        schema.check_version(connection, path, older_is_fine=True)
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    finally:
        connection.close()
    if version != schema.VERSION:
        raise NotATraceFileError(
            f"{path} has layout {version} of an older tracetui, and is only read: `tracetui migrate` converts it"
        )
