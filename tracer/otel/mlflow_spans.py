"""Spans of MLflow's own tracing, where MLflow runs beside the tracer."""

from __future__ import annotations

from typing import Any

import orjson

SCOPE = "mlflow."
"""How the names of MLflow's tracers begin. MLflow attaches some spans that its sampler dropped, and ends none."""

_KEPT = frozenset({"mlflow.spanInputs", "mlflow.spanOutputs"})
"""Attributes that the writer decodes."""

_SCALAR_CHARS = 1_000
"""Longer values are texts of the program, and are not decoded."""


def decoded(name: str, value: Any) -> Any:
    """The decoded value of an attribute that MLflow keeps as JSON, if it is a text, a number or a truth value."""
    if type(value) is not str or name in _KEPT or len(value) > _SCALAR_CHARS or value[:1] in ("{", "[", ""):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value
