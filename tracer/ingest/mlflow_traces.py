"""Traces in MLflow's JSON form, versions 2 and 3: `Trace.to_json`, and the download of MLflow's page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from ...store.exchange.document import Batch, Batches, FormatError, Refuse, Resource, SpanDocument, TraceDocument
from ...store.importers.sniff import unknown_format
from ...store.model.rows import CANCELLED, ERROR, NO_STATUS, OK, UNSET
from ..compat.assessments import row_of
from ..entities.span import Span
from ..entities.trace import Trace
from ..entities.trace_info import CALLS_WITHOUT_PRICE
from ..parts.clock import parse_unix_ns
from ..parts.ids import parse_span_id
from ..values.snapshot import snapshot

_DERIVED = ("mlflow.traceInputs", "mlflow.traceOutputs", "mlflow.trace.", CALLS_WITHOUT_PRICE)
"""Metadata that is derived from the spans, and is derived again."""

_STATUSES = {"OK": OK, "ERROR": ERROR, "UNSET": NO_STATUS, "CANCELLED": CANCELLED}


def read_mlflow(document: Any, refuse: Refuse) -> Batches:
    """Return the spans of a trace, or of a list of traces. Raises FormatError for any other document."""
    if isinstance(document, list) and document and all(map(_is_trace, document)):
        for one in document:
            try:
                yield _batch(one, refuse)
            except FormatError as error:
                refuse(str(error))
        return
    if not _is_trace(document):
        raise FormatError(unknown_format(document))
    yield _batch(document, refuse)


def _is_trace(document: Any) -> bool:
    return (
        isinstance(document, Mapping)
        and isinstance(document.get("info"), Mapping)
        and isinstance(document.get("data"), Mapping | str)
    )


def _batch(document: Mapping[str, Any], refuse: Refuse) -> Batch:
    if isinstance(document["data"], str):
        document = {**document, "data": json.loads(document["data"])}
    try:
        trace = Trace.from_dict(document)
    except (ValueError, TypeError) as error:
        raise FormatError(str(error)) from error
    info = trace.info
    trace_id = _trace_key(info.trace_id)
    spans = []
    for span in trace.data.spans:
        try:
            spans.append(_span(span, trace_id))
        except ValueError as error:
            refuse(f"the span {span.name!r:.80}: {error}")
    labels = TraceDocument(
        trace_id,
        tags={
            key: text for key, text in info.tags.items() if not key.startswith("mlflow.") or key == "mlflow.traceName"
        },
        metadata={key: text for key, text in info.trace_metadata.items() if not key.startswith(_DERIVED)},
        session_id=info.session_id,
        user_id=info.user,
        client_request_id=info.client_request_id,
    )
    if info.trace_id.removeprefix("tr-") != trace_id.hex():
        labels.tags.setdefault("mlflow.trace_id", info.trace_id)
    for assessment in info.assessments:
        try:
            span_id = None if assessment.span_id is None else parse_span_id(assessment.span_id)
            labels.assessments.append(row_of(assessment, span_id))
        except (ValueError, AssertionError) as error:
            refuse(f"the assessment {assessment.name!r:.80}: {error}")
    service = info.trace_metadata.get("mlflow.source.name") or "mlflow"
    return Batch(Resource(service.rpartition("/")[2]), spans, [labels])


def _trace_key(trace_id: str) -> bytes:
    """Return the 16 bytes of a trace id, which for MLflow may be any text: those of its digest then."""
    try:
        key = bytes.fromhex(trace_id.removeprefix("tr-"))
    except ValueError:
        key = b""
    return (
        key
        if len(key) == 16 and any(key)
        else blake2b(trace_id.encode(errors="surrogatepass"), digest_size=16).digest()
    )


def _span(span: Span, trace_id: bytes) -> SpanDocument:
    return SpanDocument(
        trace_id=trace_id,
        span_id=parse_span_id(span.span_id),
        parent_id=None if span.parent_id is None else parse_span_id(span.parent_id),
        name=span.name,
        kind=span.span_type or "UNKNOWN",
        start_ns=span.start_time_ns,
        end_ns=span.end_time_ns,
        status=None if span.end_time_ns is None else _STATUSES.get(span.status.status_code.value, NO_STATUS),
        status_message=span.status.description or None,
        attributes=snapshot(dict(span.attributes)),
        inputs=UNSET if span.inputs is None else span.inputs,
        outputs=UNSET if span.outputs is None else span.outputs,
        events=[
            {
                "name": event.name,
                "time_ns": parse_unix_ns(event.timestamp) or 0,
                "attributes": snapshot(event.attributes),
            }
            for event in span.events
        ],
        links=[snapshot(link.to_dict()) for link in span.links],
        is_entry=span.parent_id is None,
    )
