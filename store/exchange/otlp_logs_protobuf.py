"""Logs and metrics of OTLP in protobuf. Importing this module needs the extra `collect`."""

from __future__ import annotations

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord as Message

from . import otlp
from .document import FormatError, Refuse, Resource
from .log_records import LogBatch, LogRecord, name_of
from .otlp_protobuf import any_value, attributes, span_key

_END_NS = 1 << 63


def read(body: bytes, refuse: Refuse) -> LogBatch:
    """Return the records of a request. Raises FormatError for a body that is no such message."""
    try:
        message = ExportLogsServiceRequest.FromString(body)
    except DecodeError as error:
        raise FormatError(f"not an ExportLogsServiceRequest in protobuf: {error}") from None
    records: list[LogRecord] = []
    refused = 0
    for of_resource in message.resource_logs:
        resource = otlp.resource_of(attributes(of_resource.resource.attributes))
        for of_scope in of_resource.scope_logs:
            for one in of_scope.log_records:
                try:
                    records.append(_record(one, resource))
                except FormatError as error:
                    refused += 1
                    refuse(str(error))
    return LogBatch(records, refused)


def metric_points(body: bytes) -> int:
    """Return the number of data points in a request for metrics. Raises FormatError."""
    try:
        message = ExportMetricsServiceRequest.FromString(body)
    except DecodeError as error:
        raise FormatError(f"not an ExportMetricsServiceRequest in protobuf: {error}") from None
    return sum(
        len(getattr(metric, kind).data_points)
        for of_resource in message.resource_metrics
        for of_scope in of_resource.scope_metrics
        for metric in of_scope.metrics
        if (kind := metric.WhichOneof("data")) is not None
    )


def _record(one: Message, resource: Resource) -> LogRecord:
    if any(one.trace_id) and len(one.trace_id) != 16:
        raise FormatError("a log record has a trace id that is not 16 bytes")
    if any(one.span_id) and len(one.span_id) != 8:
        raise FormatError("a log record has a span id that is not 8 bytes")
    own = attributes(one.attributes)
    return LogRecord(
        resource,
        one.trace_id if any(one.trace_id) else None,
        span_key(one.span_id) if any(one.span_id) else None,
        (one.time_unix_nano or one.observed_time_unix_nano) % _END_NS,
        name_of(one.event_name, own),
        any_value(one.body, one.body.WhichOneof("value")),
        one.severity_text,
        own,
    )
