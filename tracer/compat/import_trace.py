"""Import of finished traces into the trace file: `add_trace`, and MLflow's former `log_trace`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import guard
from ..answers.counted_answers import ANSWER_ID
from ..api.spans import start_span_no_context, update_trace
from ..entities.assessment import new_assessment_id
from ..entities.span import Span as RecordedSpan
from ..entities.trace import Trace
from ..entities.trace_info import CALLS_WITHOUT_PRICE
from ..exceptions import InvalidTypeError
from ..parts.clock import parse_unix_ns
from ..parts.ids import new_span_key, span_hex
from ..parts.link import Link
from ..parts.span_type import SpanType
from ..spans import sink
from ..spans.begin import begin, unless_disabled
from ..spans.current import current_span
from ..spans.no_op_span import NoOpSpan
from ..spans.span import Span
from ..values.bounds import finite_entries
from ..values.snapshot import snapshot
from .assessments import log_assessment


def add_trace(trace: Trace | Mapping[str, Any], target: Span | NoOpSpan | None = None) -> None:
    """Add a finished trace below `target`, or below the current span, or else as a new trace.

    `trace` is a `Trace` or its dict in MLflow's JSON form, with its spans in any order. A new trace gets a root with
    the name "Remote Trace <name>", as in MLflow. The spans keep their times and get new ids; links between them are
    adapted. Tags, metadata and assessments are added; tags and metadata of the target stay. Raises ValueError for an
    invalid dict, and TypeError for any other object.
    """
    if isinstance(trace, Mapping):
        trace = Trace.from_dict(trace)
    elif not isinstance(trace, Trace):
        raise InvalidTypeError(f"add_trace() accepts a Trace or its dict, not {trace!r}")
    try:
        _add(trace, target)
    except Exception:
        guard.fault("adding a trace")


def _add(trace: Trace, target: Span | NoOpSpan | None) -> None:
    spans = trace.data.spans
    if not spans:
        return
    around = current_span() if target is None else unless_disabled(target)
    if isinstance(around, Span):
        _add_labels(around, trace)
        _add_assessments(around, trace, _add_below(around, spans))
        return
    starts = [span.start_time_ns for span in spans]
    ends = [span.end_time_ns for span in spans if span.end_time_ns is not None]
    root = trace.data.root
    assert root is not None
    outer = begin(f"Remote Trace <{root.name}>", root.span_type, around, None, min(starts))
    if isinstance(outer, Span):
        if root.inputs is not None:
            outer.set_inputs(root.inputs)
        if root.outputs is not None:
            outer.set_outputs(root.outputs)
        _add_labels(outer, trace)
        outer.enqueue()
        keys = _add_below(outer, spans)
        outer.set_status(root.status)
        outer.end(end_time_ns=max([*ends, *starts]))
        _add_assessments(outer, trace, keys)


def _add_labels(top: Span, trace: Trace) -> None:
    known = top.trace
    tags = {key: text for key, text in trace.info.tags.items() if not key.startswith("mlflow.")}
    derived = ("mlflow.", CALLS_WITHOUT_PRICE)
    metadata = {key: text for key, text in trace.info.trace_metadata.items() if not key.startswith(derived)}
    update_trace(
        top,
        tags={**tags, **(known.tags or {})},
        metadata={**metadata, **(known.metadata or {})},
        session_id=known.session_id or trace.info.session_id,
        user_id=known.user_id or trace.info.user,
        client_request_id=known.client_request_id or trace.info.client_request_id,
    )
    sink.enqueue(top)


def _add_assessments(top: Span, trace: Trace, keys: Mapping[str, int]) -> None:
    new_ids = {assessment.assessment_id: new_assessment_id() for assessment in trace.info.assessments}
    for assessment in trace.info.assessments:
        key = keys.get(assessment.span_id or "")
        log_assessment(
            top.trace_id,
            assessment.with_fields(
                assessment_id=new_ids[assessment.assessment_id],
                overrides=new_ids.get(assessment.overrides),
                span_id=None if key is None else span_hex(key),
            ),
        )


def _add_below(top: Span, spans: list[RecordedSpan]) -> dict[str, int]:
    """Add the spans below `top`. Returns the new key of each span by its former id."""
    keys = {span.span_id: new_span_key() for span in spans}
    for span in spans:
        added = Span(span.name, span.span_type, top, _own_answer(span.attributes, top), span.start_time_ns)
        added.span_key = keys[span.span_id]
        added.parent_key = keys.get(span.parent_id or "", top.span_key)
        if span.inputs is not None:
            added.set_inputs(span.inputs)
        if span.outputs is not None:
            added.set_outputs(span.outputs)
        if span.events:
            added.event_list = [
                {
                    "name": event.name,
                    "time_ns": parse_unix_ns(event.timestamp) or 0,
                    "attributes": snapshot(event.attributes),
                }
                for event in span.events
            ]
        for link in span.links:
            within = link.trace_id.removeprefix("tr-") == span.trace_id and link.span_id in keys
            added.add_link(Link(top.trace_id, span_hex(keys[link.span_id]), link.attributes) if within else link)
        added.set_status(span.status)
        added.end(end_time_ns=span.start_time_ns if span.end_time_ns is None else span.end_time_ns)
    return keys


def _own_answer(attributes: Mapping[str, Any], top: Span) -> Mapping[str, Any]:
    """The attributes of a copied span. A new answer id lets its usage count beside the original in the same file."""
    answer_id = attributes.get(ANSWER_ID)
    return attributes if answer_id is None else {**attributes, ANSWER_ID: f"{answer_id} in {top.trace_id}"}


def log_trace(
    name: str = "Task",
    request: Any = None,
    response: Any = None,
    intermediate_outputs: Mapping[str, Any] | None = None,
    attributes: Mapping[str, Any] | None = None,
    tags: Mapping[str, Any] | None = None,
    start_time_ms: int | None = None,
    execution_time_ms: int | None = None,
) -> str:
    """Record a finished trace of one span, and return its id. Deprecated, as in MLflow, with a warning."""
    guard.warn(
        "log_trace", "log_trace() is deprecated, as in MLflow; use start_span_no_context() and end() of its span"
    )
    all_attributes = dict(finite_entries(attributes)) if attributes else {}
    if intermediate_outputs:
        all_attributes["mlflow.trace.intermediate_outputs"] = intermediate_outputs
    start_ns = None if start_time_ms is None else int(start_time_ms * 1_000_000)
    span = start_span_no_context(
        name, SpanType.UNKNOWN, inputs=request, attributes=all_attributes, tags=tags, start_time_ns=start_ns
    )
    end_ns = None if execution_time_ms is None else span.start_time_ns + int(execution_time_ms * 1_000_000)
    span.end(outputs=response, end_time_ns=end_ns)
    return span.trace_id
