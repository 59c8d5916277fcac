"""Objects that `get_trace` and `search_traces` return, made from rows of the trace file."""

from __future__ import annotations

from math import isclose
from typing import Any

from ...store.model.decoding import links_of
from ...store.model.rows import RUNNING, AssessmentRow, SpanDetail, SpanRow, TraceRow
from ...store.model.status import span_status, trace_status
from ...store.model.usage import totals
from ...store.read.reader import Reader
from ...store.text import json_text
from ..entities.assessment import KINDS, Assessment, Feedback
from ..entities.assessment_error import AssessmentError
from ..entities.assessment_source import AssessmentSource
from ..entities.cost import CostParts, cost_parts
from ..entities.span import Span, usage_counts
from ..entities.trace import Trace
from ..entities.trace_data import TraceData
from ..entities.trace_info import CALLS_WITHOUT_PRICE, TraceInfo, metadata_with
from ..entities.trace_state import TraceState
from ..parts import ids
from ..parts.event import SpanEvent
from ..parts.link import Link
from ..parts.status import SpanStatus
from ..tracing.constant import MAX_CHARS_IN_TRACE_INFO_METADATA, TRUNCATION_SUFFIX, TraceMetadataKey

_STATES = {"OK": TraceState.OK, "ERROR": TraceState.ERROR, "CANCELLED": TraceState.CANCELLED}


def trace_of(reader: Reader, row: TraceRow, gone: frozenset[int], *, include_spans: bool = True) -> Trace:
    """The trace of one row, with its spans if `include_spans`."""
    rows = list(reader.spans_with_details(row.id)) if include_spans else []
    rows.sort(key=lambda found: (found[0].parent_id is not None, found[0].start_ns))
    cached = totals((s.span_id, s.parent_id, s.cache_read_tokens, s.cache_write_tokens, None) for s, _ in rows)
    labels = reader.labels(row.id)
    trace_id = row.trace_id.hex()
    spans = [_span(trace_id, span, detail, gone) for span, detail in rows]
    status = trace_status(row, gone)
    recorded = labels.metadata if labels else {}
    metadata = _without_price(row) | recorded | _inputs_and_outputs(reader, row, status)
    known = {
        "session": row.session_id,
        "user": row.user_id,
        "tokenUsage": usage_counts(row.input_tokens, row.output_tokens, cached.input_tokens, cached.output_tokens),
        "cost": _cost(row.cost_usd, spans),
    }
    info = TraceInfo(
        trace_id=trace_id,
        request_time=row.start_ns // 1_000_000,
        state=TraceState.IN_PROGRESS if status == RUNNING else _STATES.get(status, TraceState.STATE_UNSPECIFIED),
        request_preview=row.request_preview,
        response_preview=row.response_preview,
        client_request_id=labels.client_request_id if labels else None,
        execution_duration=None if row.end_ns is None else round((row.end_ns - row.start_ns) / 1e6),
        trace_metadata=metadata_with(metadata, **known),
        tags={"mlflow.traceName": row.name, **(labels.tags if labels else {})},
        assessments=[assessment_of(trace_id, found) for found in reader.assessments(row.id)],
    )
    return Trace(info, TraceData(spans))


def _inputs_and_outputs(reader: Reader, row: TraceRow, status: str) -> dict[str, str]:
    """The root's inputs and outputs as entries of the metadata, as in MLflow: cut, and empty if there are none."""
    limit = MAX_CHARS_IN_TRACE_INFO_METADATA
    given = (None, None) if row.root is None else reader.payload_previews(row.root, limit + 1)
    entries = {}
    for key, text in zip((TraceMetadataKey.INPUTS, TraceMetadataKey.OUTPUTS), given, strict=True):
        if text is not None and len(text) > limit:
            text = text[: limit - len(TRUNCATION_SUFFIX)] + TRUNCATION_SUFFIX
        if text is not None or status != RUNNING:
            entries[key] = text or ""
    return entries


def _span(trace_id: str, row: SpanRow, detail: SpanDetail, gone: frozenset[int]) -> Span:
    status = span_status(row, gone)
    events = _value(detail.events) or []
    return Span(
        name=row.name,
        trace_id=trace_id,
        span_id=ids.span_hex(row.span_id),
        parent_id=None if row.parent_id is None else ids.span_hex(row.parent_id),
        span_type=row.kind,
        start_time_ns=row.start_ns,
        end_time_ns=row.end_ns,
        status=SpanStatus(status if status in _STATES else "UNSET", row.status_message or ""),
        inputs=_value(detail.inputs),
        outputs=_value(detail.outputs),
        attributes=detail.attributes,
        events=[SpanEvent.from_record(event) for event in events if isinstance(event, dict)],
        links=[Link.from_record(link) for link in links_of(detail) if isinstance(link, dict)],
        cost_usd=row.cost_usd,
    )


def _cost(total_usd: float | None, spans: list[Span]) -> dict[str, float] | None:
    """The cost of a trace. Its parts are summed as the total is, and left out where some span lacks them."""
    if total_usd is None:
        return None
    costs = {
        span.span_id: cost_parts(dict(span.attributes), span.cost_usd, span.start_time_ns)
        for span in spans
        if span.cost_usd is not None
    }

    def summed(part: str) -> float | None:
        known = {span_id: getattr(cost, part) for span_id, cost in costs.items()}
        rows = ((span.span_id, span.parent_id, None, None, known.get(span.span_id)) for span in spans)
        return totals(rows).cost_usd

    of_input, of_output = summed("input_usd"), summed("output_usd")
    is_whole = of_input is not None and of_output is not None and isclose(of_input + of_output, total_usd, rel_tol=1e-6)
    return (CostParts(of_input, of_output, total_usd) if is_whole else CostParts(None, None, total_usd)).as_dict()


def _without_price(row: TraceRow) -> dict[str, str]:
    return {CALLS_WITHOUT_PRICE: str(row.calls_without_price)} if row.calls_without_price else {}


def assessment_of(trace_id: str, row: AssessmentRow) -> Assessment:
    """The assessment of one row."""
    common: dict[str, Any] = {
        "source": AssessmentSource(row.source_type, row.source_id),
        "trace_id": trace_id,
        "rationale": row.rationale,
        "metadata": row.metadata or None,
        "span_id": None if row.span_id is None else ids.span_hex(row.span_id),
        "create_time_ms": row.created_ns // 1_000_000,
        "last_update_time_ms": row.updated_ns // 1_000_000,
        "assessment_id": row.assessment_id,
        "overrides": row.overrides,
        "valid": row.valid,
    }
    if row.kind == "feedback":
        error = AssessmentError(**row.error) if row.error else None
        return Feedback(row.name, row.value, error=error, **common)
    return KINDS.get(row.kind, Assessment)(row.name, row.value, **common)


def _value(stored: str | None) -> Any:
    return None if stored is None else json_text.decode_or_text(stored)
