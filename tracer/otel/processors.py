"""Span processors of the OpenTelemetry SDK on the tracer's provider: they receive the spans of the trace file."""

from __future__ import annotations

import atexit
import sys
from collections.abc import Callable
from typing import Any, cast

from opentelemetry.trace import Link

from .. import guard
from ..recording import process_recorder
from ..spans.pending_span import PendingSpan
from ..spans.span import Span
from .api_span import OtelSpan, api_span_of
from .private_names import ON_ENDING
from .scope import process_resource

_SDK = "opentelemetry.sdk.trace"


class _Processors:
    """The processors of this process, and the spans that are open, which the SDK also holds from start to end."""

    def __init__(self) -> None:
        self.is_connected = False
        self.added: tuple[Any, ...] = ()
        self.open: dict[int, OtelSpan] = {}
        """The spans that the processors received at their start, by span key."""

    def begun(self, span: PendingSpan) -> None:
        """Pass a span that begins to the processors; a span that they have is ignored. Raises nothing."""
        try:
            if self.added and span.end_ns is None and span.span_key not in self.open:
                self._start(span)
        except Exception:
            guard.fault("passing a span to the processors of the program")

    def ended(self, span: PendingSpan) -> None:
        """Pass a span that has ended to the processors, its start first if they do not have it. Raises nothing."""
        try:
            if self.added:
                self._end(span)
        except Exception:
            guard.fault("passing an ended span to the processors of the program")

    def _end(self, span: PendingSpan) -> None:
        shown = self.open.pop(span.span_key, None)
        if shown is None:
            self._start(span)
            shown = self.open.pop(span.span_key)
        self._each(ON_ENDING, lambda processor: getattr(processor, ON_ENDING, _nothing)(shown))
        ended = _readable(shown)
        self._each("on_end", lambda processor: processor.on_end(ended))

    def _start(self, span: PendingSpan) -> None:
        shown = self.open[span.span_key] = api_span_of(cast(Span, span))
        self._each("on_start", lambda processor: processor.on_start(shown, parent_context=shown.parent_context))

    def _each(self, name: str, call: Callable[[Any], Any]) -> None:
        for processor in self.added:
            try:
                call(processor)
            except Exception as error:
                kind = type(processor).__qualname__
                guard.warn(f"{name} {kind}", f"the span processor {kind} raised {error!r} in {name}")


def _nothing(span: OtelSpan) -> None:
    """The `_on_ending` of processors of an SDK before 1.30."""


_state = _Processors()


def add(processor: Any) -> None:
    """Pass every span to a processor from now on."""
    if not _state.is_connected:
        _state.is_connected = True
        process_recorder.observe((_state.begun, _state.ended))
        atexit.register(shutdown)
    _state.added = (*_state.added, processor)


def force_flush(timeout_millis: int) -> bool:
    """Let every processor export its spans; False if one needed more than `timeout_millis`."""
    flushed = [processor.force_flush(timeout_millis) for processor in _state.added]
    return False not in flushed


def shutdown() -> None:
    """Shut the processors down; they receive no further span."""
    ended, _state.added = _state.added, ()
    _state.open.clear()
    for processor in ended:
        processor.shutdown()


def _readable(shown: OtelSpan) -> Any:
    """An ended span as the SDK's `ReadableSpan`; the span itself if the program has not imported the SDK."""
    sdk = sys.modules.get(_SDK)
    if sdk is None:
        return shown
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope

    scope = shown.instrumentation_scope
    return sdk.ReadableSpan(
        name=shown.name,
        context=shown.get_span_context(),
        parent=shown.parent,
        resource=process_resource(),
        attributes=dict(shown.attributes),
        events=[sdk.Event(event.name, event.attributes, event.timestamp) for event in shown.events],
        links=[Link(link.context, link.attributes) for link in shown.links],
        kind=shown.kind,
        status=shown.status,
        start_time=shown.start_time,
        end_time=shown.end_time,
        instrumentation_scope=InstrumentationScope(
            scope.name or "tracetui", scope.version, scope.schema_url, scope.attributes
        ),
    )
