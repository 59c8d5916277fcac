"""Record what an LLM program does as spans in one local SQLite file, for `tracetui` to show while it runs.

    from tracetui.tracer import trace

    @trace
    def answer(question: str) -> str: ...

Names and semantics follow MLflow Tracing where it has them. Importing this loads the standard library and orjson only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .api.decorator import trace
from .api.executors import run_in_context, wrap_executor
from .api.fluent import (
    configure,
    disable,
    enable,
    flush,
    flush_trace_async_logging,
    get_active_trace_id,
    get_current_active_span,
    get_last_active_trace_id,
    start_span,
    start_span_no_context,
    update_current_trace,
)
from .api.middleware import ASGIMiddleware, WSGIMiddleware
from .parts.span_type import SpanType
from .settings.tail_sampling import TailSampling
from .spans.no_op_span import NoOpSpan
from .spans.propagation import (
    get_tracing_context_headers_for_http_request,
    remote_context,
    set_tracing_context_from_http_request_headers,
)
from .spans.span import Span

if TYPE_CHECKING:
    from . import (
        config,
        entities,
        exceptions,
        genai,
        tracing,
        tracking,
    )
    from .api.trace_tags import delete_trace_tag, log_metric, log_metrics, set_trace_tag
    from .client import Client, MlflowClient
    from .compat.assessments import (
        delete_assessment,
        get_assessment,
        log_assessment,
        log_expectation,
        log_feedback,
        log_issue,
        override_feedback,
        update_assessment,
    )
    from .compat.import_trace import add_trace, log_trace
    from .compat.needs_server import (
        active_run,
        create_experiment,
        create_external_model,
        end_run,
        finalize_logged_model,
        get_experiment,
        get_experiment_by_name,
        get_registry_uri,
        get_tracking_uri,
        initialize_logged_model,
        is_tracking_uri_set,
        last_active_run,
        log_param,
        search_experiments,
        set_active_model,
        set_experiment,
        set_tag,
        start_run,
    )
    from .exceptions import MlflowException
    from .instrumentation.autolog import autolog
    from .instrumentation.flavors import Library
    from .read.search import get_attachment, get_last_active_trace, get_trace, search_sessions, search_traces

    anthropic: Library
    langchain: Library
    openai: Library
else:

    def __getattr__(name: str) -> Any:
        """`autolog`, and the libraries that have one of their own: `tracer.openai.autolog()`. Loaded when asked for."""
        if name == "autolog":
            from .instrumentation.autolog import autolog

            return autolog
        from ._lazy import MODULE_OF, load, load_stand_in

        if name in MODULE_OF:
            found = globals()[name] = load(name)
            return found
        if name == "__version__":
            from importlib.metadata import version

            return version("tracetui")
        if not name.startswith("_"):
            from .instrumentation.flavors import library

            if (found := library(name) or load_stand_in(name)) is not None:
                return found
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "ASGIMiddleware",
    "Client",
    "MlflowClient",
    "MlflowException",
    "NoOpSpan",
    "Span",
    "SpanType",
    "TailSampling",
    "WSGIMiddleware",
    "active_run",
    "add_trace",
    "autolog",
    "config",
    "configure",
    "create_experiment",
    "create_external_model",
    "delete_assessment",
    "delete_trace_tag",
    "disable",
    "enable",
    "end_run",
    "entities",
    "exceptions",
    "finalize_logged_model",
    "flush",
    "flush_trace_async_logging",
    "genai",
    "get_active_trace_id",
    "get_assessment",
    "get_attachment",
    "get_current_active_span",
    "get_experiment",
    "get_experiment_by_name",
    "get_last_active_trace",
    "get_last_active_trace_id",
    "get_registry_uri",
    "get_trace",
    "get_tracing_context_headers_for_http_request",
    "get_tracking_uri",
    "initialize_logged_model",
    "is_tracking_uri_set",
    "last_active_run",
    "log_assessment",
    "log_expectation",
    "log_feedback",
    "log_issue",
    "log_metric",
    "log_metrics",
    "log_param",
    "log_trace",
    "override_feedback",
    "remote_context",
    "run_in_context",
    "search_experiments",
    "search_sessions",
    "search_traces",
    "set_active_model",
    "set_experiment",
    "set_tag",
    "set_trace_tag",
    "set_tracing_context_from_http_request_headers",
    "start_run",
    "start_span",
    "start_span_no_context",
    "trace",
    "tracing",
    "tracking",
    "update_assessment",
    "update_current_trace",
    "wrap_executor",
]
