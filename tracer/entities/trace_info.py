"""The fields of a trace: state, times, previews, tags, metadata and assessments."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..exceptions import InvalidValueError
from ..mlflow_form.json_values import iso_to_ms, json_value, ms_to_iso
from ..parts.ids import mlflow_trace_id, normalize_trace_id
from .assessment import Assessment
from .trace_location import TraceLocation
from .trace_state import TraceState

CALLS_WITHOUT_PRICE = "tracetui.callsWithoutPrice"
"""The key of `trace_metadata` for the number of model calls without a known price."""


@dataclass
class TraceInfo:
    """A trace without its spans. Times are Unix milliseconds; the id has 32 hex digits."""

    trace_id: str
    trace_location: TraceLocation = field(default_factory=TraceLocation)
    request_time: int = 0
    state: TraceState = TraceState.STATE_UNSPECIFIED
    request_preview: str | None = None
    response_preview: str | None = None
    client_request_id: str | None = None
    execution_duration: int | None = None
    trace_metadata: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    assessments: list[Assessment] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.trace_id = normalize_trace_id(self.trace_id)

    @property
    def request_id(self) -> str:
        """The former name of `trace_id`."""
        return self.trace_id

    @property
    def experiment_id(self) -> str | None:
        """The id of MLflow's experiment: "0" for a trace of the file, None for a trace that MLflow stores elsewhere."""
        return self.trace_location.experiment_id

    @property
    def timestamp_ms(self) -> int:
        """The former name of `request_time`."""
        return self.request_time

    @property
    def execution_time_ms(self) -> int | None:
        """The former name of `execution_duration`."""
        return self.execution_duration

    @property
    def status(self) -> TraceState:
        """The former name of `state`."""
        return self.state

    @property
    def request_metadata(self) -> dict[str, str]:
        """The former name of `trace_metadata`."""
        return self.trace_metadata

    @property
    def token_usage(self) -> dict[str, int] | None:
        """Total token counts of the trace, each usage counted once; None if no span has any."""
        return self._object("mlflow.trace.tokenUsage")

    @property
    def cost(self) -> dict[str, float] | None:
        """`total_cost` of the trace in US dollars; None if no cost is known. See `calls_without_price`."""
        return self._object("mlflow.trace.cost")

    @property
    def calls_without_price(self) -> int:
        """The number of model calls without a known price, which `cost` leaves out. MLflow does not have it."""
        number = json_value(self.trace_metadata.get(CALLS_WITHOUT_PRICE))
        return number if isinstance(number, int) else 0

    @property
    def cost_is_lower_bound(self) -> bool:
        """Whether `cost` leaves out model calls without a known price. MLflow does not have it."""
        return self.cost is not None and self.calls_without_price > 0

    @property
    def session_id(self) -> str | None:
        """The id of the session, or None."""
        return self.trace_metadata.get("mlflow.trace.session")

    @property
    def user(self) -> str | None:
        """The id of the user, or None."""
        return self.trace_metadata.get("mlflow.trace.user")

    def to_dict(self) -> dict[str, Any]:
        """MLflow's JSON form."""
        state = TraceState.ERROR if self.state is TraceState.CANCELLED else self.state
        document = {
            "trace_id": mlflow_trace_id(self.trace_id),
            "client_request_id": self.client_request_id,
            "trace_location": self.trace_location.to_dict(),
            "request_time": ms_to_iso(self.request_time),
            "state": state.value,
            "execution_duration_ms": self.execution_duration,
            "request_preview": self.request_preview,
            "response_preview": self.response_preview,
            "trace_metadata": self.trace_metadata,
            "tags": self.tags,
            "assessments": [assessment.to_dictionary() for assessment in self.assessments] or None,
        }
        return {name: value for name, value in document.items() if value is not None}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> TraceInfo:
        """Fields from the JSON form of MLflow 3 or MLflow 2. Raises ValueError for an invalid form."""
        try:
            if "request_id" in document:
                return cls(**_fields_of_version_2(document))
            return cls(
                trace_id=document["trace_id"],
                trace_location=TraceLocation.from_dict(document.get("trace_location") or {}),
                request_time=iso_to_ms(document["request_time"]),
                state=TraceState(document.get("state") or "STATE_UNSPECIFIED"),
                request_preview=document.get("request_preview"),
                response_preview=document.get("response_preview"),
                client_request_id=document.get("client_request_id"),
                execution_duration=document.get("execution_duration_ms"),
                trace_metadata=dict(document.get("trace_metadata") or {}),
                tags=dict(document.get("tags") or {}),
                assessments=[Assessment.from_dictionary(one) for one in document.get("assessments") or ()],
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise InvalidValueError(f"this is not a trace info in MLflow's JSON form: {error!r}") from error

    from_dictionary = from_dict

    def _object(self, key: str) -> dict[str, Any] | None:
        value = json_value(self.trace_metadata.get(key))
        return value if isinstance(value, dict) else None


def _fields_of_version_2(document: Mapping[str, Any]) -> dict[str, Any]:
    metadata = dict(document.get("request_metadata") or {})
    return {
        "trace_id": document["request_id"],
        "trace_location": TraceLocation.from_experiment_id(document.get("experiment_id") or "0"),
        "request_time": int(document["timestamp_ms"]),
        "execution_duration": document.get("execution_time_ms"),
        "state": TraceState(document["status"]),
        "request_preview": metadata.get("mlflow.traceInputs"),
        "response_preview": metadata.get("mlflow.traceOutputs"),
        "trace_metadata": metadata,
        "tags": dict(document.get("tags") or {}),
        "assessments": [Assessment.from_dictionary(one) for one in document.get("assessments") or ()],
    }


def metadata_with(metadata: Mapping[str, str], **fields: Any) -> dict[str, str]:
    """Metadata, and other fields of a trace under MLflow's reserved keys: `session` is `mlflow.trace.session`."""
    reserved = {
        f"mlflow.trace.{name}": value if isinstance(value, str) else json.dumps(value)
        for name, value in fields.items()
        if value is not None
    }
    return {"mlflow.trace_schema.version": "3", **reserved, **metadata}
