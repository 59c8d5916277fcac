"""Record the calls of an LLM program as spans in one local SQLite file, which `tracetui` shows while the program runs.

    from tracetui.tracer import trace

    @trace
    def answer(question: str) -> str: ...

Functions that MLflow Tracing has too have its names and semantics. The import loads the standard library only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .api.configure import (
    configure as configure,
    disable as disable,
    enable as enable,
    flush as flush,
    flush_trace_async_logging as flush_trace_async_logging,
)
from .api.spans import (
    get_active_trace_id as get_active_trace_id,
    get_current_active_span as get_current_active_span,
    get_last_active_trace_id as get_last_active_trace_id,
    start_span as start_span,
    start_span_no_context as start_span_no_context,
    update_current_trace as update_current_trace,
)
from .api.trace import trace as trace
from .parts.span_type import SpanType as SpanType
from .spans.no_op_span import NoOpSpan as NoOpSpan
from .spans.span import Span as Span

if TYPE_CHECKING:
    from . import (
        config as config,
        entities as entities,
        exceptions as exceptions,
        genai as genai,
        tracing as tracing,
        tracking as tracking,
    )
    from .api.executors import run_in_context as run_in_context, wrap_executor as wrap_executor
    from .api.middleware import ASGIMiddleware as ASGIMiddleware, WSGIMiddleware as WSGIMiddleware
    from .api.tags import (
        delete_trace_tag as delete_trace_tag,
        log_metric as log_metric,
        log_metrics as log_metrics,
        set_trace_tag as set_trace_tag,
    )
    from .client import Client as Client, MlflowClient as MlflowClient
    from .compat.assessments import (
        delete_assessment as delete_assessment,
        get_assessment as get_assessment,
        log_assessment as log_assessment,
        log_expectation as log_expectation,
        log_feedback as log_feedback,
        log_issue as log_issue,
        override_feedback as override_feedback,
        update_assessment as update_assessment,
    )
    from .compat.import_trace import add_trace as add_trace, log_trace as log_trace
    from .compat.needs_server import (
        active_run as active_run,
        create_experiment as create_experiment,
        create_external_model as create_external_model,
        end_run as end_run,
        finalize_logged_model as finalize_logged_model,
        get_experiment as get_experiment,
        get_experiment_by_name as get_experiment_by_name,
        get_registry_uri as get_registry_uri,
        get_tracking_uri as get_tracking_uri,
        initialize_logged_model as initialize_logged_model,
        is_tracking_uri_set as is_tracking_uri_set,
        last_active_run as last_active_run,
        log_param as log_param,
        search_experiments as search_experiments,
        set_active_model as set_active_model,
        set_experiment as set_experiment,
        set_tag as set_tag,
        start_run as start_run,
    )
    from .exceptions import MlflowException as MlflowException
    from .instrumentation.autolog import autolog as autolog
    from .instrumentation.flavors import Library
    from .read.search import (
        get_attachment as get_attachment,
        get_last_active_trace as get_last_active_trace,
        get_trace as get_trace,
        search_sessions as search_sessions,
        search_traces as search_traces,
    )
    from .read.why import why as why
    from .settings.tail_sampling import TailSampling as TailSampling
    from .spans.propagation import (
        get_tracing_context_headers_for_http_request as get_tracing_context_headers_for_http_request,
        remote_context as remote_context,
        set_tracing_context_from_http_request_headers as set_tracing_context_from_http_request_headers,
    )

    anthropic: Library
    langchain: Library
    openai: Library
else:

    def __getattr__(name: str) -> Any:
        """Load a public name on first use. A library has its own `autolog`: `tracer.openai.autolog()`."""
        from ._lazy import MODULE_OF, load, load_stand_in, public_names

        if name in MODULE_OF:
            found = globals()[name] = load(name)
            return found
        if name == "__all__":
            return public_names(globals())
        if name == "__version__":
            from importlib.metadata import version

            return version("tracetui")
        if not name.startswith("_"):
            from .instrumentation.flavors import library

            if (found := library(name) or load_stand_in(name)) is not None:
                return found
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
