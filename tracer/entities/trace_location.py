"""The storage place of a trace, in MLflow's terms. Traces of the file are in experiment "0"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class TraceLocationType(StrEnum):
    """The types of place."""

    TRACE_LOCATION_TYPE_UNSPECIFIED = "TRACE_LOCATION_TYPE_UNSPECIFIED"
    MLFLOW_EXPERIMENT = "MLFLOW_EXPERIMENT"
    INFERENCE_TABLE = "INFERENCE_TABLE"
    UC_SCHEMA = "UC_SCHEMA"
    UC_TABLE_PREFIX = "UC_TABLE_PREFIX"


class _Place:
    """A place. Its fields are its JSON form."""

    def to_dict(self) -> dict[str, Any]:
        """MLflow's JSON form."""
        return {name: value for name, value in asdict(self).items() if value is not None}  # type: ignore[call-overload]


@dataclass(frozen=True)
class MlflowExperimentLocation(_Place):
    """An experiment. Traces of the file are in "0"."""

    experiment_id: str = "0"


@dataclass(frozen=True)
class InferenceTableLocation(_Place):
    """A table of Databricks model serving."""

    full_table_name: str


@dataclass(frozen=True)
class UCSchemaLocation(_Place):
    """A schema of Unity Catalog."""

    catalog_name: str
    schema_name: str
    otel_spans_table_name: str | None = None
    otel_logs_table_name: str | None = None

    @property
    def schema_location(self) -> str:
        """Catalog and schema, as in trace ids."""
        return f"{self.catalog_name}.{self.schema_name}"


@dataclass(frozen=True)
class UnityCatalog(UCSchemaLocation):
    """Tables of a schema of Unity Catalog with one prefix."""

    table_prefix: str | None = None
    annotations_table_name: str | None = None


_PLACES: Mapping[str, type[_Place]] = {
    "mlflow_experiment": MlflowExperimentLocation,
    "inference_table": InferenceTableLocation,
    "uc_schema": UCSchemaLocation,
    "uc_table_prefix": UnityCatalog,
}
"""Field of a location -> the class of its place. The type of the location is the name of the field in capitals."""


@dataclass(frozen=True)
class TraceLocation:
    """The value of `trace.info.trace_location`: the type of the place, and the place."""

    type: TraceLocationType = TraceLocationType.MLFLOW_EXPERIMENT
    mlflow_experiment: MlflowExperimentLocation | None = None
    inference_table: InferenceTableLocation | None = None
    uc_schema: UCSchemaLocation | None = None
    uc_table_prefix: UnityCatalog | None = None

    def __post_init__(self) -> None:
        if self.type == TraceLocationType.MLFLOW_EXPERIMENT and self.mlflow_experiment is None:
            object.__setattr__(self, "mlflow_experiment", MlflowExperimentLocation())

    @property
    def experiment_id(self) -> str | None:
        """The id of the experiment; None for another type of place."""
        return None if self.mlflow_experiment is None else self.mlflow_experiment.experiment_id

    @classmethod
    def from_experiment_id(cls, experiment_id: str) -> TraceLocation:
        """The location of an experiment."""
        return cls(mlflow_experiment=MlflowExperimentLocation(str(experiment_id)))

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> TraceLocation:
        """A location from MLflow's JSON form. Raises ValueError, TypeError or AttributeError for an invalid form."""
        for field, place in _PLACES.items():
            if content := document.get(field):
                known = {name: content[name] for name in place.__dataclass_fields__ if name in content}  # type: ignore[attr-defined]
                places: dict[str, Any] = {field: place(**known)}
                return cls(TraceLocationType(field.upper()), **places)
        return cls(TraceLocationType(document.get("type") or TraceLocationType.MLFLOW_EXPERIMENT))

    def to_dict(self) -> dict[str, Any]:
        """MLflow's JSON form."""
        places = {field: place.to_dict() for field in _PLACES if (place := getattr(self, field)) is not None}
        return {"type": self.type.value, **places}
