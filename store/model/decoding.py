"""Decode stored values: text of any encoding, attribute values, JSON objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..text import json_text

if TYPE_CHECKING:
    from .rows import SpanDetail


def links_of(detail: SpanDetail) -> list[Any]:
    """Return the links of a span: objects of trace_id, span_id and attributes, and a note if links were dropped."""
    links = json_text.decode_or_text(detail.links) if detail.links else []
    return links if isinstance(links, list) else [links]


def events_of(detail: SpanDetail | None) -> list[Mapping[str, Any]]:
    """Return the events of a span: objects of name, time_ns and attributes. Other entries of the list are ignored."""
    events = json_text.decode_or_text(detail.events) if detail is not None and detail.events else []
    return [event for event in events if isinstance(event, Mapping)] if isinstance(events, list) else []


def attribute_value(value: Any, type: str | None) -> Any:
    """Return the value that was set for an attribute, from the columns `value` and `type`."""
    if type is None:
        return value
    if type == "bool":
        return bool(value)
    if type == "json" and isinstance(value, str):
        return json_text.decode_or_text(value)
    return value


def decode_text(stored: bytes) -> str:
    """Return stored text of any bytes, with lone surrogates."""
    try:
        return stored.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:  # text that another program has written in another encoding must not hide its row
        return stored.decode("utf-8", "replace")


def strings(document: str | None) -> dict[str, str]:
    """Return the entries of a JSON object of tags or metadata; empty for any other JSON."""
    value = json_text.decode_or_text(document) if document else {}
    entries = value if isinstance(value, dict) else {}
    present = ((key, entry) for key, entry in entries.items() if entry is not None)
    return {key: entry if isinstance(entry, str) else str(entry) for key, entry in present}
