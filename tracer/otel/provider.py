"""The tracer as a provider of the OpenTelemetry API: its spans go into the trace file."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, TypeVar, cast

from opentelemetry import trace as api
from opentelemetry.context.context import Context
from opentelemetry.trace import Link, NonRecordingSpan, SpanKind

from .. import guard
from ..spans.begin import begin, unless_disabled
from ..spans.current import ContextSpan, current_span
from ..spans.no_op_span import NoOpSpan
from ..spans.remote_parent import RemoteParent
from ..spans.span import Span
from ..spans.uninterrupted import uninterrupted_start
from ..values.bounds import finite_items
from .api_span import OtelSpan, api_span_of, remote_api_span
from .context import FRAMEWORKS, parent_in, share_context, values_now, with_own_spans
from .other_instrumentors import is_recorded_by, recorded_beside
from .other_providers import set_record
from .private_names import SPAN_KEY, SUPPRESS_KEY
from .readable_span import describe, link_to
from .scope import Scope, attributes_of, process_resource

F = TypeVar("F", bound=Callable[..., Any])


class TracerProvider(api.TracerProvider):
    """For `opentelemetry.trace.set_tracer_provider`, or for an instrumentor: its spans go into the trace file."""

    is_of_tracetui = True
    """Distinguishes the provider from those of the program."""

    def __init__(self) -> None:
        share_context()

    def get_tracer(
        self,
        instrumenting_module_name: str,
        instrumenting_library_version: str | None = None,
        schema_url: str | None = None,
        attributes: Any = None,
    ) -> api.Tracer:
        """A tracer, whose spans have its scope as attributes `otel.scope.name`, `otel.scope.version` and so on.

        The tracer does nothing if the environment has `OTEL_SDK_DISABLED=true`.
        """
        if os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
            return api.NoOpTracer()
        version = instrumenting_library_version or None
        return Tracer(Scope(str(instrumenting_module_name or ""), version, schema_url or None, attributes))

    @property
    def resource(self) -> Any:
        """The resource of this process: the SDK's `Resource` where the program has imported the SDK."""
        return process_resource()

    def add_span_processor(self, span_processor: Any) -> None:
        """Pass each recorded span of this process to a processor of the OpenTelemetry SDK, from now on.

        An exporter receives whole trees: every span of the trace file, those of `@trace` too. The processor receives
        ended spans as the SDK's `ReadableSpan`; the first exception that it raises is logged as a warning.
        """
        from .processors import add

        add(span_processor)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Wait until the file and the processors have every span that has ended; False after `timeout_millis`."""
        from ..recording import process_recorder
        from .processors import force_flush

        return force_flush(timeout_millis) and process_recorder.get().flush(timeout_millis / 1e3)

    def shutdown(self) -> None:
        """Write the spans that are left, and shut the processors down.

        The provider stays usable: tracing is switched off by `tracer.disable()`.
        """
        from .processors import shutdown

        shutdown()
        self.force_flush()


class Tracer(api.Tracer):
    """Starts spans for one instrumentation."""

    @property
    def resource(self) -> Any:
        """The resource of the provider."""
        return process_resource()

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._of_scope = attributes_of(scope)
        self._follows_runs = scope.name.startswith(FRAMEWORKS)

    def start_span(
        self,
        name: str,
        context: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Mapping[str, Any] | None = None,
        links: Sequence[Link] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
    ) -> api.Span:
        """Begin a span below the span in `context`, or below the current one; the new span does not become current.

        Where instrumentation is suppressed the span is not recorded, and its parent is the parent of spans below it.
        """
        values = values_now() if context is None else context
        parent = (current_span() or _ended_around(values)) if context is None else unless_disabled(parent_in(context))
        if self._follows_runs and context is not None:
            parent = with_own_spans(parent)
        if (values and values.get(SUPPRESS_KEY)) or (
            isinstance(parent, Span) and is_recorded_by(parent, self._scope.name)
        ):
            return _stand_in(parent)
        if self._follows_runs and (same := recorded_beside(parent, self._scope.name)) is not None:
            span = _stand_in(same)
            set_record(span, same)  # its ids alone do not identify the record
            return span
        record = begin(name, "UNKNOWN", parent, attributes, start_time)
        span = OtelSpan(
            record,
            self._scope,
            record_exception=record_exception,
            set_status_on_exception=set_status_on_exception,
        )
        if isinstance(parent, RemoteParent):
            span.has_remote_parent = True
        span.represent_record()
        try:
            if type(record) is Span:
                describe(record, self._of_scope, kind)
                if attributes:
                    span.keep_bytes(attributes)
                for link in finite_items(links or ()):
                    link_to(record, link.context, link.attributes)
                if context is None:
                    record.enqueue()
                else:
                    span.parent_context = context
                    record.enqueue()
                    span.parent_context = None
        except Exception:
            guard.fault("starting a span of the OpenTelemetry API")
        return span

    def start_as_current_span(  # type: ignore[override]
        self,
        name: str,
        context: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Mapping[str, Any] | None = None,
        links: Sequence[Link] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
        end_on_exit: bool = True,
    ) -> CurrentSpan:
        """A span for the code inside `with`, or for each call of a function that this decorates."""
        start = functools.partial(self.start_span, name, context, kind, attributes, links, start_time)
        return CurrentSpan(start, record_exception, set_status_on_exception, end_on_exit)


class CurrentSpan:
    """The result of `start_as_current_span`: a context manager, and a decorator of sync and async functions."""

    __slots__ = ("_is_recorded", "_is_shown", "_span", "_start", "_will_end")

    def __init__(self, start: Callable[[], api.Span], is_recorded: bool, is_shown: bool, will_end: bool) -> None:
        self._start = start
        self._is_recorded = is_recorded
        self._is_shown = is_shown
        self._will_end = will_end

    def __enter__(self) -> api.Span:
        span = self._span = self._start()
        if (record := getattr(span, "record", None)) is not None:
            record.resume()
        return span

    @uninterrupted_start
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if (record := getattr(self._span, "record", None)) is not None:
                record.suspend()
            if error is not None and isinstance(self._span, OtelSpan):
                self._span.leave_with(error, record=self._is_recorded, set_status=self._is_shown)
        finally:
            if self._will_end:
                self._span.end()

    def __call__(self, function: F) -> F:
        """Wrap a function in a span for each of its calls."""
        again = (self._start, self._is_recorded, self._is_shown, self._will_end)
        if inspect.iscoroutinefunction(function):

            async def asynchronous(*args: Any, **kwargs: Any) -> Any:
                with CurrentSpan(*again):
                    return await function(*args, **kwargs)

            return cast(F, functools.update_wrapper(asynchronous, function))

        def synchronous(*args: Any, **kwargs: Any) -> Any:
            with CurrentSpan(*again):
                return function(*args, **kwargs)

        return cast(F, functools.update_wrapper(synchronous, function))


def _ended_around(values: Context) -> Span | NoOpSpan | None:
    """A span that has ended and is still attached: spans that begin inside stay in its trace.

    FastAPI runs background tasks in the context of a request after the response, which ends the span of the request.
    """
    shown: Any = values.get(SPAN_KEY)
    if shown is None:  # spares `isinstance` with an abstract class
        return None
    if not isinstance(shown, OtelSpan) or all(_was_left(around) for around in shown.attached_in):
        return None
    return shown.record


def _was_left(around: Any) -> bool:
    """Whether the span around an attachment has ended and been left: then the attachment was forgotten."""
    return isinstance(around, Span) and around.end_ns is not None and around.context_token is None


def _stand_in(parent: ContextSpan | None) -> api.Span:
    """A span that is not recorded and has the ids of `parent`, so that spans below it get that parent."""
    if isinstance(parent, RemoteParent):
        return remote_api_span(parent)
    if not isinstance(parent, Span | NoOpSpan):
        return api.INVALID_SPAN
    return NonRecordingSpan(api_span_of(parent).get_span_context())
