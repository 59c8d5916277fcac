"""Arguments of MLflow's for a span that become attributes here: a description, and how much it matters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import guard
from .log_level import level_number

DESCRIPTION = "mlflow.spanDescription"
LOG_LEVEL = "mlflow.spanLogLevel"

_KEYS = {"description": DESCRIPTION, "log_level": LOG_LEVEL}


def described(
    function: str, attributes: Mapping[str, Any] | None, elsewhere: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """The attributes with those that `elsewhere` stands for; of what means nothing here it is said once."""
    taken = {_KEYS[name]: value for name, value in elsewhere.items() if name in _KEYS and value is not None}
    if LOG_LEVEL in taken and (level := level_number(taken.pop(LOG_LEVEL))) is not None:
        taken[LOG_LEVEL] = level
    guard.ignore_arguments(function, {name: value for name, value in elsewhere.items() if name not in _KEYS})
    return {**(attributes or {}), **taken} if taken else attributes
