"""The document that the details show: lines, and the values behind them, which can be opened and copied."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ...store.text import format, json_text
from ...store.text.safe_text import safe_line
from .lines import Line, split_text
from .value import keyed_lines, value_lines

PREVIEW_CHARS = 65_536
"""Of one value shown in the details; the whole opens on Enter."""

MOST_PARSED_CHARS = 2_000_000
"""Longer JSON text is not read for a preview: it begins as it is stored, and is read when it is opened."""

_LABEL_CELLS = 10


@dataclass
class Value:
    """One value of a document, which can be opened whole and copied."""

    title: str
    stored: Any
    is_json: bool = False
    """Whether `stored` is JSON text, not the value itself."""
    leads_to: tuple[str, str] | None = None
    """For a link: the ids of the trace and the span where it leads."""

    def whole(self) -> Any:
        """The value itself."""
        return json_text.decode_or_text(self.stored) if self.is_json else self.stored

    def text(self) -> str:
        """What goes to the clipboard: a string as it is, all else as indented JSON."""
        value = self.whole()
        return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False, default=repr)


@dataclass
class Document:
    """The lines of the details, and the values they show."""

    lines: list[Line] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)

    def heading(self, title: str, note: str = "") -> None:
        """Begin a part."""
        if self.lines:
            self.lines.append(Line(""))
        self.lines.append(Line(note, "faint", 0, title + ("  " if note else ""), "title"))

    def line(self, title: str, stored: Any, line: Line) -> None:
        """One line that stands for a value."""
        self.values.append(Value(title, stored))
        self.lines.append(line._replace(value=len(self.values) - 1))

    def fact(self, label: str, text: str, style: str = "plain", *, copied: str | None = None) -> None:
        """One labelled line, which can be copied; `copied` where that is more than what is shown."""
        self.values.append(Value(label, text if copied is None else copied))
        self.lines.append(Line(text, style, 0, f"{label:<{_LABEL_CELLS}}", "dim", _LABEL_CELLS, len(self.values) - 1))

    def value(self, title: str, stored: Any, *, is_json: bool = False, keyed: bool = False, indent: int = 0) -> None:
        """A value as far as the preview goes."""
        number = len(self.values)
        value = Value(title, stored, is_json)
        self.values.append(value)
        if is_json and len(stored) > MOST_PARSED_CHARS:
            beginning: Iterable[Line] = (
                Line(safe_line(text), "plain", indent, value=number) for text in split_text(stored[: PREVIEW_CHARS + 1])
            )
            self.lines.extend(preview_lines(beginning, number, len(stored)))
            return
        lines = (
            keyed_lines(title, value.whole(), indent=indent, number=number)
            if keyed
            else value_lines(value.whole(), indent=indent, number=number)
        )
        self.lines.extend(preview_lines(lines, number, len(stored) if isinstance(stored, str) else None))

    def preview(self, lines: Iterable[Line], number: int) -> None:
        """More lines of the value with that number, as far as the preview goes."""
        self.lines.extend(preview_lines(lines, number, None))


def preview_lines(lines: Iterable[Line], number: int, size_chars: int | None) -> Iterator[Line]:
    """The lines of a value up to `PREVIEW_CHARS`, then how much is left; `size_chars` is None if unknown."""
    shown = 0
    for line in lines:
        shown += len(line.text) + len(line.lead) + 1
        if shown > PREVIEW_CHARS:
            more = f"{format.size(size_chars - PREVIEW_CHARS)} more" if size_chars else "more"
            yield Line(f"… {more}, Enter opens the whole", "link", value=number)
            return
        yield line
