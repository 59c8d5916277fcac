"""OpenTelemetry providers of the program's own beside ours: their spans keep their parents, sampling and headers.

Inside spans of such a provider the OpenTelemetry API shows these spans alone: the current span of the API is theirs,
ours is in our own variable, and neither becomes the parent of the other side's spans. `follow` also records
the spans of every SDK provider, among them those that its sampler drops, into the trace file.
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

SDK = "opentelemetry.sdk.trace"


class _State:
    """What is known of other providers in this process."""

    def __init__(self) -> None:
        self.is_patched = False
        self.is_followed = False
        self.processors: WeakSet[Any] = WeakSet()
        """The SDK's composite processors that ours was added to."""
        self.make_processor: Callable[[], Any] | None = None
        self.stand_in: Callable[..., api.Span] | None = None
        """Makes the span that takes the place of one that another provider's sampler dropped."""


_state = _State()


_is_starting: ContextVar[bool] = ContextVar("tracetui_other_provider_starts_a_span", default=False)


def hide_ours(shown: Any) -> bool:
    """Whether the API is to show nothing of ours, where `shown` is the span that was attached last.

    That is where `shown` is a span of another provider, where such a provider asks for the parent of a span that it
    starts, and everywhere in a program whose global provider is not ours.
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
"""The classes of spans that are known to be the SDK's: a look at the class spares the other questions."""


def is_foreign(span: Any) -> bool:
    """Whether another provider has made this span; the ids of another process are nobody's."""
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
        except ImportError:  # noticed later: when somebody asks for the current span
            return
        register_post_import_hook(lambda module: _patch_if_loaded(), SDK)


def follow(make_processor: Callable[[], Any], stand_in: Callable[..., api.Span]) -> None:
    """Record the spans of every provider of the SDK, by the processor that `make_processor` returns.

    `stand_in(tracer, dropped, name, context, kind, attributes, links, start_time)` returns the span that takes the
    place of `dropped`, which the provider's sampler has decided not to record.
    """
    _state.make_processor, _state.stand_in = make_processor, stand_in
    _state.is_followed = True
    _patch_if_loaded()


def unfollow() -> None:
    """Record no more spans of other providers."""
    _state.is_followed = False


def is_ours(span: Any) -> bool:
    """Whether a span of the API, or the proxy of one, is one of ours."""
    return getattr(span, "record", None) is not None and not getattr(span, "is_stand_in", False)


RECORD = "tracetui_record"
"""The attribute of a span of the SDK that holds the span of ours that mirrors it."""


def mark(span: Any, record: Span | NoOpSpan) -> None:
    """Let `record_of` find the span of ours that mirrors a span of another provider."""
    setattr(span, RECORD, record)


def record_of(span: Any) -> Span | NoOpSpan | None:
    """The span of ours that mirrors a span of another provider, or None where none does."""
    found = getattr(span, "record" if getattr(span, "is_stand_in", False) else RECORD, None)
    return found if isinstance(found, Span | NoOpSpan) else None


def remote_parent(span_context: SpanContext) -> RemoteParent:
    """The parent that another provider's span stands for, which is not recorded here; whether it is sampled is ours."""
    return RemoteParent(
        span_context.trace_id.to_bytes(16, "big"),
        ids.signed_span_key(span_context.span_id),
        flags=span_context.trace_flags,
        tracestate=span_context.trace_state.to_header() or None,
        is_sampled=should_sample(),
    )


def without_ours(context: Context, theirs: Any = None) -> Context:
    """The context with `theirs` in place of a span of ours."""
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
    """`start_span` of the SDK's tracers: it gets no parent of ours, and what it starts is recorded when followed."""

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
