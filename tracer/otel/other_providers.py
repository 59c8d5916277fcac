"""OpenTelemetry providers of the program beside the tracer's: their spans keep their parents, sampling and headers.

Inside spans of such a provider the OpenTelemetry API returns these spans alone: the current span of the API is the
provider's, that of the tracer is in the tracer's variable, and neither becomes the parent of spans of the other.
`follow` also records the spans of every SDK provider, among them those that its sampler drops, into the trace file.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any
from weakref import WeakSet

from opentelemetry import trace as api
from opentelemetry.context.context import Context
from opentelemetry.trace import NonRecordingSpan, SpanContext
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from .. import guard
from ..parts import ids
from ..spans import propagation
from ..spans.begin import should_sample
from ..spans.no_op_span import NoOpSpan
from ..spans.remote_parent import RemoteParent
from ..spans.span import Span
from .private_names import SPAN_KEY, global_provider
from .readable_span import tracestate_of

SDK = "opentelemetry.sdk.trace"


class _State:
    """The other providers in this process."""

    def __init__(self) -> None:
        self.is_patched = False
        self.is_followed = False
        self.processors: WeakSet[Any] = WeakSet()
        """The SDK's composite processors that have the tracer's processor."""
        self.make_processor: Callable[[], Any] | None = None
        self.stand_in: Callable[..., api.Span] | None = None
        """Makes the span that replaces one that another provider's sampler dropped."""


_state = _State()


_is_starting: ContextVar[bool] = ContextVar("tracetui_other_provider_starts_a_span", default=False)


def hide_ours(shown: Any) -> bool:
    """Whether the API is to hide spans of the tracer, where `shown` is the span that was attached last.

    It hides them where `shown` is a span of another provider, where such a provider asks for the parent of a span that
    it starts, and everywhere in a program whose global provider is another one.
    """
    if not _state.is_patched:
        _patch_if_loaded()
    provider = global_provider()
    return (
        (provider is not None and not getattr(provider, "is_of_tracetui", False))
        or _is_starting.get()
        or (shown is not None and is_foreign(shown))
    )


SDK_SPANS: set[type] = set()
"""The classes of the SDK's spans that have been met: to compare the class is the cheapest test."""


def is_foreign(span: Any) -> bool:
    """Whether another provider has made this span; bare ids of another process are of no provider."""
    if is_ours(span) or not hasattr(span, "get_span_context"):
        return False
    if type(span).__module__.startswith("opentelemetry.sdk."):
        SDK_SPANS.add(type(span))
    return type(span) is not NonRecordingSpan or not (span.get_span_context().is_remote or span is api.INVALID_SPAN)


def watch() -> None:
    """Notice from now on when a provider of the OpenTelemetry SDK begins a span."""
    propagation.other_provider_headers = _headers
    _patch_if_loaded()
    if not _state.is_patched:
        try:
            from wrapt import register_post_import_hook
        except ImportError:  # noticed when the current span is asked for
            return
        register_post_import_hook(lambda module: _patch_if_loaded(), SDK)


def follow(make_processor: Callable[[], Any], stand_in: Callable[..., api.Span]) -> None:
    """Record the spans of every provider of the SDK, by the processor that `make_processor` returns.

    `stand_in(tracer, dropped, name, context, kind, attributes, links, start_time)` returns the span that replaces
    `dropped`, which the provider's sampler has decided not to record.
    """
    _state.make_processor, _state.stand_in = make_processor, stand_in
    _state.is_followed = True
    _patch_if_loaded()


def unfollow() -> None:
    """Record no more spans of other providers."""
    _state.is_followed = False


def is_ours(span: Any) -> bool:
    """Whether the tracer made a span of the API, or the span behind a proxy."""
    return getattr(span, "record", None) is not None and not getattr(span, "is_stand_in", False)


RECORD = "tracetui_record"
"""The attribute of a span of the SDK that holds its record: the span of the tracer that mirrors it."""


def set_record(span: Any, record: Span | NoOpSpan) -> None:
    """Set the record of a span of another provider."""
    setattr(span, RECORD, record)


def record_of(span: Any) -> Span | NoOpSpan | None:
    """The record of a span of another provider; None for a span that is not recorded."""
    found = getattr(span, "record" if getattr(span, "is_stand_in", False) else RECORD, None)
    return found if isinstance(found, Span | NoOpSpan) else None


def remote_parent(span_context: SpanContext) -> RemoteParent:
    """A parent for a span of another provider that has no record; the tracer's own sampling decides."""
    return RemoteParent(
        span_context.trace_id.to_bytes(16, "big"),
        ids.signed_span_key(span_context.span_id),
        flags=span_context.trace_flags,
        tracestate=tracestate_of(span_context),
        is_sampled=should_sample(),
    )


def without_ours(context: Context, theirs: Any = None) -> Context:
    """The context with `theirs` in place of a span of the tracer."""
    if not is_ours(context.get(SPAN_KEY)):
        return context
    values = {key: value for key, value in context.items() if key != SPAN_KEY}
    if theirs is not None and not is_ours(theirs):
        values[SPAN_KEY] = theirs
    return Context(values)


def _headers() -> dict[str, str]:
    """The headers of the current span of another provider; empty where there is none."""
    carrier: dict[str, str] = {}
    if hide_ours(api.get_current_span()):
        TraceContextTextMapPropagator().inject(carrier)
    return carrier


def _patch_if_loaded() -> None:
    if _state.is_patched or (sdk := sys.modules.get(SDK)) is None:
        return
    tracer_class = getattr(sdk, "Tracer", None)
    if tracer_class is None:  # it is being imported
        return
    _state.is_patched = True
    tracer_class.start_span = _watched(tracer_class.start_span)


def _watched(start_span: Callable[..., api.Span]) -> Callable[..., api.Span]:
    """Wrap `start_span` of the SDK's tracers: hide spans of the tracer as parents, and record what is started."""

    @functools.wraps(start_span)
    def watched(tracer: Any, name: str, context: Context | None = None, *args: Any, **kwargs: Any) -> api.Span:
        if context is not None or _state.is_followed:
            context = prepare(tracer, context)
        token = _is_starting.set(True)
        try:
            span = start_span(tracer, name, context, *args, **kwargs)
            if type(span) is NonRecordingSpan and _state.is_followed:
                return recorded(span, tracer, name, context, *args, **kwargs)
            return span
        finally:
            _is_starting.reset(token)

    def prepare(tracer: Any, context: Context | None) -> Context | None:
        try:
            if _state.is_followed:
                _add_processor(tracer)
            return None if context is None else without_ours(context)
        except Exception:
            guard.fault("following another OpenTelemetry provider")
            return context

    def recorded(span: api.Span, tracer: Any, name: str, *args: Any, **kwargs: Any) -> api.Span:
        try:
            return span if _state.stand_in is None else _state.stand_in(tracer, span, name, *args, **kwargs)
        except Exception:
            guard.fault("recording a span that another provider dropped")
            return span

    return watched


def _add_processor(tracer: Any) -> None:
    processors = tracer.span_processor
    if processors in _state.processors:
        return
    _state.processors.add(processors)
    if _state.make_processor is not None:
        processors.add_span_processor(_state.make_processor())
