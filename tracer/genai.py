"""`mlflow.genai`: prompts and judges are its server's; each name says what to do instead."""

from __future__ import annotations

from typing import Any

from .compat import needs_server as experiments


def __getattr__(name: str) -> Any:
    if not name.startswith("_") and (name in experiments.REFUSED or name in experiments.ACCEPTED):
        return getattr(experiments, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
