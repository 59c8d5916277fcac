"""Feedback, expectations and issues of traces: logged at any time, by any process, without a wait for the file."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ...store.model.rows import AssessmentRow
from ...store.write.edits import DeleteAssessment, SaveAssessment
from .. import guard
from ..api.tags import trace_key_of
from ..entities.assessment import Assessment, Expectation, Feedback, IssueReference
from ..entities.assessment_error import AssessmentError
from ..entities.assessment_source import AssessmentSource
from ..exceptions import InvalidTypeError, InvalidValueError, NotFoundError
from ..parts import clock
from ..parts.ids import parse_span_id, parse_trace_id
from ..read.from_rows import assessment_of
from ..read.open_file import opened_file
from ..recording import process_recorder
from ..values.snapshot import snapshot, text_entries
from .session_feedback import NO_TRACE_ID, trace_and_metadata


def log_assessment(trace_id: str | None, assessment: Assessment) -> Assessment:
    """Add an assessment to a trace, and return it with its id. It may be logged before the trace is in the file.

    Keeps nothing where nothing is recorded: `trace_id` is then None, or the id of a span that is not recorded. Raises
    ValueError for an invalid trace id, and TypeError for an object that is not an assessment.
    """
    if not isinstance(assessment, Assessment):
        raise InvalidTypeError(
            f"log_assessment() accepts a Feedback, an Expectation or an IssueReference, not {assessment!r}"
        )
    logged = assessment.on_trace(trace_id)
    logged.value = snapshot(logged.value)
    _save(trace_id, logged)
    return logged


def log_feedback(
    *,
    trace_id: str | None = NO_TRACE_ID,
    name: str = "feedback",
    value: Any = None,
    source: AssessmentSource | None = None,
    error: AssessmentError | BaseException | str | None = None,
    rationale: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    span_id: str | None = None,
    session_id: str | None = None,
) -> Assessment:
    """Add feedback to a trace or one of its spans: a number, a text, a boolean, or the error of a judge.

    With `session_id` the feedback is about a whole session, and `feedback.x` in a filter finds all traces of the
    session. Raises ValueError for invalid ids, LookupError for a session that the file does not have, and TypeError
    without a `trace_id` and a `session_id`.
    """
    if session_id is not None:
        trace_id, metadata = trace_and_metadata(session_id, trace_id, metadata)
    elif trace_id is NO_TRACE_ID:
        raise InvalidTypeError("log_feedback() needs trace_id=... or session_id=...")
    fields: dict[str, Any] = {
        "source": source,
        "rationale": rationale,
        "metadata": _texts(metadata),
        "span_id": span_id,
    }
    return log_assessment(trace_id, Feedback(name, value, error=error, **fields))


def log_expectation(
    *,
    trace_id: str | None,
    name: str,
    value: Any,
    source: AssessmentSource | None = None,
    metadata: Mapping[str, Any] | None = None,
    span_id: str | None = None,
) -> Assessment:
    """Add the expected result to a trace. Raises ValueError for a value of None, and for invalid ids."""
    expectation = Expectation(name, value, source=source, metadata=_texts(metadata), span_id=span_id)
    return log_assessment(trace_id, expectation)


def log_issue(
    *,
    trace_id: str | None,
    issue_id: str,
    issue_name: str | None = None,
    source: AssessmentSource | None = None,
    run_id: str | None = None,
    rationale: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    span_id: str | None = None,
) -> Assessment:
    """Add to a trace that it shows a known issue. The default name is the id: MLflow's server has the names."""
    fields: dict[str, Any] = {
        "source": source,
        "rationale": rationale,
        "metadata": _texts(metadata),
        "span_id": span_id,
    }
    return log_assessment(trace_id, IssueReference(issue_id, issue_name or issue_id, run_id=run_id, **fields))


def get_assessment(trace_id: str, assessment_id: str) -> Assessment:
    """The assessment with this id. Raises LookupError for an unknown id, and ValueError for an invalid trace id."""
    digits = parse_trace_id(trace_id)
    with opened_file() as reader, suppress(LookupError):
        if reader is not None:
            for row in reader.assessments(reader.find_trace(digits)):
                if row.assessment_id == assessment_id:
                    return assessment_of(digits, row)
    raise NotFoundError(f"trace {digits} has no assessment {assessment_id!r} in the trace file")


def update_assessment(trace_id: str | None, assessment_id: str, assessment: Assessment) -> Assessment:
    """Replace the value, source, rationale and metadata of an assessment. Its id, kind and creation time stay.

    Raises LookupError for an unknown assessment, and ValueError for an assessment of another kind.
    """
    if trace_key_of(trace_id) is None:
        return assessment.with_fields(trace_id=None, assessment_id=assessment_id)
    assert trace_id is not None
    former = get_assessment(trace_id, assessment_id)
    if former.kind != assessment.kind:
        raise InvalidValueError(
            f"assessment {assessment_id} is of kind {former.kind}, and one of kind {assessment.kind} cannot replace it;"
            " log a new assessment instead"
        )
    updated = assessment.with_fields(
        trace_id=former.trace_id,
        assessment_id=assessment_id,
        span_id=assessment.span_id or former.span_id,
        rationale=assessment.rationale if assessment.rationale is not None else former.rationale,
        metadata={**(former.metadata or {}), **(assessment.metadata or {})} or None,
        create_time_ms=former.create_time_ms,
        last_update_time_ms=clock.wall_ns() // 1_000_000,
        overrides=former.overrides,
        valid=former.valid,
        source=assessment.source if assessment.has_own_source else former.source,
    )
    updated.value = snapshot(updated.value)
    _save(trace_id, updated)
    return updated


def delete_assessment(trace_id: str | None, assessment_id: str) -> None:
    """Delete an assessment. The assessment that it overrode is valid again."""
    if (trace_key := trace_key_of(trace_id)) is not None:
        process_recorder.get().edit(DeleteAssessment(trace_key, str(assessment_id)))


def override_feedback(
    *,
    trace_id: str | None,
    assessment_id: str,
    value: Any,
    rationale: str | None = None,
    source: AssessmentSource | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Assessment:
    """Correct feedback. The new feedback is valid; the former one stays in the file, marked as overridden.

    Raises LookupError for an unknown assessment, and ValueError for one that is not feedback.
    """
    if trace_key_of(trace_id) is None:
        return Feedback(value=value, source=source, rationale=rationale, metadata=_texts(metadata))
    assert trace_id is not None
    former = get_assessment(trace_id, assessment_id)
    if not isinstance(former, Feedback):
        raise InvalidValueError(
            f"assessment {assessment_id} is of kind {former.kind}, not feedback; change it with update_assessment()"
        )
    corrected = Feedback(
        former.name,
        value,
        source=source,
        rationale=rationale,
        metadata=_texts(metadata),
        span_id=former.span_id,
        overrides=assessment_id,
    )
    return log_assessment(trace_id, corrected)


def _save(trace_id: str | None, assessment: Assessment) -> None:
    span_key = None if assessment.span_id is None else parse_span_id(assessment.span_id)
    trace_key = trace_key_of(trace_id)
    if trace_key is None:
        return
    try:
        process_recorder.get().edit(SaveAssessment(trace_key, row_of(assessment, span_key)))
    except Exception:
        guard.fault("logging an assessment")


def _texts(metadata: Mapping[str, Any] | None) -> dict[str, str] | None:
    return None if metadata is None else text_entries(metadata)


def row_of(assessment: Assessment, span_key: int | None) -> AssessmentRow:
    """Return the row of an assessment that has an id, a source and times, for the span with this key."""
    assert assessment.source is not None
    assert assessment.assessment_id is not None
    assert assessment.create_time_ms is not None
    assert assessment.last_update_time_ms is not None
    error = (
        assessment.error if isinstance(assessment, Feedback) and isinstance(assessment.error, AssessmentError) else None
    )
    return AssessmentRow(
        assessment.assessment_id,
        span_key,
        assessment.kind,
        assessment.name,
        assessment.value,
        None if error is None else dict(vars(error)),
        assessment.source.source_type,
        assessment.source.source_id,
        assessment.rationale,
        assessment.metadata or {},
        assessment.create_time_ms * 1_000_000,
        assessment.last_update_time_ms * 1_000_000,
        assessment.overrides,
        assessment.valid,
    )
