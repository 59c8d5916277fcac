"""Feedback on traces and expectations of them: logged at any time, from any process, without waiting for the file."""

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
from ..parts import clock, ids
from ..parts.ids import parse_trace_id
from ..read.from_rows import assessment_of
from ..read.open_file import opened_file
from ..recording import process_recorder
from ..values.snapshot import snapshot, text_of
from .session_feedback import UNNAMED, of_session


def log_assessment(trace_id: str | None, assessment: Assessment) -> Assessment:
    """Say something of a trace; gives the assessment with its id. It shows as soon as the trace is in the file.

    Where nothing is recorded, so that `trace_id` is None or the id of a span that keeps nothing, nothing is kept.
    Raises ValueError for what is no trace id, TypeError for what is no assessment.
    """
    if not isinstance(assessment, Assessment):
        raise InvalidTypeError(f"log_assessment() takes a Feedback or an Expectation, not {assessment!r}")
    said = assessment.on_trace(trace_id)
    said.value = snapshot(said.value)
    _save(trace_id, said)
    return said


def log_feedback(
    *,
    trace_id: str | None = UNNAMED,
    name: str = "feedback",
    value: Any = None,
    source: AssessmentSource | None = None,
    error: AssessmentError | BaseException | str | None = None,
    rationale: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    span_id: str | None = None,
    session_id: str | None = None,
) -> Assessment:
    """Say how good a trace, or one of its spans, was: a number, text, yes or no, or why that could not be judged.

    With `session_id` it is said of a whole conversation, and `feedback.x` in a filter finds all traces of that. Raises
    ValueError for ids that are none, LookupError for a conversation that the file does not have.
    """
    if session_id is not None:
        trace_id, metadata = of_session(session_id, trace_id, metadata)
    elif trace_id is UNNAMED:
        raise InvalidTypeError("log_feedback() takes a trace_id or a session_id")
    told: dict[str, Any] = {"source": source, "rationale": rationale, "metadata": _labels(metadata), "span_id": span_id}
    return log_assessment(trace_id, Feedback(name, value, error=error, **told))


def log_expectation(
    *,
    trace_id: str | None,
    name: str,
    value: Any,
    source: AssessmentSource | None = None,
    metadata: Mapping[str, Any] | None = None,
    span_id: str | None = None,
) -> Assessment:
    """Say what should have come out of a trace. Raises ValueError for a value of None, and for ids that are none."""
    said = Expectation(name, value, source=source, metadata=_labels(metadata), span_id=span_id)
    return log_assessment(trace_id, said)


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
    """Say that a trace shows a known issue. Without a name its id stands for it: MLflow's server has the names."""
    told: dict[str, Any] = {"source": source, "rationale": rationale, "metadata": _labels(metadata), "span_id": span_id}
    return log_assessment(trace_id, IssueReference(issue_id, issue_name or issue_id, run_id=run_id, **told))


def get_assessment(trace_id: str, assessment_id: str) -> Assessment:
    """What was said under this id. Raises LookupError where the file has no such assessment."""
    digits = parse_trace_id(trace_id)
    with opened_file() as reader, suppress(LookupError):
        if reader is not None:
            for row in reader.assessments(reader.find_trace(digits)):
                if row.assessment_id == assessment_id:
                    return assessment_of(digits, row)
    raise NotFoundError(f"trace {digits} has no assessment {assessment_id!r}")


def update_assessment(trace_id: str | None, assessment_id: str, assessment: Assessment) -> Assessment:
    """Replace the value, source, rationale and metadata of an assessment; its id, kind and age stay.

    Raises LookupError where there is none, ValueError where the kind differs.
    """
    if trace_key_of(trace_id) is None:
        return assessment.changed(trace_id=None, assessment_id=assessment_id)
    assert trace_id is not None
    former = get_assessment(trace_id, assessment_id)
    if former.kind != assessment.kind:
        raise InvalidValueError(f"assessment {assessment_id} is {former.kind}; it cannot become {assessment.kind}")
    said = assessment.changed(
        trace_id=former.trace_id,
        assessment_id=assessment_id,
        span_id=assessment.span_id or former.span_id,
        rationale=assessment.rationale if assessment.rationale is not None else former.rationale,
        metadata={**(former.metadata or {}), **(assessment.metadata or {})} or None,
        create_time_ms=former.create_time_ms,
        last_update_time_ms=clock.wall_ns() // 1_000_000,
        overrides=former.overrides,
        valid=former.valid,
        source=assessment.source if assessment.names_source else former.source,
    )
    said.value = snapshot(said.value)
    _save(trace_id, said)
    return said


def delete_assessment(trace_id: str | None, assessment_id: str) -> None:
    """Take an assessment away; one that it overrode counts again."""
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
    """Correct feedback: the correction counts from now on, the former stays to be seen.

    Raises LookupError where there is no such feedback, ValueError where it is something else.
    """
    if trace_key_of(trace_id) is None:
        return Feedback(value=value, source=source, rationale=rationale, metadata=_labels(metadata))
    assert trace_id is not None
    former = get_assessment(trace_id, assessment_id)
    if not isinstance(former, Feedback):
        raise InvalidValueError(f"assessment {assessment_id} is {former.kind}, not feedback")
    corrected = Feedback(
        former.name,
        value,
        source=source,
        rationale=rationale,
        metadata=_labels(metadata),
        span_id=former.span_id,
        overrides=assessment_id,
    )
    return log_assessment(trace_id, corrected)


def _save(trace_id: str | None, said: Assessment) -> None:
    span_key = None if said.span_id is None else _span_key(said.span_id)
    trace_key = trace_key_of(trace_id)
    if trace_key is None:
        return
    try:
        assert said.source is not None
        assert said.assessment_id is not None
        assert said.create_time_ms is not None
        assert said.last_update_time_ms is not None
        error = said.error if isinstance(said, Feedback) and isinstance(said.error, AssessmentError) else None
        row = AssessmentRow(
            said.assessment_id,
            span_key,
            said.kind,
            said.name,
            said.value,
            None if error is None else dict(vars(error)),
            said.source.source_type,
            said.source.source_id,
            said.rationale,
            said.metadata or {},
            said.create_time_ms * 1_000_000,
            said.last_update_time_ms * 1_000_000,
            said.overrides,
            said.valid,
        )
        process_recorder.get().edit(SaveAssessment(trace_key, row))
    except Exception:
        guard.fault("logging an assessment")


def _span_key(span_id: str) -> int:
    try:
        number = int(span_id, 16) if len(span_id) == 16 else -1
    except ValueError:
        number = -1
    if number < 0:
        raise InvalidValueError(f"{span_id!r} is no span id: it has 16 hex digits")
    return ids.signed_span_key(number)


def _labels(metadata: Mapping[str, Any] | None) -> dict[str, str] | None:
    return None if metadata is None else {text_of(key): text_of(value) for key, value in metadata.items()}
