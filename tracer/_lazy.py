"""Names of the tracer that are loaded when they are asked for: reading traces back, assessments, the client.

A traced program that only records pays for none of them.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

MODULE_OF = {
    name: module
    for module, names in {
        "": ("config", "entities", "exceptions", "genai", "tracing", "tracking"),
        "exceptions": ("MlflowException",),
        "read.search": ("get_attachment", "get_last_active_trace", "get_trace", "search_sessions", "search_traces"),
        "api.trace_tags": ("delete_trace_tag", "log_metric", "log_metrics", "set_trace_tag"),
        "compat.import_trace": ("add_trace", "log_trace"),
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
    }.items()
    for name in names
}
"""Name -> the module that has it; the empty one: the name is a module."""


def load(name: str) -> Any:
    """What the name means. Raises KeyError for a name that is not in the table."""
    module = MODULE_OF[name]
    found = import_module(f".{module or name}", __package__)
    return getattr(found, name) if module else found


def load_stand_in(name: str) -> Any:
    """What stands in for a name that means something with MLflow's server only; None for any other name."""
    if find_spec(f".{name}", __package__) is not None:  # `from . import name` asks for it before it imports the module
        return None
    experiments = import_module(".compat.needs_server", __package__)
    return getattr(experiments, name) if name in experiments.ACCEPTED or name in experiments.REFUSED else None
