"""A span as it is read from the file, with MLflow's fields and MLflow's JSON form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from ..exceptions import InvalidValueError
from ..mlflow_form.attributes import SpanAttributes
from ..mlflow_form.autologged import chat_tools, is_chat, message_format, parameter
from ..mlflow_form.json_values import id_to_base64, json_text, trace_id_to_hex
from ..mlflow_form.span import EXACT_STATUS, span_fields
from ..parts.arguments import DESCRIPTION, LOG_LEVEL
from ..parts.event import SpanEvent
from ..parts.ids import mlflow_trace_id, normalize_trace_id
from ..parts.link import Link
from ..parts.log_level import SpanLogLevel, log_level_or_default
from ..parts.span_type import SpanType
from ..parts.status import SpanStatus, SpanStatusCode

__all__ = ["Span", "SpanStatusCode", "SpanType"]


class _SpanClass(type):
    """Makes a live span an instance of `Span` for `isinstance`, as in MLflow."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return super().__instancecheck__(instance) or getattr(type(instance), "is_live_span", False)


@dataclass(eq=False, repr=False)
class Span(metaclass=_SpanClass):
    """One operation of a trace. Ids are hex, times Unix nanoseconds; `end_time_ns` of an open span is None.

    A live span, which is being recorded, is an instance too.
    """

    name: str
    trace_id: str
    span_id: str
    parent_id: str | None = None
    span_type: str = "UNKNOWN"
    start_time_ns: int = 0
    end_time_ns: int | None = None
    status: SpanStatus = field(default_factory=lambda: SpanStatus("UNSET"))
    inputs: Any = None
    outputs: Any = None
    attributes: dict[str, Any] = field(default_factory=dict)
    events: list[SpanEvent] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    cost_usd: float | None = None
    """The cost in the file: recorded, or computed from tokens and prices."""
    w3c_trace_id: str | None = None
    """The id of the trace as 32 hex digits, if `trace_id` has another form."""

    def __post_init__(self) -> None:
        self.trace_id = normalize_trace_id(self.trace_id)
        self.attributes = SpanAttributes(self.attributes, self._derived_attribute)

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.attributes = SpanAttributes(self.attributes, self._derived_attribute)

    @property
    def _recorded(self) -> dict[str, Any]:
        """The attributes that were set, without the derived ones."""
        return dict(self.attributes)

    @property
    def request_id(self) -> str:
        """The former name of `trace_id`."""
        return self.trace_id

    @property
    def duration_ns(self) -> int | None:
        """The duration; None for an open span."""
        return None if self.end_time_ns is None else self.end_time_ns - self.start_time_ns

    @property
    def description(self) -> Any:
        """The description of the operation, or None."""
        return self._recorded.get(DESCRIPTION)

    @property
    def log_level(self) -> SpanLogLevel:
        """The log level of the span: the recorded one, or else the level of its type."""
        return log_level_or_default(self._recorded.get(LOG_LEVEL), self.span_type)

    @property
    def model_name(self) -> str | None:
        """The name of the model, from the attribute of any SDK, or None."""
        return self._derived().get("model")

    @property
    def model_provider(self) -> str | None:
        """The name of the provider, from the attribute of any SDK, or None."""
        return self._derived().get("provider")

    @property
    def token_usage(self) -> dict[str, int] | None:
        """`input_tokens`, `output_tokens`, `total_tokens`, cache tokens if known; None without token counts."""
        derived = self._derived()
        return usage_counts(*(derived.get(name) for name in USAGE_COLUMNS))

    @property
    def llm_cost(self) -> dict[str, float] | None:
        """US dollars: `total_cost`, and `input_cost` and `output_cost` if they are known; None without a cost."""
        from .cost import cost_parts

        return cost_parts(self._recorded, self.cost_usd, self.start_time_ns).as_dict()

    def __repr__(self) -> str:
        names = ("name", "trace_id", "span_id", "parent_id", "span_type")
        return f"Span({', '.join(f'{name}={getattr(self, name)!r}' for name in names)}, status={self.status})"

    def get_attribute(self, key: str) -> Any:
        """The value of an attribute, or None. Keys of MLflow return fields of the span or derived values."""
        return self.attributes.get(key)

    def is_of_type(self, span_type: str) -> bool:
        """Whether the span has that type. An LLM call with messages is a CHAT_MODEL too."""
        if self.span_type == span_type:
            return True
        return span_type == SpanType.CHAT_MODEL and self.span_type == SpanType.LLM and is_chat(self._recorded)

    def _derived_attribute(self, key: str) -> Any:
        match key:
            case "mlflow.spanInputs":
                return self.inputs
            case "mlflow.spanOutputs":
                return self.outputs
            case "mlflow.spanType":
                return self.span_type
            case "mlflow.traceRequestId":
                return mlflow_trace_id(self.trace_id)
            case "mlflow.spanLogLevel":
                return int(self.log_level)
            case "mlflow.chat.tokenUsage":
                return self.token_usage
            case "mlflow.chat.tools":
                return chat_tools(self._recorded)
            case "mlflow.message.format":
                return message_format(self._recorded)
            case "mlflow.llm.model":
                return self.model_name
            case "mlflow.llm.provider":
                return self.model_provider
            case "mlflow.llm.cost":
                return self.llm_cost
        value = None if "." in key else parameter(self._recorded, key)
        return self.model_name if value is None and key == "model" and message_format(self._recorded) else value

    def to_dict(self) -> dict[str, Any]:
        """MLflow's JSON form."""
        attributes = {
            "mlflow.traceRequestId": mlflow_trace_id(self.trace_id),
            "mlflow.spanType": self.span_type,
            **({} if self.inputs is None else {"mlflow.spanInputs": self.inputs}),
            **({} if self.outputs is None else {"mlflow.spanOutputs": self.outputs}),
            **{key: value for key in _CALL_KEYS if (value := self._attribute_of_call(key)) is not None},
            **self.attributes,
        }
        code, message = str(self.status), self.status.description
        if code == "CANCELLED":
            attributes[EXACT_STATUS] = code
            code, message = "ERROR", message or code
        return {
            "trace_id": id_to_base64(self.w3c_trace_id or trace_id_to_hex(self.trace_id)),
            "span_id": id_to_base64(self.span_id),
            "parent_span_id": None if self.parent_id is None else id_to_base64(self.parent_id),
            "name": self.name,
            "start_time_unix_nano": self.start_time_ns,
            "end_time_unix_nano": self.end_time_ns,
            "events": [
                {"name": event.name, "time_unix_nano": event.timestamp, "attributes": event.attributes}
                for event in self.events
            ],
            "status": {"code": f"STATUS_CODE_{code}", "message": message},
            "attributes": {key: json_text(value) for key, value in attributes.items()},
            "links": [{**link.to_dict(), "trace_id": mlflow_trace_id(link.trace_id)} for link in self.links],
        }

    def _attribute_of_call(self, key: str) -> Any:
        return self.attributes.get(key) if message_format(self._recorded) else None

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Span:
        """A span from the JSON form of MLflow 3 or MLflow 2. Raises ValueError for an invalid form."""
        try:
            return cls(**span_fields(document))
        except (KeyError, TypeError, AttributeError) as error:
            raise InvalidValueError(
                f"this is not a span in MLflow's JSON form: {error!r} in {str(document)[:200]}"
            ) from error

    from_dictionary = from_dict

    def _derived(self) -> dict[str, Any]:
        from ...store.conventions import dialects

        return dialects.derive(dialects.derivation(self._recorded), list(self._recorded.values()))


_CALL_KEYS = ("mlflow.llm.model", "mlflow.message.format", "mlflow.chat.tools", "mlflow.chat.tokenUsage")
"""Attributes that MLflow's JSON has for the model calls of instrumentors."""

USAGE_COLUMNS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
"""The derived columns of token counts, in the order of the parameters of `usage_counts`."""


def usage_counts(
    input_tokens: int | None, output_tokens: int | None, cache_read: int | None, cache_write: int | None
) -> dict[str, int] | None:
    """Token counts under MLflow's names; None if neither input nor output tokens are known."""
    if input_tokens is None and output_tokens is None:
        return None
    counts = {
        "input_tokens": input_tokens or 0,
        "output_tokens": output_tokens or 0,
        "total_tokens": (input_tokens or 0) + (output_tokens or 0),
    }
    if cache_read is not None:
        counts["cache_read_input_tokens"] = cache_read
    if cache_write is not None:
        counts["cache_creation_input_tokens"] = cache_write
    return counts


_OF_RECORDER = {"LiveSpan": ("spans.span", "Span"), "NoOpSpan": ("spans.no_op_span", "NoOpSpan")}
"""Names that MLflow has in this module. They are classes of `spans`, a room above this one: loaded on first use."""


def __getattr__(name: str) -> Any:
    if name in _OF_RECORDER:
        module, own_name = _OF_RECORDER[name]
        return getattr(import_module(f"{__package__.rpartition('.')[0]}.{module}"), own_name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
