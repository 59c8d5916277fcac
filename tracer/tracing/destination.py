"""`mlflow.tracing.destination` under our name: places that `set_destination` takes, and ignores."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TraceDestination:
    """A place of MLflow's; traces go to the trace file here."""

    experiment_id: str | None = None


class MlflowExperiment(TraceDestination):
    """An experiment."""


@dataclass(frozen=True)
class Databricks(TraceDestination):
    """An experiment of Databricks."""

    experiment_name: str | None = None
