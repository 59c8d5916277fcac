"""The settings of this process, and the functions of `mlflow.config`."""

from __future__ import annotations

from typing import Any

from .settings.settings import Settings, config

__all__ = ["Settings", "config"]


def __getattr__(name: str) -> Any:
    if name in ("disable_async_logging", "enable_async_logging"):  # names of `mlflow.config`
        from .compat.needs_server import accepted

        return accepted(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
