"""Arguments under the names that MLflow had for them before."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

_NAMES = {"request_id": "trace_id", "parent_span_id": "parent_id"}
"""Those of the first preview, MLflow 2.14, and the names that took their place."""


def takes_former_names(function: F) -> F:
    """Let `request_id=` stand for `trace_id=`, and `parent_span_id=` for `parent_id=`."""

    @functools.wraps(function)
    def renamed(*args: Any, **kwargs: Any) -> Any:
        for former, name in _NAMES.items():
            if former in kwargs:
                given = kwargs.pop(former)
                kwargs.setdefault(name, given)
        return function(*args, **kwargs)

    return renamed  # type: ignore[return-value]
