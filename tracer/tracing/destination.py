"""The import path of `mlflow.tracing.destination`. `set_destination` accepts these places and ignores them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TraceDestination:
    """A storage place of MLflow."""

    experiment_id: str | None = None


class MlflowExperiment(TraceDestination):
    """An experiment."""


@dataclass(frozen=True)
class Databricks(TraceDestination):
    """An experiment in Databricks."""

    experiment_name: str | None = None
