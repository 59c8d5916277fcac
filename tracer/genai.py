"""The functions of `mlflow.genai`: `scorer`, and those that need its server, whose messages say what to do instead."""

from __future__ import annotations

from typing import Any

from .compat import needs_server
from .scoring.scorer import scorer as scorer


def __getattr__(name: str) -> Any:
    if not name.startswith("_") and (name in needs_server.REFUSED or name in needs_server.ACCEPTED):
        return getattr(needs_server, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
