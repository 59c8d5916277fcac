"""Langfuse's export: lines of `observations_v2/` and of `scores/`, and the observations of its API.

Names of fields are of snake case in exports and of camel case in the API. Times are ISO 8601 or
`YYYY-MM-DD HH:MM:SS.ffffff` in UTC. https://langfuse.com/docs/api-and-data-platform/features/blob-storage-export-fields
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..exchange.document import Batch, Batches, FormatError, Refuse, Resource, SpanDocument, TraceDocument
from ..exchange.fields import text
from ..model.rows import ERROR, NO_STATUS, UNSET, AssessmentRow
from ..text import json_text
from .foreign_ids import iso_ns, span_key, trace_key

_TYPES = frozenset({
    *("SPAN", "GENERATION", "EVENT", "AGENT", "TOOL", "CHAIN", "RETRIEVER", "EVALUATOR", "EMBEDDING", "GUARDRAIL"),
})  # fmt: skip
_SOURCES = {"ANNOTATION": "HUMAN", "API": "CODE", "EVAL": "LLM_JUDGE"}
_KEPT = ("environment", "release", "version")
_CAPITAL = re.compile("[A-Z]")
_NS_PER_MS = 1_000_000


def is_langfuse(document: Any) -> bool:
    """Whether a JSON document is an observation or a score, or a list or an API's page of them."""
    return any(map(_is_row, _rows(document)[:1]))


def read(document: Any, refuse: Refuse) -> Batches:
    """Return an observation as a span, and a score as an assessment of its trace."""
    for row in _rows(document):
        try:
            if not _is_row(row):
                raise FormatError("a row is neither an observation nor a score of Langfuse")
            yield _batch({_snake(key): value for key, value in row.items()})
        except FormatError as error:
            refuse(str(error))


def _rows(document: Any) -> list[Any]:
    if isinstance(document, Mapping) and isinstance(document.get("data"), list):
        document = document["data"]
    return document if isinstance(document, list) else [document]


def _is_row(row: Any) -> bool:
    if not isinstance(row, Mapping) or not ("trace_id" in row or "traceId" in row):
        return False
    return row.get("type") in _TYPES or ("value" in row and "name" in row and ("data_type" in row or "dataType" in row))


def _snake(name: str) -> str:
    return _CAPITAL.sub(lambda capital: f"_{capital[0].lower()}", name)


def _batch(row: Mapping[str, Any]) -> Batch:
    trace_id = trace_key(row.get("trace_id"), "trace_id")
    service = text(row.get("service_name")) or "langfuse"
    labels = TraceDocument(
        trace_id, session_id=text(row.get("session_id")) or None, user_id=text(row.get("user_id")) or None
    )
    if "type" not in row:
        labels.assessments.append(_score(row))
        return Batch(Resource(service), [], [labels])
    tags = _decoded(row.get("tags"))
    labels.tags = {str(tag): "" for tag in tags} if isinstance(tags, list) else {}
    labels.metadata = {name: str(row[name]) for name in _KEPT if row.get(name)}
    return Batch(Resource(service), [_span(row, trace_id)], [labels])


def _span(row: Mapping[str, Any], trace_id: bytes) -> SpanDocument:
    start_ns = iso_ns(row.get("start_time"), "start_time")
    end_ns = max(start_ns, iso_ns(row["end_time"], "end_time")) if row.get("end_time") else start_ns
    parent = row.get("parent_observation_id")
    is_error = row.get("level") == "ERROR"
    return SpanDocument(
        trace_id,
        span_key(row.get("id"), "id"),
        span_key(parent, "parent_observation_id") if parent else None,
        text(row.get("name")) or str(row["type"]).lower(),
        start_ns,
        end_ns,
        status=ERROR if is_error else NO_STATUS,
        status_message=text(row.get("status_message")) or None,
        attributes=_attributes(row, start_ns),
        inputs=_payload(row.get("input")),
        outputs=_payload(row.get("output")),
        is_entry=not parent,
    )


def _attributes(row: Mapping[str, Any], start_ns: int) -> dict[str, Any]:
    prefix = "langfuse.observation."
    found = {
        "langfuse.observation.type": str(row["type"]).lower(),
        f"{prefix}model.name": row.get("provided_model_name") or row.get("model"),
        f"{prefix}model.parameters": _decoded(row.get("model_parameters")),
        f"{prefix}usage_details": _decoded(row.get("usage_details")),
        f"{prefix}cost_details": _decoded(row.get("cost_details")),
        f"{prefix}level": row.get("level") if row.get("level") != "DEFAULT" else None,
        f"{prefix}prompt.name": row.get("prompt_name"),
        f"{prefix}prompt.version": row.get("prompt_version"),
    }
    if row.get("completion_start_time"):
        first_ns = iso_ns(row["completion_start_time"], "completion_start_time")
        found["llm.ttft_ms"] = max(0, first_ns - start_ns) / _NS_PER_MS
    metadata = _decoded(row.get("metadata"))
    if isinstance(metadata, Mapping):
        found |= {f"{prefix}metadata.{key}": _decoded(value) for key, value in metadata.items()}
    return {key: value for key, value in found.items() if value not in (None, "", {}, [])}


def _score(row: Mapping[str, Any]) -> AssessmentRow:
    time_ns = iso_ns(row.get("timestamp") or row.get("created_at"), "timestamp")
    value = (
        row.get("string_value") if row.get("data_type") == "CATEGORICAL" and row.get("string_value") else row["value"]
    )
    if row.get("data_type") == "BOOLEAN":
        value = bool(value)
    observation = row.get("observation_id")
    return AssessmentRow(
        assessment_id=text(row.get("id")),
        span_id=span_key(observation, "observation_id") if observation else None,
        kind="feedback",
        name=text(row.get("name")) or "score",
        value=value,
        error=None,
        source_type=_SOURCES.get(str(row.get("source")), "CODE"),
        source_id=text(row.get("author_user_id")) or None,
        rationale=text(row.get("comment")) or None,
        metadata={},
        created_ns=time_ns,
        updated_ns=time_ns,
        overrides=None,
        valid=True,
    )


def _payload(value: Any) -> Any:
    return UNSET if value is None or value == "" else _decoded(value)


def _decoded(value: Any) -> Any:
    """Return a value, or what the JSON in a text says: exports write objects as texts."""
    return json_text.decode_or_text(value) if isinstance(value, str) and value[:1] in ("{", "[") else value
