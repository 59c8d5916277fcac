"""Spans that a program opens itself, and labels of the current trace: `start_span`, `update_current_trace`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import get_ident
from typing import Any

from ...store.model.rows import ERROR, OK
from .. import guard
from ..parts.arguments import attributes_with_arguments
from ..parts.link import Link
from ..parts.span_type import SpanType
from ..recording import process_recorder
from ..spans import sink
from ..spans.begin import begin, unless_disabled
from ..spans.context_labels import RESERVED_METADATA
from ..spans.current import current_span, get_current, skip_detached
from ..spans.no_op_span import NoOpSpan
from ..spans.span import Span
from ..spans.trace_registry import ANY_THREAD, live_traces
from ..values.bounds import finite_entries
from ..values.snapshot import text_entries, text_of


def start_span(
    name: str = "span",
    span_type: str = SpanType.UNKNOWN,
    attributes: Mapping[str, Any] | None = None,
    *,
    links: Sequence[Link] | None = None,
    **mlflow_arguments: Any,
) -> Span | NoOpSpan:
    """A span for the code inside `with start_span(...) as span:`, below the current span.

    The span begins now and ends with the block. An exception that leaves the block makes the span an ERROR and is
    raised again. `links` point to other spans, see `entities.Link`. Ignores arguments that need MLflow's server, with a
    warning.
    """
    if mlflow_arguments:
        return _start_with_mlflow_arguments(name, span_type, attributes, links, mlflow_arguments)
    try:
        around = get_current()
        if around is not None and around.unreset_tokens is not None:
            around = skip_detached(around)
        span = begin(name, span_type, around, attributes)
    except Exception:  # memory is short
        guard.fault("starting a span")
        return NoOpSpan()
    if links:
        span.add_links(links)
    return span


def _start_with_mlflow_arguments(
    name: str,
    span_type: str,
    attributes: Mapping[str, Any] | None,
    links: Sequence[Link] | None,
    mlflow_arguments: dict[str, Any],
) -> Span | NoOpSpan:
    """`start_span` with arguments that only MLflow has."""
    run_id = mlflow_arguments.pop("run_id", None)
    span = start_span(
        name, span_type, attributes_with_arguments("start_span", attributes, mlflow_arguments), links=links
    )
    if run_id is not None and isinstance(span, Span):
        update_trace(span, metadata={"mlflow.sourceRun": run_id})
    return span


def start_span_no_context(
    name: str,
    span_type: str = SpanType.UNKNOWN,
    parent_span: Span | NoOpSpan | None = None,
    inputs: Any = None,
    attributes: Mapping[str, Any] | None = None,
    tags: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    start_time_ns: int | None = None,
    *,
    links: Sequence[Link] | None = None,
    **mlflow_arguments: Any,
) -> Span | NoOpSpan:
    """A span that does not become current. End it with `span.end()`. Without `parent_span` it begins a trace."""
    if mlflow_arguments:
        attributes = attributes_with_arguments("start_span_no_context", attributes, mlflow_arguments)
    if process_recorder.get().is_exporting_here():
        parent_span = NoOpSpan()
    span = begin(name, span_type, unless_disabled(parent_span), attributes, start_time_ns)
    if isinstance(span, Span):
        if inputs is not None:
            span.set_inputs(inputs)
        if links:
            span.add_links(links)
        try:
            if tags or metadata:
                update_trace(span, tags=tags, metadata=metadata)
            span.enqueue()
        except Exception:
            guard.fault("starting a span")
    return span


def get_current_active_span() -> Span | None:
    """The current span; None outside of any span, and where nothing is recorded."""
    span = current_span()
    return span if isinstance(span, Span) else None


def get_active_trace_id() -> str | None:
    """The id of the current trace, 32 hex digits; None outside of any span, and where nothing is recorded."""
    span = get_current_active_span()
    return None if span is None else span.trace_id


def get_last_active_trace_id(thread_local: bool = False) -> str | None:
    """The id of the trace that ended last in this process, or of the last that this thread began; None before any."""
    trace_key = live_traces.last_keys.get(get_ident() if thread_local else ANY_THREAD)
    return None if trace_key is None else trace_key.hex()


def update_current_trace(
    tags: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    client_request_id: str | None = None,
    request_preview: str | None = None,
    response_preview: str | None = None,
    state: str | None = None,
    model_id: str | None = None,
    session_id: str | None = None,
    user: str | None = None,
) -> None:
    """Set tags, metadata and other fields of the current trace. The explorer shows the change while the trace runs.

    Tags and metadata are added to those that are there; their values become text. `state` ("OK" or "ERROR") replaces
    the status of the root as the status of the trace. `model_id` becomes metadata. Warns once, and does nothing,
    outside of any span.
    """
    span = get_current_active_span()
    if span is None:
        if current_span() is None:
            guard.warn(
                "update_current_trace",
                "update_current_trace() outside of any span does nothing;"
                " call it inside `with start_span(...)` or a traced function",
            )
        return
    try:
        if model_id is not None:
            metadata = {"mlflow.modelId": model_id, **(finite_entries(metadata) if metadata else {})}
        if state is not None and state not in (OK, ERROR):
            guard.warn("state", f"update_current_trace(state={state!r}) is ignored; use 'OK' or 'ERROR'")
            state = None
        update_trace(
            span,
            tags=tags,
            metadata=metadata,
            client_request_id=client_request_id,
            request_preview=request_preview,
            response_preview=response_preview,
            state=state,
            session_id=session_id,
            user_id=user,
        )
        sink.enqueue(span)
    except Exception:
        guard.fault("updating a trace")


def update_trace(
    span: Span,
    *,
    tags: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    **texts: str | None,
) -> None:
    """Set fields of the trace of `span`. `texts` are fields of `TraceRecord`; a value of None changes nothing."""
    trace = span.trace
    if tags:
        trace.tags = {**(trace.tags or {}), **text_entries(tags)}
    if metadata:
        metadata = finite_entries(metadata)
        for key, field in RESERVED_METADATA.items():  # MLflow's older way to set them
            if (text := metadata.get(key)) is not None and texts.get(field) is None:
                texts[field] = text
        trace.metadata = {**(trace.metadata or {}), **text_entries(metadata)}
    for field, text in texts.items():
        if text is not None:
            setattr(trace, field, text_of(text))
    if tags or metadata:
        live_traces.add_labelled(trace)
