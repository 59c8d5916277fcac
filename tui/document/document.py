"""The document that the details show: lines, and the values that they come from, which can be opened and copied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...store.text import format, json_text
from ...store.text.safe_text import safe_line
from .lines import CLOSED, HEADING, OPEN, Line, split_text
from .value_text import text_of

if TYPE_CHECKING:
    from ...store.chat.message import Chat, Tool

OUTPUTS = "Outputs"
"""The title of what a span returned."""

PREVIEW_CHARS = 65_536
"""Characters of a value that the details show; Enter opens the whole value."""

MOST_PARSED_CHARS = 2_000_000
"""JSON text longer than this is not parsed for the preview: the preview is the beginning of the stored text."""

_LABEL_CELLS = 10


@dataclass
class Value:
    """One value of a document, which can be opened whole and copied."""

    title: str
    stored: Any
    is_json: bool = False
    """Whether `stored` is JSON text rather than the value itself."""
    leads_to: tuple[str, str] | None = None
    """The trace id and the span id that a link points to."""

    def whole(self) -> Any:
        """The value itself."""
        return json_text.decode_or_text(self.stored) if self.is_json else self.stored

    def text(self) -> str:
        """Returns the text for the clipboard: a string unchanged, any other value as indented JSON."""
        return text_of(self.whole())


@dataclass
class Document:
    """The lines of the details, and the values that they show."""

    lines: list[Line] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)

    def heading(self, title: str, note: str = "") -> None:
        """Add a heading."""
        if self.lines:
            self.lines.append(Line(""))
        self.lines.append(Line(note, "faint", 0, title + ("  " if note else ""), HEADING, fold=OPEN))

    def line(self, title: str, stored: Any, line: Line) -> None:
        """Add one line that shows a value."""
        self.values.append(Value(title, stored))
        self.lines.append(line._replace(value=len(self.values) - 1))

    def fact(self, label: str, text: str, style: str = "plain", *, copied: str | None = None) -> None:
        """Add one labelled line. The copy key copies `copied`, or else `text`."""
        self.values.append(Value(label, text if copied is None else copied))
        self.lines.append(Line(text, style, 0, f"{label:<{_LABEL_CELLS}}", "dim", _LABEL_CELLS, len(self.values) - 1))

    def value(self, title: str, stored: Any, *, is_json: bool = False, keyed: bool = False, indent: int = 0) -> None:
        """Add the preview of a value."""
        number = len(self.values)
        value = Value(title, stored, is_json)
        self.values.append(value)
        if is_json and len(stored) > MOST_PARSED_CHARS:
            self._stored_text(stored, number)
            return
        from .value import keyed_lines, value_lines  # loads all that is known of chats: not for the first frame

        lines = (
            keyed_lines(title, value.whole(), indent=indent, number=number)
            if keyed
            else value_lines(value.whole(), indent=indent, number=number)
        )
        self.lines.extend(preview_lines(lines, number, len(stored) if isinstance(stored, str) else None))

    def payload(
        self,
        title: str,
        stored: str,
        *,
        raw: bool = False,
        tools: Sequence[Tool] = (),
        previous: Chat | None = None,
    ) -> None:
        """Add the preview of inputs or outputs in JSON: a chat as a conversation, see `chat_lines`; `raw` as it is."""
        number = len(self.values)
        value = Value(title, stored, is_json=True)
        self.values.append(value)
        if raw or len(stored) > MOST_PARSED_CHARS:
            self._stored_text(stored, number)
            return
        from .value import payload_lines

        is_answer = title == OUTPUTS
        lines = payload_lines(value.whole(), is_answer=is_answer, tools=tools, previous=previous, number=number)
        self.lines.extend(preview_lines(lines, number, len(stored)))

    def _stored_text(self, stored: str, number: int) -> None:
        beginning = (Line(safe_line(text), value=number) for text in split_text(stored[: PREVIEW_CHARS + 1]))
        self.lines.extend(preview_lines(beginning, number, len(stored)))

    def preview(self, lines: Iterable[Line], number: int) -> None:
        """Add more lines to the value with that number, up to the limit of the preview."""
        self.lines.extend(preview_lines(lines, number, None))


def preview_lines(lines: Iterable[Line], number: int, size_chars: int | None) -> Iterator[Line]:
    """Yields the lines of a value up to `PREVIEW_CHARS`, then the size of the rest; `size_chars` is None if unknown.

    What is folded at first has a limit of its own, so that what is new after a long history shows.
    """
    shown = folded = 0
    fold: Line | None = None
    for line in lines:
        if fold is not None and line.level > fold.level:
            folded += len(line.text) + len(line.lead) + 1
            if folded <= PREVIEW_CHARS:
                yield line
            continue
        fold = line if line.fold == CLOSED else None
        shown += len(line.text) + len(line.lead) + 1
        if shown > PREVIEW_CHARS:
            more = f"{format.size(size_chars - PREVIEW_CHARS)} more" if size_chars else "more"
            yield Line(f"… {more}, Enter opens the whole", "link", value=number)
            return
        yield line
