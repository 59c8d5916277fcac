"""The setters of a span that is being recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...store.model.rows import CANCELLED, ERROR, OK
from .. import guard
from ..parts import clock
from ..parts.arguments import DESCRIPTION, LOG_LEVEL
from ..parts.clock import parse_unix_ns
from ..parts.event import error_text, exception_attributes
from ..parts.link import Link, link_ids
from ..parts.log_level import parse_log_level
from ..values.bounds import finite_entries, finite_items
from ..values.snapshot import ATOMS, snapshot, text_of
from .readable_span import ReadableSpan


class WritableSpan(ReadableSpan):
    """The setters of a `Span`. They change nothing once the span has ended, and never raise."""

    __slots__ = ()

    def set_inputs(self, inputs: Any) -> None:
        """Record the inputs of the operation: any value. The value is copied at once."""
        try:
            if self.end_ns is None:
                self.inputs_value = inputs if type(inputs) in ATOMS else snapshot(inputs)
        except Exception:
            guard.fault("recording inputs")

    def set_outputs(self, outputs: Any) -> None:
        """Record the outputs of the operation: any value. The value is copied at once."""
        try:
            if self.end_ns is None:
                self.outputs_value = outputs if type(outputs) in ATOMS else snapshot(outputs)
        except Exception:
            guard.fault("recording outputs")

    def set_attribute(self, key: str, value: Any) -> None:
        """Set one attribute: any value. Filters can compare numbers, strings and booleans."""
        try:
            if self.end_ns is None:
                self.attribute_values[key if type(key) is str else text_of(key)] = (
                    value if type(value) in ATOMS else snapshot(value)
                )
        except Exception:
            guard.fault("setting an attribute")

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        """Set several attributes."""
        try:
            if self.end_ns is None:
                values = self.attribute_values
                entries = attributes if type(attributes) is dict else finite_entries(attributes)
                for key, value in entries.items():
                    values[key if type(key) is str else text_of(key)] = (
                        value if type(value) in ATOMS else snapshot(value)
                    )
        except Exception:
            guard.fault("setting attributes")

    def set_status(self, status: Any) -> None:
        """Set the status: "OK", "ERROR", or an object with `status_code` and `description` (MLflow's SpanStatus)."""
        try:
            code = getattr(status, "status_code", status)
            code = str(getattr(code, "value", code)).upper().rpartition(".")[2].removeprefix("STATUS_CODE_")
            if code not in (OK, ERROR, CANCELLED, "UNSET"):
                guard.warn("status", f"span status {status!r} is not one of OK, ERROR, CANCELLED, UNSET; it is ignored")
                return
            if self.end_ns is None:
                self.status_code = None if code == "UNSET" else code
                if description := getattr(status, "description", None):
                    self.status_message = str(description)
                elif code == OK:
                    self.status_message = None
        except Exception:
            guard.fault("setting a status")

    def set_span_type(self, span_type: str) -> None:
        """Set the type of the operation: one of `SpanType`, or any other name."""
        try:
            if self.end_ns is None:
                self.kind = str(span_type)
        except Exception:
            guard.fault("setting a span type")

    def set_description(self, description: str) -> None:
        """Set a description of the operation."""
        self.set_attribute(DESCRIPTION, str(description))

    def set_log_level(self, level: Any) -> None:
        """Set the importance of the operation, by MLflow's names or numbers: "DEBUG" to "CRITICAL", or 10 to 50."""
        if (number := parse_log_level(level)) is not None:
            self.set_attribute(LOG_LEVEL, number)

    def add_event(self, name: Any, attributes: Mapping[str, Any] | None = None, timestamp: int | None = None) -> None:
        """Add an event, now or at `timestamp` (Unix nanoseconds).

        `name` may also be an object with `name`, `attributes` and `timestamp` (MLflow's SpanEvent).
        """
        try:
            if self.end_ns is not None:
                return
            if not isinstance(name, str):
                attributes = attributes or getattr(name, "attributes", None)
                timestamp = getattr(name, "timestamp", None) if timestamp is None else timestamp
                name = getattr(name, "name", name)
            time_ns = None if timestamp is None else parse_unix_ns(timestamp)
            event = {
                "name": str(name),
                "time_ns": self.trace.wall_offset_ns + clock.monotonic_ns() if time_ns is None else time_ns,
                "attributes": snapshot(finite_entries(attributes)) if attributes else {},
            }
            if self.event_list is None:
                self.event_list = [event]
            else:
                self.event_list.append(event)
        except Exception:
            guard.fault("adding an event")

    def add_link(self, link: Link) -> None:
        """Add a link to a span of this or another trace. Ignores a link without valid ids, and warns once."""
        try:
            if self.end_ns is not None:
                return
            attributes = getattr(link, "attributes", None)
            record = {**link_ids(link), "attributes": snapshot(finite_entries(attributes)) if attributes else {}}
            if self.link_list is None:
                self.link_list = [record]
            else:
                self.link_list.append(record)
        except ValueError as error:
            guard.warn("link", f"{error}; it is ignored")
        except Exception:
            guard.fault("adding a link")

    def add_links(self, links: Iterable[Link]) -> None:
        """Add several links."""
        try:
            for link in finite_items(links):
                self.add_link(link)
        except Exception:
            guard.fault("adding links")

    def record_exception(self, exception: BaseException | str) -> None:
        """Add an `exception` event in the form of the OpenTelemetry conventions, and set the status to ERROR.

        The stack trace is stored on the innermost span that the exception leaves, not again on the spans around it.
        """
        try:
            if self.end_ns is not None:
                return
            if isinstance(exception, str):
                attributes = {"exception.message": exception, "exception.type": "Exception"}
                message = exception
            else:
                attributes, message = exception_attributes(exception, self.trace), error_text(exception)
            self.add_event("exception", attributes)
            self.status_code = ERROR
            self.status_message = self.status_message or message
        except Exception:
            guard.fault("recording an exception")
