"""Arguments of MLflow's functions that have another name here, or none."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from .. import guard
from ..values.bounds import finite_entries
from .log_level import parse_log_level

F = TypeVar("F", bound=Callable[..., Any])

DESCRIPTION = "mlflow.spanDescription"
LOG_LEVEL = "mlflow.spanLogLevel"

_ATTRIBUTE_KEYS = {"description": DESCRIPTION, "log_level": LOG_LEVEL}
"""Arguments of functions that begin spans, each with the attribute that holds its value."""

_FORMER_NAMES = {"request_id": "trace_id", "parent_span_id": "parent_id"}
"""Argument names of the first preview, MLflow 2.14, each with the name that replaced it."""


def attributes_with_arguments(
    function: str, attributes: Mapping[str, Any] | None, arguments: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """Return `attributes` and those that `arguments` stand for. Warns once for each argument with no meaning here."""
    added = {
        _ATTRIBUTE_KEYS[name]: value
        for name, value in arguments.items()
        if name in _ATTRIBUTE_KEYS and value is not None
    }
    if LOG_LEVEL in added and (level := parse_log_level(added.pop(LOG_LEVEL))) is not None:
        added[LOG_LEVEL] = level
    guard.ignore_arguments(function, {name: value for name, value in arguments.items() if name not in _ATTRIBUTE_KEYS})
    if not added or attributes is None:
        return added or attributes
    try:
        return {**finite_entries(attributes), **added}
    except Exception:
        guard.fault("reading attributes")
        return added


def accept_former_names(function: F) -> F:
    """Let `function` accept `request_id=` for `trace_id=`, and `parent_span_id=` for `parent_id=`."""

    @functools.wraps(function)
    def renamed(*args: Any, **kwargs: Any) -> Any:
        for former, name in _FORMER_NAMES.items():
            if former in kwargs:
                value = kwargs.pop(former)
                kwargs.setdefault(name, value)
        return function(*args, **kwargs)

    return renamed  # type: ignore[return-value]
