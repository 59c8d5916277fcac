"""The names that a program may import from `tracetui.tracer`."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from pathlib import Path
from types import FunctionType, ModuleType

from tracetui import tracer
from tracetui.tracer._lazy import MODULE_OF

PUBLIC = """
ASGIMiddleware Client MlflowClient MlflowException NoOpSpan Span SpanType TailSampling WSGIMiddleware active_run
add_trace autolog config configure create_experiment create_external_model delete_assessment delete_trace_tag disable
enable end_run entities exceptions finalize_logged_model flush flush_trace_async_logging genai get_active_trace_id
get_assessment get_attachment get_current_active_span get_experiment get_experiment_by_name get_last_active_trace
get_last_active_trace_id get_registry_uri get_trace get_tracing_context_headers_for_http_request get_tracking_uri
initialize_logged_model is_tracking_uri_set last_active_run log_assessment log_expectation log_feedback log_issue
log_metric log_metrics log_param log_trace override_feedback remote_context run_in_context search_experiments
search_sessions search_traces set_active_model set_experiment set_tag set_trace_tag
set_tracing_context_from_http_request_headers start_run start_span start_span_no_context trace tracing tracking
update_assessment update_current_trace why wrap_executor
"""
"""A name less breaks programs; a name more is a promise."""


def test_the_public_names_are_these() -> None:
    """`from tracetui.tracer import *` imports them all."""
    module: ModuleType = tracer
    assert sorted(module.__all__) == PUBLIC.split()
    assert not [name for name in PUBLIC.split() if not hasattr(tracer, name)]


def test_type_checkers_see_the_public_names_where_they_are_loaded_from() -> None:
    """`__init__` marks each as `x as x`, from the module that `_lazy` loads."""
    assert tracer.__file__ is not None
    tree = ast.parse(Path(tracer.__file__).read_text())
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level == 1]
    module_of = {
        alias.name: node.module or "" for node in imports for alias in node.names if alias.asname == alias.name
    }
    assert sorted(module_of) == PUBLIC.split()
    assert {name: module for name, module in module_of.items() if name in MODULE_OF} == MODULE_OF


def test_no_module_hides_a_public_name() -> None:
    """A submodule, once imported, becomes an attribute of its package in place of a function of that name."""
    modules = {module.name for module in pkgutil.iter_modules(tracer.__path__)}
    named = {name for name in modules & set(PUBLIC.split()) if MODULE_OF.get(name) != ""}
    assert named == set()
    importlib.import_module("tracetui.tracer.api.trace")
    assert isinstance(tracer.trace, FunctionType)
