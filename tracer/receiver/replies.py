"""Replies of OTLP/HTTP, in the encoding of the request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.responses import Response

JSON = "application/json"
PROTOBUF = "application/x-protobuf"

_INVALID_ARGUMENT = 3
_RESOURCE_EXHAUSTED = 8
_INTERNAL = 13
_UNAVAILABLE = 14
_RPC_CODES = {413: _RESOURCE_EXHAUSTED, 429: _RESOURCE_EXHAUSTED, 500: _INTERNAL, 503: _UNAVAILABLE}
"""The code of `google.rpc.Code` for an HTTP status; any other status is of an invalid argument."""

_REASONS_SHOWN = 3


_REPLIES: Mapping[str, tuple[type[Message], str]] = {
    "traces": (ExportTraceServiceResponse, "rejected_spans"),
    "logs": (ExportLogsServiceResponse, "rejected_log_records"),
    "metrics": (ExportMetricsServiceResponse, "rejected_data_points"),
}
"""The reply for each signal, and the field of its partial success that counts what was refused."""


def success(content_type: str, signal: str, refused: int, reasons: list[str]) -> Response:
    """Confirm a request; `refused` spans, records or points cannot be kept, for these reasons."""
    return _encoded(message(signal, refused, reasons), content_type, 200)


def message(signal: str, refused: int, reasons: list[str]) -> Message:
    """Return the reply that confirms a request; see `success`."""
    kind, field = _REPLIES[signal]
    reply: Any = kind()
    if refused or reasons:
        shown = "; ".join(reasons[:_REASONS_SHOWN]) + "; ..." * (len(reasons) > _REASONS_SHOWN)
        setattr(reply.partial_success, field, refused)
        reply.partial_success.error_message = shown
    confirmed: Message = reply
    return confirmed


def failure(content_type: str, http_status: int, message: str, retry_after_s: int | None = None) -> Response:
    """Refuse a request, with the time after which the same request may succeed, if it may."""
    status = Status(code=_RPC_CODES.get(http_status, _INVALID_ARGUMENT), message=message)
    reply = _encoded(status, content_type, http_status)
    if retry_after_s is not None:
        reply.headers["Retry-After"] = str(retry_after_s)
    return reply


def _encoded(message: Message, content_type: str, http_status: int) -> Response:
    if content_type == JSON:
        return Response(MessageToJson(message, indent=None), http_status, media_type=JSON)
    return Response(message.SerializeToString(), http_status, media_type=PROTOBUF)
