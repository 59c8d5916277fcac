"""What user code reads of a span that is being recorded; MLflow's names."""

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


class SpanView(PendingSpan):
    """The reading half of a `Span`: copies, which change nothing."""

    __slots__ = ()

    is_live_span = True
    """Makes it an instance of `entities.Span`."""

    @property
    def trace_id(self) -> str:
        """32 lowercase hex digits, W3C."""
        return self.trace.trace_key.hex()

    @property
    def span_id(self) -> str:
        """16 lowercase hex digits, W3C."""
        return ids.span_hex(self.span_key)

    @property
    def parent_id(self) -> str | None:
        """The parent's span id, None for a root."""
        return None if self.parent_key is None else ids.span_hex(self.parent_key)

    @property
    def span_type(self) -> str:
        """The kind of operation."""
        return self.kind

    @property
    def start_time_ns(self) -> int:
        """Unix nanoseconds."""
        return self.start_ns

    @property
    def end_time_ns(self) -> int | None:
        """Unix nanoseconds; None while the span is open."""
        return self.end_ns

    @property
    def status(self) -> SpanStatus:
        """UNSET while nothing was said, then OK, ERROR or CANCELLED: text with MLflow's fields."""
        return SpanStatus(self.status_code or "UNSET", self.status_message or "")

    @property
    def inputs(self) -> Any:
        """What was recorded as inputs, or None."""
        return None if self.inputs_value is UNSET else self.inputs_value

    @property
    def outputs(self) -> Any:
        """What was recorded as outputs, or None."""
        return None if self.outputs_value is UNSET else self.outputs_value

    @property
    def attributes(self) -> dict[str, Any]:
        """A copy of the attributes."""
        return dict(self.attribute_values)

    def get_attribute(self, key: str) -> Any:
        """One attribute, or None. MLflow's reserved keys give what the span's fields hold."""
        value = self.attribute_values.get(key)
        if value is None and key.startswith("mlflow."):
            return self._as_recorded().get_attribute(key)
        return value

    @property
    def description(self) -> Any:
        """What the operation is for, or None."""
        return self.attribute_values.get(DESCRIPTION)

    @property
    def log_level(self) -> SpanLogLevel:
        """How much the operation matters: what was said, or else what spans of its type do."""
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
        """The model, by whichever dialect's attribute names it."""
        return self._as_recorded().model_name

    @property
    def llm_cost(self) -> dict[str, float] | None:
        """`total_cost` in US dollars, by whichever dialect's attribute tells it."""
        return self._as_recorded().llm_cost

    def to_dict(self) -> dict[str, Any]:
        """The span as it is now, in MLflow's JSON form."""
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
