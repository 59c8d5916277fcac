"""The columns that queries select for each class of row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..file.schema import METADATA, REQUEST_PREVIEW, RESPONSE_PREVIEW
from ..model.rows import ProcessRow, SpanRow, TraceRow

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEXT_COLUMNS = {
    *("name", "kind", "status", "status_message", "session_id", "user_id", "model", "response_model", "provider"),
    "answer_id",
    *("request_preview", "response_preview", "client_request_id", "host", "service", "command", "python"),
}
"""Columns of text. The writer stores a text that contains lone surrogates as a blob, so queries cast these columns."""

_OPEN_PROCESSES = """CASE WHEN t.open_count > 0 THEN
    (SELECT group_concat(DISTINCT s.process) FROM span s WHERE s.trace = t.id AND s.end_ns IS NULL) END"""


def _select_list(names: tuple[str, ...], expressions: Mapping[str, str] | None = None) -> str:
    columns = [(name, (expressions or {}).get(name, name)) for name in names]
    return ", ".join(f"CAST({column} AS TEXT)" if name in _TEXT_COLUMNS else column for name, column in columns)


TRACE_COLUMNS = _select_list(
    TraceRow._fields,
    {
        "request_preview": REQUEST_PREVIEW,
        "response_preview": RESPONSE_PREVIEW,
        "open_processes": _OPEN_PROCESSES,
    },
)
"""The fields of `TraceRow`, from `trace t`."""

SPAN_COLUMNS = _select_list(SpanRow._fields)
"""The fields of `SpanRow`, from `span`."""

PROCESS_COLUMNS = _select_list(ProcessRow._fields)
"""The fields of `ProcessRow`, from `process`."""

LABEL_COLUMNS = f"CAST(t.client_request_id AS TEXT), CAST(t.tags AS TEXT), CAST({METADATA} AS TEXT)"
"""The client request id, the tags and the metadata, from `trace t`."""

ASSESSMENT_COLUMNS = """
    assessment_id, span_id, kind, CAST(name AS TEXT), value, type, CAST(error AS TEXT),
    CAST(source_type AS TEXT), CAST(source_id AS TEXT), CAST(rationale AS TEXT), CAST(metadata AS TEXT),
    created_ns, updated_ns, overrides, valid"""
"""The fields of `AssessmentRow` before decoding: `value` is followed by its `type`."""
