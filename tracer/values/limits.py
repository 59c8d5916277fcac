"""Limits of what one span and its trace may write to the file, with an exact note of what was truncated."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from ...store.model.rows import TraceRecord
from ...store.text.json_text import encode

CUT_KEY = "tracetui.cut."
"""Prefix of notes of the original bytes of what was truncated: the attributes `tracetui.cut.inputs`, `.outputs`,
`.events`, `.links`, `.attributes` and `.attribute_names`, and the trace metadata `tracetui.cut.tags`, `.tag_names`,
`.metadata`, `.metadata_names`, `.session_id` and so on. `streams` adds its own note of chunks."""

NAME_CHARS = 1_024
"""Maximum characters of the name of an attribute, a tag, or a metadata entry."""

TEXTS_OF_TRACE = ("request_preview", "response_preview", "session_id", "user_id", "client_request_id")
"""Text fields of a trace that user code sets, besides tags and metadata."""

_NOTE_BYTES = 128
"""Bytes reserved for notes."""

_LINK_BYTES = 98
"""JSON bytes of a link without attributes."""

_EVENT_BYTES = 64
"""JSON bytes of an event without name and attributes."""


def truncate(value: Any, max_bytes: int) -> Any:
    """Return a copy of a snapshot whose JSON has at most `max_bytes`, apart from notes.

    Long strings keep their beginning, containers their first entries. A note says how much is missing.
    """
    return _Truncator(max(0, max_bytes - _NOTE_BYTES)).truncate(value)


def truncate_links(links: list[dict[str, Any]], max_bytes: int) -> list[Any]:
    """Truncate the links of a span like `truncate`, but keep their ids."""
    return _truncate_records(links, max_bytes, "links", _LINK_BYTES, {"trace_id", "span_id"})


def truncate_events(events: list[dict[str, Any]], max_bytes: int) -> list[Any]:
    """Truncate the events of a span like `truncate`, but keep their times."""
    return _truncate_records(events, max_bytes, "events", _EVENT_BYTES, {"time_ns"})


def _truncate_records(
    records: list[dict[str, Any]], max_bytes: int, what: str, own_bytes: int, whole: Container[str]
) -> list[Any]:
    truncator = _Truncator(max(0, max_bytes - _NOTE_BYTES))
    kept: list[Any] = []
    for count, record in enumerate(records):
        if not truncator.spend(own_bytes):
            kept.append(f"[{len(records) - count} of {len(records)} {what} cut]")
            break
        kept.append({key: value if key in whole else truncator.truncate(value) for key, value in record.items()})
    return kept


def truncate_name(name: str) -> str:
    """Return a name of at most `NAME_CHARS`, apart from its note."""
    return name if len(name) <= NAME_CHARS else _with_note(name[:NAME_CHARS], name)


def unique_name(name: str, taken: Container[str]) -> str:
    """Return `name`, with a number if it is in `taken`, so that no value is lost."""
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free


def truncate_entries(entries: dict[str, Any], max_value_bytes: int, max_bytes: int) -> tuple[dict[str, Any], int, int]:
    """Return entries within the limits, and the original bytes of truncated values and of truncated names."""
    kept: dict[str, Any] = {}
    cut_bytes = names_bytes = 0
    left = max_bytes
    for key, value in entries.items():
        if len(key) > NAME_CHARS:
            names_bytes += len(encode(key))
            key = truncate_name(key)
        if type(value) in (str, dict, list):
            most = min(left, max_value_bytes)
            size = len(encode(value))
            if size > most:
                cut_bytes += size
                value = truncate(value, most)
                size = min(size, most)
            left -= size
        kept[unique_name(key, kept)] = value
    return kept, cut_bytes, names_bytes


def truncate_trace(trace: TraceRecord, max_value_bytes: int, max_bytes: int) -> None:
    """Truncate the labels and texts of a trace record in place. Notes go into its metadata."""
    notes: dict[str, str] = {}
    for field in ("tags", "metadata"):
        if entries := getattr(trace, field):
            kept, cut_bytes, names_bytes = truncate_entries(entries, max_value_bytes, max_bytes)
            if cut_bytes:
                notes[CUT_KEY + field] = str(cut_bytes)
            if names_bytes:
                notes[CUT_KEY + field.removesuffix("s") + "_names"] = str(names_bytes)
            if cut_bytes or names_bytes:
                setattr(trace, field, kept)
    for field in TEXTS_OF_TRACE:
        if text := getattr(trace, field):
            size = len(encode(text))
            if size > max_value_bytes:
                notes[CUT_KEY + field] = str(size)
                setattr(trace, field, truncate(text, max_value_bytes))
    if notes:
        trace.metadata = {**(trace.metadata or {}), **notes}


class _Truncator:
    """Truncates one value to a budget of bytes, depth first."""

    def __init__(self, budget: int) -> None:
        self._left = budget

    def spend(self, size_bytes: int) -> bool:
        """Spend `size_bytes` of the budget and return True; return False if less is left."""
        if self._left < size_bytes:
            return False
        self._left -= size_bytes
        return True

    def truncate(self, value: Any) -> Any:
        kind = type(value)
        if kind is str:
            return self._truncate_text(value)
        if kind is dict:
            shown: dict[str, Any] = {}
            for count, (key, item) in enumerate(value.items()):
                if self._left <= 0 or not self.spend(len(encode(key)) + 2):
                    shown["tracetui.cut"] = f"{len(value) - count} of {len(value)} entries cut"
                    break
                shown[key] = self.truncate(item)
            return shown
        if kind is list:
            entries: list[Any] = []
            for count, item in enumerate(value):
                if self._left <= 0:
                    entries.append(f"[{len(value) - count} of {len(value)} entries cut]")
                    break
                self._left -= 1
                entries.append(self.truncate(item))
            return entries
        self._left -= len(encode(value))
        return value

    def _truncate_text(self, text: str) -> str:
        size = len(encode(text))
        if self.spend(size):
            return text
        most = max(0, self._left)
        kept = text[:most]
        while kept and (size := len(encode(kept)) - 2) > most:  # escaped characters take up to six bytes
            kept = kept[: len(kept) * most // size]
        self._left = 0
        return _with_note(kept, text)


def _with_note(kept: str, text: str) -> str:
    return f"{kept}[{len(text) - len(kept)} of {len(text)} characters cut]"
