"""What readers make of stored values: text of any bytes, attributes as they were set, objects that are JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..text import json_text

if TYPE_CHECKING:
    from .rows import SpanDetail


def links_of(detail: SpanDetail) -> list[Any]:
    """The links of a span: objects of trace_id, span_id and attributes, and a note where some were cut."""
    links = json_text.decode_or_text(detail.links) if detail.links else []
    return links if isinstance(links, list) else [links]


def attribute_value(value: Any, type: str | None) -> Any:
    """The value of an attribute as it was set, from the columns `value` and `type`."""
    if type is None:
        return value
    if type == "bool":
        return bool(value)
    if type == "json" and isinstance(value, str):
        return json_text.decode_or_text(value)
    return value


def decode_text(stored: bytes) -> str:
    """Stored text, whatever its bytes; lone surrogates come back as they were."""
    try:
        return stored.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:  # text of another encoding, by another program, must not hide the row it is in
        return stored.decode("utf-8", "replace")


def strings(document: str | None) -> dict[str, str]:
    """The entries of a JSON object, of tags or metadata; none of anything else."""
    value = json_text.decode_or_text(document) if document else {}
    entries = value if isinstance(value, dict) else {}
    told = ((key, entry) for key, entry in entries.items() if entry is not None)
    return {key: entry if isinstance(entry, str) else str(entry) for key, entry in told}
