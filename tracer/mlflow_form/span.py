"""The fields of a `Span`, read from the JSON form of MLflow 3 or MLflow 2.

MLflow 2 has hex ids in `context`, and other names for times and status:

    {"name": "a", "context": {"trace_id": "0x12..", "span_id": "0x34.."}, "parent_id": null, "start_time": 1,
     "end_time": 2, "status_code": "OK", "status_message": "", "attributes": {...}, "events": [...]}

Values of attributes are JSON text in both forms.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..exceptions import InvalidValueError
from ..parts.event import SpanEvent
from ..parts.ids import normalize_trace_id
from ..parts.link import Link, link_ids
from ..parts.status import SpanStatus
from .json_values import id_to_hex, json_value

EXACT_STATUS = "tracetui.status"
"""An attribute of the JSON form only: MLflow has no status CANCELLED."""

_RESERVED = ("mlflow.traceRequestId", "mlflow.spanType", "mlflow.spanInputs", "mlflow.spanOutputs")


def span_fields(document: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of `Span`. Raises ValueError, KeyError, TypeError or AttributeError for an invalid form."""
    if "context" in document:
        document = _as_version_3(document)
    attributes = {key: json_value(text) for key, text in (document.get("attributes") or {}).items()}
    status = document.get("status") or {}
    parent = document.get("parent_span_id")
    hex_id = _hex_or_none(document["trace_id"])
    named = normalize_trace_id(attributes.get("mlflow.traceRequestId") or hex_id or document["trace_id"])
    end = document.get("end_time_unix_nano")
    return {
        "name": str(document["name"]),
        "trace_id": named,
        "span_id": id_to_hex(document["span_id"], 8),
        "parent_id": id_to_hex(parent, 8) if parent else None,
        "span_type": str(attributes.get("mlflow.spanType") or "UNKNOWN"),
        "start_time_ns": int(document["start_time_unix_nano"]),
        "end_time_ns": None if end is None else int(end),
        "status": SpanStatus(
            attributes.pop(EXACT_STATUS, None) or status.get("code") or "UNSET", status.get("message") or ""
        ),
        "inputs": attributes.get("mlflow.spanInputs"),
        "outputs": attributes.get("mlflow.spanOutputs"),
        "attributes": {key: value for key, value in attributes.items() if key not in _RESERVED},
        "events": [
            SpanEvent(event["name"], int(event.get("time_unix_nano") or 0), event.get("attributes"))
            for event in document.get("events") or ()
        ],
        "links": [_link(link) for link in document.get("links") or ()],
        "w3c_trace_id": None if hex_id == named else hex_id,
    }


def _as_version_3(document: Mapping[str, Any]) -> dict[str, Any]:
    events = [{**event, "time_unix_nano": event.get("timestamp")} for event in document.get("events") or ()]
    return {
        "name": document["name"],
        "trace_id": document["context"]["trace_id"],
        "span_id": document["context"]["span_id"],
        "parent_span_id": document.get("parent_id"),
        "start_time_unix_nano": document["start_time"],
        "end_time_unix_nano": document.get("end_time"),
        "status": {"code": document.get("status_code"), "message": document.get("status_message")},
        "attributes": document.get("attributes"),
        "events": events,
        "links": document.get("links"),
    }


def _hex_or_none(trace_id: str) -> str | None:
    """The hex digits of a trace id, or None for a text of another form, which MLflow 3.5 wrote too."""
    try:
        return id_to_hex(trace_id, 16)
    except InvalidValueError:
        return None


def _link(document: Mapping[str, Any]) -> Link:
    link = Link.from_dict(document)
    try:
        return Link(**link_ids(link), attributes=link.attributes)
    except ValueError:  # the id of the linked trace is not made of hex digits
        return link
