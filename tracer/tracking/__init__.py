"""The import path of `mlflow.tracking`: the client, and the place of the traces."""

from __future__ import annotations

from typing import Any

from ..client import Client, MlflowClient
from ..compat import needs_server

__all__ = ["Client", "MlflowClient"]


def __getattr__(name: str) -> Any:
    if name in ("get_tracking_uri", "is_tracking_uri_set", "set_tracking_uri"):
        return getattr(needs_server, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
