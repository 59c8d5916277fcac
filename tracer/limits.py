"""Bounds on what one span may put into the file, with an exact note of what was cut."""

from __future__ import annotations

from typing import Any

from ..store.json_text import encode

CUT_KEY = "tracetui.cut."
"""Attributes `tracetui.cut.inputs`, `.outputs`, `.events` and `.attributes`: the bytes that the whole value had."""

_NOTE_BYTES = 128
"""Kept free for notes."""

_LINK_BYTES = 98
"""A link without attributes, as JSON."""


def cut(value: Any, max_bytes: int) -> Any:
    """A copy of a snapshot whose JSON takes `max_bytes` at most, but for notes.

    Long strings keep their beginning, containers their first entries; a note where something is missing says how much.
    """
    return _Cutter(max(0, max_bytes - _NOTE_BYTES)).cut(value)


def cut_links(links: list[dict[str, Any]], max_bytes: int) -> list[Any]:
    """As `cut`, for the links of a span: their ids stay whole."""
    cutter = _Cutter(max(0, max_bytes - _NOTE_BYTES))
    kept: list[Any] = []
    for count, link in enumerate(links):
        if not cutter.spend(_LINK_BYTES):
            kept.append(f"[{len(links) - count} of {len(links)} links cut]")
            break
        kept.append({**link, "attributes": cutter.cut(link["attributes"])})
    return kept


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
