"""Tell a trace span by span: what is new in each, and a word for what the text has already."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from ..chat.chat import chat_of
from ..chat.history import History
from ..chat.message import Tool
from ..chat.tools import tools_of_attributes
from ..model.decoding import events_of
from ..model.forest import Forest
from ..model.rows import ERROR, SpanDetail, SpanRow
from ..model.status import span_status
from ..text import json_text
from .items import AsBefore, Begin, Failed, Item, Offered, Return, Said, SameAs, Value

SHORT_CHARS = 60
"""A value up to this length is told again: a pointer to its first place would be as long."""

Details = Callable[[SpanRow], SpanDetail | None]
"""Returns the payloads and attributes of a span."""


class Told(NamedTuple):
    """An item, and the position in the forest of the span that it belongs to."""

    position: int
    item: Item


class Teller:
    """Remembers what the text has already."""

    def __init__(self, gone: frozenset[int] = frozenset()) -> None:
        """`gone` has the ids of the processes that are gone: their open spans are lost."""
        self._gone = gone
        self._history = History()
        self._values: dict[int, str] = {}
        """Where each payload was told, by the hash of its JSON."""
        self._tools: list[Tool] = []
        self._errors: set[tuple[str, str]] = set()

    def span(self, span: SpanRow, detail: SpanDetail | None, depth: int) -> Iterator[Item]:
        """Yield the items of one span without spans below it."""
        yield from self._begin(span, detail, depth)
        yield from self._end(span, detail)

    def forest(self, forest: Forest, details: Details, *, root: int | None = None) -> Iterator[Told]:
        """Yield the items of every span, each parent before its children; what a parent returns follows the children.

        With `root`, the position of a span, only that span and what is below it are told.
        """
        first, end = (0, forest.total) if root is None else (root, forest.subtree_end[root])
        base = forest.depth[first] if first < end else 0
        open_parents: list[int] = []
        for index in range(first, end):
            yield from self._returns(forest, details, open_parents, index, base)
            span = forest.spans[index]
            detail = details(span)
            depth = forest.depth[index] - base
            if forest.subtree_end[index] > index + 1:
                open_parents.append(index)
                yield from (Told(index, item) for item in self._begin(span, detail, depth))
            else:
                yield from (Told(index, item) for item in self.span(span, detail, depth))
        yield from self._returns(forest, details, open_parents, end, base)

    def _returns(
        self, forest: Forest, details: Details, open_parents: list[int], index: int, base: int
    ) -> Iterator[Told]:
        while open_parents and forest.subtree_end[open_parents[-1]] <= index:
            parent = open_parents.pop()
            span = forest.spans[parent]
            items = list(self._end(span, details(span)))
            if items:
                yield Told(parent, Return(span, forest.depth[parent] - base))
                yield from (Told(parent, item) for item in items)

    def _begin(self, span: SpanRow, detail: SpanDetail | None, depth: int) -> Iterator[Item]:
        yield Begin(span, span_status(span, self._gone), depth)
        if detail is not None and detail.inputs is not None:
            yield from self._payload("inputs", detail.inputs, span, detail.attributes)

    def _end(self, span: SpanRow, detail: SpanDetail | None) -> Iterator[Item]:
        if detail is not None and detail.outputs is not None:
            yield from self._payload("outputs", detail.outputs, span, {})
        yield from self._error(span, detail)

    def _payload(self, title: str, stored: str, span: SpanRow, attributes: Mapping[str, Any]) -> Iterator[Item]:
        key = hash(stored)
        if len(stored) > SHORT_CHARS and (place := self._values.get(key)) is not None:
            yield SameAs(title, place)
            return
        self._values.setdefault(key, f"{title} of {span.name}")
        value = json_text.decode_or_text(stored)
        is_answer = title == "outputs"
        chat = chat_of(value, is_answer=is_answer)
        if chat is None:
            if value not in (None, {}, [], ""):
                yield Value(title, value)
            return
        tools = list(chat.tools) or tools_of_attributes(attributes)
        if tools:
            yield Offered(tools, tools == self._tools)
            self._tools = tools
        for run in self._history.runs(chat.messages):
            if run.is_repeated:
                yield AsBefore(run.messages)
            else:
                yield from (Said(message, is_answer) for message in run.messages)
        self._history.add(chat.messages)

    def _error(self, span: SpanRow, detail: SpanDetail | None) -> Iterator[Item]:
        found = False
        for event in events_of(detail):
            attributes = event.get("attributes")
            if event.get("name") == "exception" and isinstance(attributes, Mapping):
                found = True
                kind = str(attributes.get("exception.type") or "Exception")
                message = str(attributes.get("exception.message") or "")
                stack = str(attributes.get("exception.stacktrace") or "")
                is_known = (kind, message) in self._errors  # an exception passes through every span above it
                self._errors.add((kind, message))
                yield Failed(kind, message, "" if is_known else stack.strip("\n"))
        if not found and span.status == ERROR:
            yield Failed("", span.status_message or "")
