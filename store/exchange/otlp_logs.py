"""Logs of OTLP in JSON: `ExportLogsServiceRequest`; the mapping is that of `otlp`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .document import FormatError, Refuse, Resource
from .fields import entries, hex_bytes, span_key, text, time_ns
from .log_records import LogBatch, LogRecord, name_of
from .otlp import any_value, attributes, either, listed, resource_of


def read(document: Any, refuse: Refuse) -> LogBatch:
    """Return the records of a request. Raises FormatError for a document of another form."""
    if not isinstance(document, Mapping) or not isinstance(either(document, "resourceLogs"), list):
        raise FormatError("not OTLP: there is no list `resourceLogs`")
    records: list[LogRecord] = []
    refused = 0
    for of_resource in listed(document, "resourceLogs"):
        try:
            of_resource = entries(of_resource, "an entry of resourceLogs")
            resource = resource_of(attributes(entries(of_resource.get("resource"), "resource").get("attributes")))
            found = [
                record
                for of_scope in listed(of_resource, "scopeLogs")
                for record in listed(entries(of_scope, "an entry of scopeLogs"), "logRecords")
            ]
        except FormatError as error:
            refuse(str(error))
            continue
        for one in found:
            try:
                records.append(_record(entries(one, "a log record"), resource))
            except FormatError as error:
                refused += 1
                refuse(str(error))
    return LogBatch(records, refused)


def _record(one: Mapping[str, Any], resource: Resource) -> LogRecord:
    trace_id, span_id = either(one, "traceId"), either(one, "spanId")
    own = attributes(one.get("attributes"))
    return LogRecord(
        resource,
        hex_bytes(trace_id, 16, "traceId") if trace_id and trace_id != "0" * 32 else None,
        span_key(span_id, "spanId") if span_id and span_id != "0" * 16 else None,
        time_ns(either(one, "timeUnixNano"), "timeUnixNano")
        or time_ns(either(one, "observedTimeUnixNano"), "observedTimeUnixNano"),
        name_of(text(either(one, "eventName")), own),
        any_value(one.get("body")),
        text(either(one, "severityText")),
        own,
    )
