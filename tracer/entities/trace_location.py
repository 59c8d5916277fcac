"""Where a trace is kept, in MLflow's words: there is one place here, the trace file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class TraceLocationType(StrEnum):
    """MLflow's kinds of places."""

    TRACE_LOCATION_TYPE_UNSPECIFIED = "TRACE_LOCATION_TYPE_UNSPECIFIED"
    MLFLOW_EXPERIMENT = "MLFLOW_EXPERIMENT"
    INFERENCE_TABLE = "INFERENCE_TABLE"
    UC_SCHEMA = "UC_SCHEMA"


@dataclass(frozen=True)
class MlflowExperimentLocation:
    """An experiment, which is one and the same here."""

    experiment_id: str = "0"

    def to_dict(self) -> dict[str, Any]:
        """MLflow's JSON form."""
        return {"experiment_id": self.experiment_id}


@dataclass(frozen=True)
class TraceLocation:
    """What `trace.info.trace_location` gives."""

    type: TraceLocationType = TraceLocationType.MLFLOW_EXPERIMENT
    mlflow_experiment: MlflowExperimentLocation = field(default_factory=MlflowExperimentLocation)

    @property
    def experiment_id(self) -> str:
        """The experiment's id."""
        return self.mlflow_experiment.experiment_id

    @classmethod
    def from_experiment_id(cls, experiment_id: str) -> TraceLocation:
        """The place that is an experiment."""
        return cls(mlflow_experiment=MlflowExperimentLocation(str(experiment_id)))

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> TraceLocation:
        """From MLflow's JSON form."""
        return cls.from_experiment_id((document.get("mlflow_experiment") or {}).get("experiment_id", "0"))

    def to_dict(self) -> dict[str, Any]:
        """MLflow's JSON form."""
        return {"type": self.type.value, "mlflow_experiment": self.mlflow_experiment.to_dict()}
