"""A point in time on a span, and the `exception` event of the OpenTelemetry conventions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..host.exceptions import is_from_host
from ..values.bounds import finite_entries
from . import clock

if TYPE_CHECKING:
    from traceback import TracebackException

    from ...store.model.rows import TraceRecord

MAX_STACK_TRACE_CHARS = 65_536
"""Characters kept of a formatted stack trace. The end is kept, because it has the innermost frames."""

_TRACER_FOLDER = str(Path(__file__).parents[1])

_MARK = "_tracetui_recorded_in"
"""Attribute set on an exception: the key of the trace in which a span already holds its stack trace."""


class SpanEvent:
    """An event as MLflow has it: `name`, `timestamp` in Unix nanoseconds, `attributes`."""

    __slots__ = ("attributes", "name", "timestamp")

    def __init__(self, name: str, timestamp: int | None = None, attributes: Mapping[str, Any] | None = None) -> None:
        """Make an event at `timestamp`, by default now."""
        self.name = name
        self.timestamp = clock.wall_ns() if timestamp is None else timestamp
        self.attributes = {} if attributes is None else dict(finite_entries(attributes))

    @classmethod
    def from_exception(cls, exception: BaseException) -> SpanEvent:
        """Return the `exception` event of the OpenTelemetry conventions."""
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
        """Return an event from the form in which events are recorded and stored."""
        return cls(str(record.get("name")), record.get("time_ns") or 0, record.get("attributes") or {})

    def json(self) -> dict[str, Any]:
        """Return the event as a dict in MLflow's form, with the attributes as JSON text."""
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


def error_text(error: BaseException) -> str:
    """Return type and message, as in `ValueError: bad`: MLflow's form of a status message."""
    try:
        text = str(error)
    except BaseException as raised:
        if is_from_host(raised):
            raise
        text = "<exception whose str() fails>"
    name = type(error).__qualname__
    return f"{name}: {text}" if text else name


def exception_attributes(error: BaseException, trace: TraceRecord) -> dict[str, Any]:
    """Return the attributes of an `exception` event: type, message, and the stack trace.

    The stack trace is left out if another span of `trace` already holds it.
    """
    kind = type(error)
    attributes: dict[str, Any] = {
        "exception.type": kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}",
        "exception.message": error_text(error).partition(": ")[2],
    }
    if getattr(error, _MARK, None) != trace.trace_key:
        attributes["exception.stacktrace"] = format_stack_trace(error)
        try:
            setattr(error, _MARK, trace.trace_key)
        except Exception:  # an exception class with __slots__: each span then holds its own copy
            return attributes
    else:
        attributes["exception.escaped"] = True
    return attributes


def format_stack_trace(error: BaseException) -> str:
    """Return what Python prints for `error`, with causes and contexts, without the tracer's own frames."""
    from traceback import TracebackException  # loads linecache and tokenize: only when something fails

    formatted = TracebackException.from_exception(error, compact=True)
    link: TracebackException | None = formatted
    while link is not None:
        link.stack[:] = [frame for frame in link.stack if not frame.filename.startswith(_TRACER_FOLDER)]
        link = link.__cause__ or link.__context__
    return "".join(formatted.format())[-MAX_STACK_TRACE_CHARS:]
