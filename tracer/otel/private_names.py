"""Every private name of the OpenTelemetry API, SDK and instrumentors that the tracer reads or replaces.

tests/telemetry/test_names.py compares the names with the installed versions.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from typing import Any

from opentelemetry import context as context_api
from opentelemetry import trace as trace_api
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY, Context
from opentelemetry.context.context import _RuntimeContext
from opentelemetry.trace import ProxyTracer, Tracer, TracerProvider
from opentelemetry.trace.propagation import _SPAN_KEY

RuntimeContext = _RuntimeContext
"""The class of what attaches and detaches contexts."""

SPAN_KEY = _SPAN_KEY
"""The key of the span in a Context; the API makes it anew in each process."""

SUPPRESS_KEY = _SUPPRESS_INSTRUMENTATION_KEY
"""The key in a Context that suppresses instrumentation."""

EVENTS, LINKS = "_events", "_links"
"""Attributes of the SDK's spans: the lists that the properties `events` and `links` copy."""

ON_ENDING = "_on_ending"
"""The method of the SDK's processors that is called before a span ends; processors of an SDK before 1.30 lack it."""

runtime_context: Callable[[], RuntimeContext] = partial(getattr, context_api, "_RUNTIME_CONTEXT")
"""Returns the runtime context in use. A partial of a built-in function costs no frame; every span asks."""

global_provider: Callable[[], TracerProvider | None] = partial(getattr, trace_api, "_TRACER_PROVIDER")
"""Returns the provider that the program has set; None while none is set."""

proxy_provider: Callable[[], TracerProvider] = partial(getattr, trace_api, "_PROXY_TRACER_PROVIDER")
"""Returns the provider that the API uses while none is set."""


def set_runtime_context(context: RuntimeContext) -> None:
    """Let the API attach and detach contexts by `context`."""
    context_api._RUNTIME_CONTEXT = context


def context_variable(context: RuntimeContext) -> ContextVar[Context] | None:
    """The variable that holds what is attached; None where a runtime context keeps it otherwise."""
    variable = getattr(context, "_current_context", None)
    return variable if isinstance(variable, ContextVar) else None


def set_proxy_provider(provider: TracerProvider) -> None:
    """Let the API use `provider` while none is set."""
    trace_api._PROXY_TRACER_PROVIDER = provider  # type: ignore[assignment]


def replace_proxied_tracers(replace: Callable[[ProxyTracer, Tracer], Tracer]) -> None:
    """Let each `ProxyTracer` start spans by `replace(proxy, tracer)` in place of the tracer that it has found."""
    original: Any = ProxyTracer._tracer
    ProxyTracer._tracer = property(lambda proxy: replace(proxy, original.fget(proxy)))  # type: ignore[assignment,method-assign]


def has_no_provider(proxy: ProxyTracer, tracer: Tracer) -> bool:
    """Whether `tracer` is the one that a proxy has while no provider is set, which does nothing."""
    return tracer is proxy._noop_tracer


def arguments_of(proxy: ProxyTracer) -> tuple[Any, ...]:
    """The arguments of `get_tracer` that a proxy was made with."""
    return (
        proxy._instrumenting_module_name,
        proxy._instrumenting_library_version,
        proxy._schema_url,
        proxy._attributes,
    )


def scope_of(tracer: Any) -> Any:
    """The instrumentation scope of a tracer of the SDK."""
    return getattr(tracer, "_instrumentation_scope", None)


def instrumentor_at_work(kind: Any) -> Any:
    """The one instance of a class of instrumentors; None while it has not been made."""
    return getattr(kind, "_instance", None)


def conflict_of(instrumentor: Any) -> Any:
    """The installed version that an instrumentor refuses, in words; None where it refuses none."""
    return instrumentor._check_dependency_conflicts()


def is_instrumented(app: Any) -> bool:
    """Whether an instrumentor has instrumented a web application."""
    return bool(getattr(app, "_is_instrumented_by_opentelemetry", False))


def restore_wsgi_app(app: Any) -> None:
    """Take an instrumentation back that failed half-way, as Flask's does when an application has served a request."""
    if (wsgi_app := getattr(app, "_original_wsgi_app", None)) is not None:
        app.wsgi_app = wsgi_app
