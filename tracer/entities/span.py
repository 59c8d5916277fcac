"""A recorded span, read back: what it was, in MLflow's fields and in MLflow's JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from ..exceptions import InvalidValueError
from ..mlflow_form.attributes import SpanAttributes
from ..mlflow_form.autologged import chat_tools, is_chat, message_format, parameter
from ..mlflow_form.span import EXACT_STATUS, span_fields
from ..mlflow_form.texts import id_text, json_text, trace_digits
from ..parts.arguments import DESCRIPTION, LOG_LEVEL
from ..parts.event import SpanEvent
from ..parts.ids import mlflow_trace_id, normalize_trace_id
from ..parts.link import Link
from ..parts.log_level import SpanLogLevel, log_level_or_default
from ..parts.span_type import SpanType
from ..parts.status import SpanStatus, SpanStatusCode

__all__ = ["Span", "SpanStatusCode", "SpanType"]


class _SpanClass(type):
    """Makes a span that is being recorded an instance of `Span`, as it is of MLflow's."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return super().__instancecheck__(instance) or getattr(type(instance), "is_live_span", False)


@dataclass(eq=False, repr=False)
class Span(metaclass=_SpanClass):
    """One operation of a trace. Ids are hex, times Unix nanoseconds; `end_time_ns` is None while it is open.

    A span that is being recorded is an instance too.
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
    """What the file says that it cost, computed from tokens and prices where nobody told it."""
    w3c_trace_id: str | None = None
    """32 hex digits, where `trace_id` is text of another form."""

    def __post_init__(self) -> None:
        self.trace_id = normalize_trace_id(self.trace_id)
        self.attributes = SpanAttributes(self.attributes, self._derived_attribute)

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.attributes = SpanAttributes(self.attributes, self._derived_attribute)

    @property
    def _given(self) -> dict[str, Any]:
        """What was set, which derives nothing more."""
        return dict(self.attributes)

    @property
    def request_id(self) -> str:
        """The former name of `trace_id`."""
        return self.trace_id

    @property
    def duration_ns(self) -> int | None:
        """How long it took, None while it is open."""
        return None if self.end_time_ns is None else self.end_time_ns - self.start_time_ns

    @property
    def description(self) -> Any:
        """What the operation is for, or None."""
        return self._given.get(DESCRIPTION)

    @property
    def log_level(self) -> SpanLogLevel:
        """How much the operation matters: what was said, or else what spans of its type do."""
        return log_level_or_default(self._given.get(LOG_LEVEL), self.span_type)

    @property
    def model_name(self) -> str | None:
        """The model, by whichever dialect's attribute names it."""
        return self._derived().get("model")

    @property
    def model_provider(self) -> str | None:
        """The provider of the model."""
        return self._derived().get("provider")

    @property
    def token_usage(self) -> dict[str, int] | None:
        """input_tokens, output_tokens, total_tokens and what is known of the cache; None when nobody said."""
        derived = self._derived()
        return usage_words(*(derived.get(name) for name in USAGE_COLUMNS))

    @property
    def llm_cost(self) -> dict[str, float] | None:
        """US dollars: `total_cost`, and `input_cost` and `output_cost` where they are known; None when nobody said."""
        from .cost import cost_parts

        return cost_parts(self._given, self.cost_usd, self.start_time_ns).words()

    def __repr__(self) -> str:
        words = ("name", "trace_id", "span_id", "parent_id", "span_type")
        return f"Span({', '.join(f'{word}={getattr(self, word)!r}' for word in words)}, status={self.status})"

    def get_attribute(self, key: str) -> Any:
        """One attribute, or None. MLflow's keys give what the span's fields hold, or what its other attributes tell."""
        return self.attributes.get(key)

    def is_of_type(self, span_type: str) -> bool:
        """Whether the span has that type. A call that was given messages is a CHAT_MODEL as well as an LLM."""
        if self.span_type == span_type:
            return True
        return span_type == SpanType.CHAT_MODEL and self.span_type == SpanType.LLM and is_chat(self._given)

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
                return chat_tools(self._given)
            case "mlflow.message.format":
                return message_format(self._given)
            case "mlflow.llm.model":
                return self.model_name
            case "mlflow.llm.provider":
                return self.model_provider
            case "mlflow.llm.cost":
                return self.llm_cost
        told = None if "." in key else parameter(self._given, key)
        return self.model_name if told is None and key == "model" and message_format(self._given) else told

    def to_dict(self) -> dict[str, Any]:
        """MLflow's JSON form."""
        attributes = {
            "mlflow.traceRequestId": mlflow_trace_id(self.trace_id),
            "mlflow.spanType": self.span_type,
            **({} if self.inputs is None else {"mlflow.spanInputs": self.inputs}),
            **({} if self.outputs is None else {"mlflow.spanOutputs": self.outputs}),
            **{key: value for key in _OF_CALLS if (value := self._of_a_call(key)) is not None},
            **self.attributes,
        }
        code, message = str(self.status), self.status.description
        if code == "CANCELLED":
            attributes[EXACT_STATUS] = code
            code, message = "ERROR", message or code
        return {
            "trace_id": id_text(self.w3c_trace_id or trace_digits(self.trace_id)),
            "span_id": id_text(self.span_id),
            "parent_span_id": None if self.parent_id is None else id_text(self.parent_id),
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

    def _of_a_call(self, key: str) -> Any:
        return self.attributes.get(key) if message_format(self._given) else None

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Span:
        """A span from MLflow's JSON form, also that of MLflow 2. Raises ValueError for what is none."""
        try:
            return cls(**span_fields(document))
        except (KeyError, TypeError, AttributeError) as error:
            raise InvalidValueError(f"no span in MLflow's JSON form: {error!r} in {str(document)[:200]}") from error

    from_dictionary = from_dict

    def _derived(self) -> dict[str, Any]:
        from ...store.conventions import dialects

        return dialects.derive(dialects.derivation(self._given), list(self._given.values()))


_OF_CALLS = ("mlflow.llm.model", "mlflow.message.format", "mlflow.chat.tools", "mlflow.chat.tokenUsage")
"""What MLflow's JSON has of calls that were recorded by an instrumentor."""

USAGE_COLUMNS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")


def usage_words(
    input_tokens: int | None, output_tokens: int | None, cache_read: int | None, cache_write: int | None
) -> dict[str, int] | None:
    """Token counts under MLflow's names; None when none is known."""
    if input_tokens is None and output_tokens is None:
        return None
    words = {
        "input_tokens": input_tokens or 0,
        "output_tokens": output_tokens or 0,
        "total_tokens": (input_tokens or 0) + (output_tokens or 0),
    }
    if cache_read is not None:
        words["cache_read_input_tokens"] = cache_read
    if cache_write is not None:
        words["cache_creation_input_tokens"] = cache_write
    return words


_LIVE = {"LiveSpan": ("spans.span", "Span"), "NoOpSpan": ("spans.no_op_span", "NoOpSpan")}
"""MLflow has these names here. They are of the recorder, which a module of entities does not import."""


def __getattr__(name: str) -> Any:
    if name in _LIVE:
        module, of_recorder = _LIVE[name]
        return getattr(import_module(f"{__package__.rpartition('.')[0]}.{module}"), of_recorder)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
