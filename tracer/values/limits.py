"""Bounds on what one span and its trace may put into the file, with an exact note of what was cut."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from ...store.model.rows import TraceRecord
from ...store.text.json_text import encode

CUT_KEY = "tracetui.cut."
"""Attributes `tracetui.cut.inputs`, `.outputs`, `.events`, `.links`, `.attributes` and `.attribute_names`, and metadata
of the trace `tracetui.cut.tags`, `.tag_names`, `.metadata`, `.metadata_names`, `.session_id` and so on: the bytes that
what was cut had as a whole. `stream_meter.CUT_CHUNKS` is beside these."""

NAME_CHARS = 1_024
"""Of the name of an attribute, a tag, an entry of metadata."""

TEXTS_OF_TRACE = ("request_preview", "response_preview", "session_id", "user_id", "client_request_id")
"""Fields that user code gives a trace, beside tags and metadata."""

_NOTE_BYTES = 128
"""Kept free for notes."""

_LINK_BYTES = 98
"""A link without attributes, as JSON."""

_EVENT_BYTES = 64
"""An event without name and attributes, as JSON."""


def cut(value: Any, max_bytes: int) -> Any:
    """A copy of a snapshot whose JSON takes `max_bytes` at most, but for notes.

    Long strings keep their beginning, containers their first entries; a note where something is missing says how much.
    """
    return _Cutter(max(0, max_bytes - _NOTE_BYTES)).cut(value)


def cut_links(links: list[dict[str, Any]], max_bytes: int) -> list[Any]:
    """As `cut`, for the links of a span: their ids stay whole."""
    return _cut_records(links, max_bytes, "links", _LINK_BYTES, {"trace_id", "span_id"})


def cut_events(events: list[dict[str, Any]], max_bytes: int) -> list[Any]:
    """As `cut`, for the events of a span: their times stay."""
    return _cut_records(events, max_bytes, "events", _EVENT_BYTES, {"time_ns"})


def _cut_records(
    records: list[dict[str, Any]], max_bytes: int, what: str, own_bytes: int, whole: Container[str]
) -> list[Any]:
    cutter = _Cutter(max(0, max_bytes - _NOTE_BYTES))
    kept: list[Any] = []
    for count, record in enumerate(records):
        if not cutter.spend(own_bytes):
            kept.append(f"[{len(records) - count} of {len(records)} {what} cut]")
            break
        kept.append({key: value if key in whole else cutter.cut(value) for key, value in record.items()})
    return kept


def cut_name(name: str) -> str:
    """A name of at most `NAME_CHARS`, but for its note."""
    return name if len(name) <= NAME_CHARS else _with_note(name[:NAME_CHARS], name)


def free_name(name: str, taken: Container[str]) -> str:
    """The name, numbered where another became the same: neither value is lost."""
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free


def cut_entries(entries: dict[str, Any], max_value_bytes: int, max_bytes: int) -> tuple[dict[str, Any], int, int]:
    """Entries within the limits of a name, of a value and of all; the bytes that the cut values and names had."""
    kept: dict[str, Any] = {}
    cut_bytes = names_bytes = 0
    left = max_bytes
    for key, value in entries.items():
        if len(key) > NAME_CHARS:
            names_bytes += len(encode(key))
            key = cut_name(key)
        if type(value) in (str, dict, list):
            most = min(left, max_value_bytes)
            size = len(encode(value))
            if size > most:
                cut_bytes += size
                value = cut(value, most)
                size = min(size, most)
            left -= size
        kept[free_name(key, kept)] = value
    return kept, cut_bytes, names_bytes


def bound_trace(trace: TraceRecord, max_value_bytes: int, max_bytes: int) -> None:
    """Cut what user code said of a trace, in a copy of its record; its metadata tell of it."""
    notes: dict[str, str] = {}
    for field in ("tags", "metadata"):
        if entries := getattr(trace, field):
            kept, cut_bytes, names_bytes = cut_entries(entries, max_value_bytes, max_bytes)
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
                setattr(trace, field, cut(text, max_value_bytes))
    if notes:
        trace.metadata = {**(trace.metadata or {}), **notes}


class _Cutter:
    """Spends a budget of bytes, depth first."""

    def __init__(self, budget: int) -> None:
        self._left = budget

    def spend(self, size_bytes: int) -> bool:
        """Take this much of the budget, if it is there."""
        if self._left < size_bytes:
            return False
        self._left -= size_bytes
        return True

    def cut(self, value: Any) -> Any:
        kind = type(value)
        if kind is str:
            return self._cut_text(value)
        if kind is dict:
            shown: dict[str, Any] = {}
            for count, (key, item) in enumerate(value.items()):
                if self._left <= 0 or not self.spend(len(encode(key)) + 2):
                    shown["tracetui.cut"] = f"{len(value) - count} of {len(value)} entries cut"
                    break
                shown[key] = self.cut(item)
            return shown
        if kind is list:
            entries: list[Any] = []
            for count, item in enumerate(value):
                if self._left <= 0:
                    entries.append(f"[{len(value) - count} of {len(value)} entries cut]")
                    break
                self._left -= 1
                entries.append(self.cut(item))
            return entries
        self._left -= len(encode(value))
        return value

    def _cut_text(self, text: str) -> str:
        size = len(encode(text))
        if self.spend(size):
            return text
        most = max(0, self._left)
        kept = text[:most]
        while kept and (size := len(encode(kept)) - 2) > most:  # what is escaped takes up to six times the room
            kept = kept[: len(kept) * most // size]
        self._left = 0
        return _with_note(kept, text)


def _with_note(kept: str, text: str) -> str:
    return f"{kept}[{len(text) - len(kept)} of {len(text)} characters cut]"
