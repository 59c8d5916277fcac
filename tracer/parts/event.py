"""A point in time on a span."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import clock


class SpanEvent:
    """What happened when, as MLflow has it: `name`, `timestamp` in Unix nanoseconds, `attributes`."""

    __slots__ = ("attributes", "name", "timestamp")

    def __init__(self, name: str, timestamp: int | None = None, attributes: Mapping[str, Any] | None = None) -> None:
        """An event now, or at `timestamp`."""
        self.name = name
        self.timestamp = clock.wall_ns() if timestamp is None else timestamp
        self.attributes = dict(attributes or {})

    @classmethod
    def from_exception(cls, exception: BaseException) -> SpanEvent:
        """The `exception` event of the OpenTelemetry conventions."""
        from .stack_trace import format_stack_trace

        return cls(
            "exception",
            None,
            {
                "exception.type": type(exception).__qualname__,
                "exception.message": str(exception),
                "exception.stacktrace": format_stack_trace(exception),
            },
        )

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> SpanEvent:
        """From the form in which events are recorded and stored."""
        return cls(str(record.get("name")), record.get("time_ns") or 0, record.get("attributes") or {})

    def json(self) -> dict[str, Any]:
        """The event as a dict, its attributes as JSON text, as MLflow has it."""
        import json

        attributes = json.dumps(self.attributes, default=str) if self.attributes else None
        return {"name": self.name, "timestamp": self.timestamp, "attributes": attributes}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SpanEvent):
            return NotImplemented
        return (self.name, self.timestamp, self.attributes) == (other.name, other.timestamp, other.attributes)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"SpanEvent(name={self.name!r}, timestamp={self.timestamp}, attributes={self.attributes!r})"
