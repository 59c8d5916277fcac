"""Record what an LLM program does as spans in one local SQLite file, for `tracetui` to show while it runs.

    from tracetui.tracer import trace

    @trace
    def answer(question: str) -> str: ...

Names and semantics follow MLflow Tracing where it has them. Importing this loads the standard library and orjson only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .decorator import trace
from .executors import run_in_context, wrap_executor
from .fluent import (
    configure,
    disable,
    enable,
    flush,
    get_active_trace_id,
    get_current_active_span,
    start_span,
    start_span_no_context,
    update_current_trace,
)
from .middleware import ASGIMiddleware, WSGIMiddleware
from .propagation import (
    get_tracing_context_headers_for_http_request,
    remote_context,
    set_tracing_context_from_http_request_headers,
)
from .span import NoOpSpan, Span
from .span_type import SpanType

if TYPE_CHECKING:
    from .autologging import autolog
    from .libraries import Library

    anthropic: Library
    langchain: Library
    openai: Library
else:

    def __getattr__(name: str) -> Any:
        """`autolog`, and the libraries that have one of their own: `tracer.openai.autolog()`. Loaded when asked for."""
        if name == "autolog":
            from .autologging import autolog

            return autolog
        if not name.startswith("_"):
            from .libraries import library

            if (found := library(name)) is not None:
                return found
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "ASGIMiddleware",
    "NoOpSpan",
    "Span",
    "SpanType",
    "WSGIMiddleware",
    "autolog",
    "configure",
    "disable",
    "enable",
    "flush",
    "get_active_trace_id",
    "get_current_active_span",
    "get_tracing_context_headers_for_http_request",
    "remote_context",
    "run_in_context",
    "set_tracing_context_from_http_request_headers",
    "start_span",
    "start_span_no_context",
    "trace",
    "update_current_trace",
    "wrap_executor",
]
