"""`mlflow.tracking.client` under our name."""

from __future__ import annotations

from ..client import Client, MlflowClient

__all__ = ["Client", "MlflowClient"]
