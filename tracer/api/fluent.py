"""Spans by hand, and what concerns the trace one is in: MLflow's fluent interface."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import get_ident
from typing import Any

from ...store.model.rows import ERROR, OK
from .. import guard
from ..parts.arguments import attributes_with_arguments
from ..parts.link import Link
from ..parts.span_type import SpanType
from ..recording import process_recorder as recorder
from ..settings.settings import config
from ..settings.tail_sampling import TailSampling
from ..spans import sink as span_sink
from ..spans import trace_registry as live_traces
from ..spans.begin import allowed, begin
from ..spans.context_labels import RESERVED_METADATA
from ..spans.current import get_current, innermost, without_left
from ..spans.live_trace import ANY_THREAD, last_trace_key
from ..spans.no_op_span import NoOpSpan
from ..spans.span import Span
from ..values.snapshot import text_of


def start_span(
    name: str = "span",
    span_type: str = SpanType.UNKNOWN,
    attributes: Mapping[str, Any] | None = None,
    *,
    links: Sequence[Link] | None = None,
    **elsewhere: Any,
) -> Span | NoOpSpan:
    """A span for the code inside `with start_span(...) as span:`, child of the span that the code is in.

    It begins now and ends with the block; an exception that leaves the block makes it an ERROR and passes on. `links`
    point to other spans, see `entities.Link`.
    """
    if elsewhere:
        return _start_elsewhere(name, span_type, attributes, links, elsewhere)
    try:
        around = get_current()
        if around is not None and around.left is not None:
            around = without_left(around)
        span = begin(name, span_type, around, attributes)
    except Exception:  # memory is short
        guard.fault("starting a span")
        return NoOpSpan()
    if links:
        span.add_links(links)
    return span


def _start_elsewhere(
    name: str,
    span_type: str,
    attributes: Mapping[str, Any] | None,
    links: Sequence[Link] | None,
    elsewhere: dict[str, Any],
) -> Span | NoOpSpan:
    """`start_span` with arguments that are MLflow's."""
    run_id = elsewhere.pop("run_id", None)
    span = start_span(name, span_type, attributes_with_arguments("start_span", attributes, elsewhere), links=links)
    if run_id is not None and isinstance(span, Span):
        update(span, metadata={"mlflow.sourceRun": run_id})
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
    **elsewhere: Any,
) -> Span | NoOpSpan:
    """A span that becomes nobody's current one; end it with `span.end()`. Without `parent_span` it starts a trace."""
    if elsewhere:
        attributes = attributes_with_arguments("start_span_no_context", attributes, elsewhere)
    if recorder.get().is_at_work_here():
        parent_span = NoOpSpan()
    span = begin(name, span_type, allowed(parent_span), attributes, start_time_ns)
    if isinstance(span, Span):
        if inputs is not None:
            span.set_inputs(inputs)
        if links:
            span.add_links(links)
        try:
            if tags or metadata:
                update(span, tags=tags, metadata=metadata)
            span.open()
        except Exception:
            guard.fault("starting a span")
    return span


def get_current_active_span() -> Span | None:
    """The span that the calling code is in, or None."""
    span = innermost()
    return span if isinstance(span, Span) else None


def get_active_trace_id() -> str | None:
    """The id of the trace that the calling code is in, 32 hex digits, or None."""
    span = get_current_active_span()
    return None if span is None else span.trace_id


def get_last_active_trace_id(thread_local: bool = False) -> str | None:
    """The id of the trace that ended last in this process, or of those that this thread began; None before any."""
    trace_key = last_trace_key.get(get_ident() if thread_local else ANY_THREAD)
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
    """Tell something of the trace that the calling code is in; it shows at once, while the trace runs.

    Tags and metadata are merged, their values become text. `state` ("OK" or "ERROR") overrides the root's status
    for the trace as a whole. `model_id` is MLflow's, and metadata here.
    """
    span = get_current_active_span()
    if span is None:
        if innermost() is None:
            guard.warn("update_current_trace", "update_current_trace() outside of any span does nothing")
        return
    if model_id is not None:
        metadata = {"mlflow.modelId": model_id, **(metadata or {})}
    try:
        if state is not None and state not in (OK, ERROR):
            guard.warn("state", f"update_current_trace(state={state!r}) is neither 'OK' nor 'ERROR'; it is ignored")
            state = None
        update(
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
        span_sink.put(span)
    except Exception:
        guard.fault("updating a trace")


def update(
    span: Span,
    *,
    tags: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    **texts: str | None,
) -> None:
    """Tell something of the trace that `span` is in: `texts` are fields of `TraceRecord`; None changes nothing."""
    trace = span.trace
    if tags:
        trace.tags = {**(trace.tags or {}), **_as_text(tags)}
    if metadata:
        for key, field in RESERVED_METADATA.items():  # MLflow's older way to name them
            if (text := metadata.get(key)) is not None and texts.get(field) is None:
                texts[field] = text
        trace.metadata = {**(trace.metadata or {}), **_as_text(metadata)}
    for field, text in texts.items():
        if text is not None:
            setattr(trace, field, text_of(text))
    if tags or metadata:
        live_traces.remember(trace)


def _as_text(entries: Mapping[str, Any]) -> dict[str, str]:
    return {text_of(key): text_of(value) for key, value in entries.items()}


def configure(
    *,
    db: str | Path | None = None,
    service: str | None = None,
    enabled: bool | None = None,
    queue_size: int | None = None,
    sampling_ratio: float | None = None,
    tail_sampling: TailSampling | Mapping[str, Any] | None = None,
    span_processors: Sequence[Callable[[Span], Any]] | None = None,
    redact: bool | None = None,
    max_value_bytes: int | None = None,
    max_span_bytes: int | None = None,
    max_file_bytes: int | None = None,
    extract_attachments: bool | None = None,
    version: str | None = None,
    environment: str | None = None,
    prices: str | Path | Mapping[str, Any] | None = None,
) -> None:
    """Set where and how this process records; call it before the first span. Later calls change what they name.

    `db` is the trace file (else `$TRACETUI_DB`, else `.tracetui/traces.db` of the project), `service` the name of
    this process in the explorer (else `$TRACETUI_SERVICE`, `$OTEL_SERVICE_NAME`, the program's name), `queue_size` how
    many spans may wait for the writer before new ones are dropped and counted.

    What is kept: `sampling_ratio` of the traces that begin here, of those what `tail_sampling` finds worth it (see
    `TailSampling`; `TailSampling(share=1.0)` keeps all again). Each span goes through the `span_processors` before it
    is first written, `f(span)` in this order; images, recordings and files in base64 go into the file as such, unless
    `extract_attachments=False`; then, unless `redact=False`, through the net for secrets; then values
    beyond `max_value_bytes`, and spans beyond `max_span_bytes`, are cut with a note. Of a file that holds more than
    `max_file_bytes` the oldest traces are deleted as new ones come (0, the default, is no limit).

    `version` and `environment` of what is deployed become metadata of every trace that begins here (else
    `$TRACETUI_VERSION` and `$TRACETUI_ENVIRONMENT`). `prices` is a file of your own prices, or what such a file holds
    (else `$TRACETUI_PRICES`); see `tracetui help prices`.

    Raises ValueError or TypeError for arguments that cannot be meant.
    """
    if queue_size is not None:
        if queue_size < 1:
            raise ValueError(f"configure(queue_size={queue_size}): the queue must hold at least one span")
        config.queue_size = queue_size
    config.keep(
        sampling_ratio=sampling_ratio,
        tail_sampling=tail_sampling,
        span_processors=span_processors,
        redact=redact,
        max_value_bytes=max_value_bytes,
        max_span_bytes=max_span_bytes,
        max_file_bytes=max_file_bytes,
        extract_attachments=extract_attachments,
    )
    if service is not None:
        config.service = str(service)
    _describe_deployment(version, environment, prices)
    if enabled is not None:
        config.enabled = bool(enabled)
    if db is not None:
        path = Path(db).expanduser().absolute()
        if path.is_dir():
            raise ValueError(
                f"configure(db={str(db)!r}) is a directory; name a file in it, such as {path / 'traces.db'}"
            )
        if path != config.db:
            recorder.get().stop()  # what was recorded so far belongs to the former file
            config.db = path


def _describe_deployment(
    version: str | None, environment: str | None, prices: str | Path | Mapping[str, Any] | None
) -> None:
    wanted = (
        config.version if version is None else str(version),
        config.environment if environment is None else str(environment),
        config.prices if prices is None else _price_file(prices),
    )
    if wanted != (config.version, config.environment, config.prices):
        recorder.get().stop()  # what was recorded so far is of the former deployment
        config.version, config.environment, config.prices = wanted


def _price_file(prices: str | Path | Mapping[str, Any]) -> Path | str:
    if isinstance(prices, Mapping):
        return json.dumps(prices)
    text = str(prices)
    return text if text.lstrip().startswith("{") else Path(text).expanduser().absolute()


def enable() -> None:
    """Record from now on."""
    config.enabled = True


def disable() -> None:
    """Record nothing from now on; spans that are open still end in the file."""
    config.enabled = False


def flush(timeout_s: float = 10.0) -> bool:
    """Wait until all that was recorded before this call is durable: in the file, or left out by the sampling asked for.

    False if `timeout_s` did not suffice, if spans were lost since the last flush, and while tail sampling is undecided
    about a trace: its spans are in memory, are not waited for, and would be lost with a process that is killed. What
    has ended is decided; the end of the process keeps the rest.
    """
    return recorder.get().flush(timeout_s)


def flush_trace_async_logging(terminate: bool = False) -> None:
    """MLflow's name for `flush`. With `terminate` the trace file is closed too; the next span opens it again."""
    recorder.get().flush()
    if terminate:
        recorder.get().stop()
