"""Arguments under the names that MLflow had for them before."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def takes_request_id(function: F) -> F:
    """Let `request_id=` stand for `trace_id=`."""

    @functools.wraps(function)
    def renamed(*args: Any, **kwargs: Any) -> Any:
        if "request_id" in kwargs:
            kwargs["trace_id"] = kwargs.pop("request_id")
        return function(*args, **kwargs)

    return renamed  # type: ignore[return-value]
