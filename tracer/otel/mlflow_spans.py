"""What is particular in the spans of MLflow's own tracing, where it runs beside the tracer."""

from __future__ import annotations

from typing import Any

import orjson

SCOPE = "mlflow."
"""How the names of MLflow's tracers begin. Of spans that its sampler dropped MLflow attaches some, and ends none."""

_KEPT = frozenset({"mlflow.spanInputs", "mlflow.spanOutputs"})
"""Attributes that are read as JSON later."""

_SCALAR_CHARS = 1_000
"""Longer values are texts of the program, and stay as they are."""


def decoded(name: str, value: Any) -> Any:
    """The value of an attribute, which MLflow keeps as JSON: texts, numbers and truth values; others as they are."""
    if type(value) is not str or name in _KEPT or len(value) > _SCALAR_CHARS or value[:1] in ("{", "[", ""):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value
