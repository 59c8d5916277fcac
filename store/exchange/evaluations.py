"""Assessments as OpenTelemetry's events of evaluations, `gen_ai.evaluation.result`, in both directions.

The names are of the GenAI semantic conventions: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-events/
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from ..model.rows import AssessmentRow

EVENT = "gen_ai.evaluation.result"

_NAME = "gen_ai.evaluation.name"
_SCORE = "gen_ai.evaluation.score.value"
_LABEL = "gen_ai.evaluation.score.label"
_EXPLANATION = "gen_ai.evaluation.explanation"
_ERROR = "error.type"
_KIND = "tracetui.assessment.kind"
_SOURCE_TYPE = "tracetui.assessment.source_type"
_SOURCE = "tracetui.assessment.source_id"
_ID = "tracetui.assessment.id"
_EVALUATION = "CODE"
"""The source of an evaluation that does not tell it."""


def attributes_of(row: AssessmentRow) -> dict[str, Any]:
    """Return the attributes of the event for an assessment."""
    attributes: dict[str, Any] = {_NAME: row.name, _ID: row.assessment_id, _SOURCE_TYPE: row.source_type}
    if isinstance(row.value, int | float) and not isinstance(row.value, bool):
        attributes[_SCORE] = row.value
    elif row.value is not None:
        attributes[_LABEL] = row.value
    others = {
        _EXPLANATION: row.rationale,
        _SOURCE: row.source_id,
        _ERROR: (row.error or {}).get("error_code"),
        _KIND: row.kind if row.kind != "feedback" else None,
    }
    return attributes | {name: value for name, value in others.items() if value is not None}


def assessment_of(attributes: Mapping[str, Any], trace_id: bytes, span_id: int | None, time_ns: int) -> AssessmentRow:
    """Return the assessment for the attributes of an event; the same event has the same id each time."""
    value = attributes.get(_SCORE, attributes.get(_LABEL))
    name = str(attributes.get(_NAME) or "evaluation")
    identity = repr((trace_id, span_id, time_ns, name, value)).encode(errors="surrogatepass")
    error = attributes.get(_ERROR)
    return AssessmentRow(
        assessment_id=str(attributes.get(_ID) or f"a-{blake2b(identity, digest_size=16).hexdigest()}"),
        span_id=span_id,
        kind=str(attributes.get(_KIND) or "feedback"),
        name=name,
        value=value,
        error=None if error is None else {"error_code": str(error), "error_message": None, "stack_trace": None},
        source_type=str(attributes.get(_SOURCE_TYPE) or _EVALUATION),
        source_id=None if attributes.get(_SOURCE) is None else str(attributes[_SOURCE]),
        rationale=None if attributes.get(_EXPLANATION) is None else str(attributes[_EXPLANATION]),
        metadata={},
        created_ns=time_ns,
        updated_ns=time_ns,
        overrides=None,
        valid=True,
    )
