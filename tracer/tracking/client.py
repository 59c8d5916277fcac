"""The import path of `mlflow.tracking.client`."""

from __future__ import annotations

from ..client import Client, MlflowClient

__all__ = ["Client", "MlflowClient"]
