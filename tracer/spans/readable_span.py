"""The properties of a recorded span that user code reads, under MLflow's names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...store.model.rows import UNSET
from ..parts import ids
from ..parts.arguments import DESCRIPTION, LOG_LEVEL
from ..parts.event import SpanEvent
from ..parts.link import Link
from ..parts.log_level import SpanLogLevel, log_level_or_default
from ..parts.status import SpanStatus
from .pending_span import PendingSpan

if TYPE_CHECKING:
    from ..entities.span import Span as RecordedSpan


class ReadableSpan(PendingSpan):
    """The reading half of a `Span`. All values are copies: changing them does not change the span."""

    __slots__ = ()

    is_live_span = True
    """Makes it an instance of `entities.Span`."""

    @property
    def trace_id(self) -> str:
        """32 lowercase hex digits, as in W3C Trace Context."""
        return self.trace.trace_key.hex()

    @property
    def span_id(self) -> str:
        """16 lowercase hex digits, as in W3C Trace Context."""
        return ids.span_hex(self.span_key)

    @property
    def parent_id(self) -> str | None:
        """The span id of the parent; None for a root."""
        return None if self.parent_key is None else ids.span_hex(self.parent_key)

    @property
    def span_type(self) -> str:
        """The type of the operation, such as `LLM`."""
        return self.kind

    @property
    def start_time_ns(self) -> int:
        """Start in Unix nanoseconds."""
        return self.start_ns

    @property
    def end_time_ns(self) -> int | None:
        """End in Unix nanoseconds; None while the span is open."""
        return self.end_ns

    @property
    def status(self) -> SpanStatus:
        """UNSET while the span is open, unless it was set; then OK, ERROR or CANCELLED."""
        return SpanStatus(self.status_code or "UNSET", self.status_message or "")

    @property
    def inputs(self) -> Any:
        """The recorded inputs, or None."""
        return None if self.inputs_value is UNSET else self.inputs_value

    @property
    def outputs(self) -> Any:
        """The recorded outputs, or None."""
        return None if self.outputs_value is UNSET else self.outputs_value

    @property
    def attributes(self) -> dict[str, Any]:
        """A copy of the attributes."""
        return dict(self.attribute_values)

    def get_attribute(self, key: str) -> Any:
        """Return one attribute, or None. MLflow's reserved keys return the values of the span's fields."""
        value = self.attribute_values.get(key)
        if value is None and key.startswith("mlflow."):
            return self._as_recorded().get_attribute(key)
        return value

    @property
    def description(self) -> Any:
        """A description of the operation, or None."""
        return self.attribute_values.get(DESCRIPTION)

    @property
    def log_level(self) -> SpanLogLevel:
        """The level that was set, or else the default level of the span type."""
        return log_level_or_default(self.attribute_values.get(LOG_LEVEL), self.kind)

    @property
    def events(self) -> list[SpanEvent]:
        """The events so far."""
        return [SpanEvent.from_record(event) for event in self.event_list or ()]

    @property
    def links(self) -> list[Link]:
        """The links so far."""
        return [Link.from_record(link) for link in self.link_list or ()]

    @property
    def request_id(self) -> str:
        """MLflow's former name of `trace_id`."""
        return self.trace_id

    @property
    def model_name(self) -> str | None:
        """The model, from whichever convention's attribute names it."""
        return self._as_recorded().model_name

    @property
    def llm_cost(self) -> dict[str, float] | None:
        """`total_cost` in US dollars, from whichever convention's attribute has it."""
        return self._as_recorded().llm_cost

    def to_dict(self) -> dict[str, Any]:
        """Return the span as it is now, in MLflow's JSON form."""
        return self._as_recorded().to_dict()

    def _as_recorded(self) -> RecordedSpan:
        from ..entities.span import Span as RecordedSpan

        return RecordedSpan(
            self.name,
            self.trace_id,
            self.span_id,
            self.parent_id,
            self.span_type,
            self.start_time_ns,
            self.end_time_ns,
            self.status,
            self.inputs,
            self.outputs,
            self.attributes,
            self.events,
            self.links,
        )

    def __repr__(self) -> str:
        return f"Span(name={self.name!r}, trace_id={self.trace_id}, span_id={self.span_id}, status={self.status})"
