"""The public names of the tracer that are loaded on first use: all but `trace`, `start_span` and their like.

A program that only records does not pay for reading traces back, assessments, the client, `autolog` and middleware.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from .host.side_imports import import_beside
from .recording import process_recorder

MODULE_OF = {
    name: module
    for module, names in {
        "": ("config", "entities", "exceptions", "genai", "tracing", "tracking"),
        "api.executors": ("run_in_context", "wrap_executor"),
        "api.middleware": ("ASGIMiddleware", "WSGIMiddleware"),
        "api.tags": ("delete_trace_tag", "log_metric", "log_metrics", "set_trace_tag"),
        "client": ("Client", "MlflowClient"),
        "compat.assessments": (
            "delete_assessment",
            "get_assessment",
            "log_assessment",
            "log_expectation",
            "log_feedback",
            "log_issue",
            "override_feedback",
            "update_assessment",
        ),
        "compat.import_trace": ("add_trace", "log_trace"),
        "compat.needs_server": (
            "active_run",
            "create_experiment",
            "create_external_model",
            "end_run",
            "finalize_logged_model",
            "get_experiment",
            "get_experiment_by_name",
            "get_registry_uri",
            "get_tracking_uri",
            "initialize_logged_model",
            "is_tracking_uri_set",
            "last_active_run",
            "log_param",
            "search_experiments",
            "set_active_model",
            "set_experiment",
            "set_tag",
            "start_run",
        ),
        "exceptions": ("MlflowException",),
        "instrumentation.autolog": ("autolog",),
        "read.search": ("get_attachment", "get_last_active_trace", "get_trace", "search_sessions", "search_traces"),
        "read.why": ("why",),
        "settings.tail_sampling": ("TailSampling",),
        "spans.propagation": (
            "get_tracing_context_headers_for_http_request",
            "remote_context",
            "set_tracing_context_from_http_request_headers",
        ),
    }.items()
    for name in names
}
"""Name -> the module that defines it. Names of the empty module are modules themselves."""


def load(name: str) -> Any:
    """Import and return a public name. Raises KeyError for a name that is not in the table."""
    module = MODULE_OF[name]
    loaded = import_beside(f"{__package__}.{module or name}", process_recorder.reading)
    return getattr(loaded, name) if module else loaded


def load_stand_in(name: str) -> Any:
    """Return the stand-in for a name that needs MLflow's server; None for any other name."""
    if find_spec(f".{name}", __package__) is not None:  # `from . import name` asks for it before it imports the module
        return None
    needs_server = import_module(".compat.needs_server", __package__)
    return getattr(needs_server, name) if name in needs_server.ACCEPTED or name in needs_server.REFUSED else None


def public_names(package: Mapping[str, Any]) -> list[str]:
    """The `__all__` of the tracer: what it imports from its rooms, and what it loads late."""
    prefix = f"{__package__}."
    imported = {name for name, value in package.items() if getattr(value, "__module__", "").startswith(prefix)}
    return sorted(imported | MODULE_OF.keys())
