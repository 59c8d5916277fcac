"""Names inside the vendors' packages that the tracer goes by: an upgrade that changes one is noticed here."""

from __future__ import annotations

import importlib

import pytest

from tracetui.tracer.otel import mlflow_spans, other_instrumentors
from tracetui.tracer.settings.settings import _MLFLOW


def test_mlflow_calls_things_as_we_know_them() -> None:
    """Its scope, its attributes, and the module that is loaded where it traces."""
    pytest.importorskip("mlflow.tracing")
    assert importlib.import_module(_MLFLOW).__name__.startswith(mlflow_spans.SCOPE)
    keys = importlib.import_module("mlflow.tracing.constant").SpanAttributeKey
    assert {keys.INPUTS, keys.OUTPUTS} == mlflow_spans._KEPT
    assert keys.SPAN_TYPE in other_instrumentors._TYPES
    assert (keys.CHAT_USAGE, keys.MODEL) == ("mlflow.chat.tokenUsage", "mlflow.llm.model")


def test_langfuse_calls_things_as_we_know_them() -> None:
    """Its scope, and the attribute that tells a call of a model from a step."""
    pytest.importorskip("langfuse")
    constants = importlib.import_module("langfuse._client.constants")
    attributes = importlib.import_module("langfuse._client.attributes").LangfuseOtelSpanAttributes
    assert constants.LANGFUSE_TRACER_NAME.startswith(other_instrumentors._ANY_CLIENT)
    assert attributes.OBSERVATION_TYPE in other_instrumentors._TYPES


def test_opentelemetry_has_what_we_reach_into() -> None:
    """Of its API and its SDK; a name with an underscore may go in any version."""
    names = {
        "opentelemetry.context": ["_RUNTIME_CONTEXT", "_SUPPRESS_INSTRUMENTATION_KEY"],
        "opentelemetry.trace": ["_TRACER_PROVIDER", "_PROXY_TRACER_PROVIDER", "ProxyTracer"],
        "opentelemetry.trace.propagation": ["_SPAN_KEY"],
    }
    for module, expected in names.items():
        assert not [name for name in expected if not hasattr(importlib.import_module(module), name)]
    proxy = importlib.import_module("opentelemetry.trace").ProxyTracer("scope")
    found = {
        "_noop_tracer",
        "_instrumenting_module_name",
        "_instrumenting_library_version",
        "_schema_url",
        "_attributes",
    }
    assert found <= vars(proxy).keys()
    sdk = importlib.import_module("opentelemetry.sdk.trace")
    tracer = sdk.TracerProvider(shutdown_on_exit=False).get_tracer("scope")
    assert tracer._instrumentation_scope.name == "scope"
    assert hasattr(tracer.span_processor, "add_span_processor")
