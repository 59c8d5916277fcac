"""The rows of table `payload` for the payloads of a batch: inputs, outputs, events and links."""

from __future__ import annotations

import sqlite3
from itertools import chain
from operator import itemgetter
from typing import Any, TypeAlias

from ...text.json_parts import JsonParts
from ..blocks.block_writer import FOLD_FROM_BYTES, BlockWriter
from ..statements.upsert import NULL, Upsert

Json: TypeAlias = bytes | JsonParts

_SHORT_BYTES = 4_096
"""Payloads up to this length are bound as `str`, which Python binds faster than bytes."""

_CONFLICT = """(span) DO UPDATE SET
    inputs = coalesce(excluded.inputs, inputs),
    outputs = coalesce(excluded.outputs, outputs),
    events = coalesce(excluded.events, events)"""
_WITH_EVENTS = ("span", "inputs", "outputs", "events")
_UPSERT = Upsert("payload", ("span", "inputs", "outputs"), _CONFLICT, utf8=("inputs", "outputs"))
_UPSERT_WITH_EVENTS = Upsert("payload", _WITH_EVENTS, _CONFLICT, utf8=("inputs", "outputs", "events"))
_UPSERT_FOLDED = Upsert("payload", _WITH_EVENTS, _CONFLICT)
"""The values are text as `str`, and recipes (`store/file/blocks.py`) as bytes."""
_UPSERT_LINKS = Upsert("payload", ("span", "links"), "(span) DO UPDATE SET links = excluded.links", utf8=("links",))
"""Runs after the payloads: few spans have links."""


class PayloadRows:
    """The rows of one transaction. Long values become recipes."""

    def __init__(self, blocks: BlockWriter) -> None:
        self._blocks = blocks
        self._plain: list[Any] = []
        """The values of all rows, one row after the other; the other lists have the same form."""
        self._with_events: list[Any] = []
        self._folded: list[Any] = []
        self._links: list[Any] = []

    def add(
        self, span: int, source: str, inputs: Json | None, outputs: Json | None, events: Json | None, *, is_open: bool
    ) -> None:
        """Add the payloads of the span with this span.id, those that the file does not have; `source` is its name."""
        if (
            (inputs is not None and len(inputs) >= FOLD_FROM_BYTES)
            or (outputs is not None and len(outputs) >= FOLD_FROM_BYTES)
            or (events is not None and len(events) >= FOLD_FROM_BYTES)
        ) and self._add_folded(span, source, (inputs, outputs, events), is_open=is_open):
            return
        if events is not None:
            self._with_events.extend((span, _text(inputs), _text(outputs), _text(events)))
        elif inputs is not None or outputs is not None:
            self._plain.extend((span, _text(inputs), _text(outputs)))

    def add_links(self, span: int, links: Json) -> None:
        """Add the links of a span."""
        self._links.extend((span, bytes(links)))

    def write(self, connection: sqlite3.Connection) -> None:
        """Write the rows."""
        if self._folded:
            _UPSERT_FOLDED.run(connection, self._sorted())
        else:
            _UPSERT.run(connection, self._plain)
            _UPSERT_WITH_EVENTS.run(connection, self._with_events)
        _UPSERT_LINKS.run(connection, self._links)

    def _add_folded(self, span: int, source: str, texts: tuple[Json | None, ...], *, is_open: bool) -> bool:
        values: list[Any] = []
        for column, text in zip(("inputs", "outputs", "events"), texts, strict=True):
            # The outputs of an open span may grow: they are cut when they are complete.
            is_complete = text is not None and not (is_open and column == "outputs")
            values.append(
                self._blocks.fold(text, span, self._blocks.source(source, column)) if text and is_complete else None
            )
        if values == [None, None, None]:
            return False
        for place, text in enumerate(texts):
            if values[place] is None:
                values[place] = NULL if text is None else bytes(text).decode()
        self._folded += (span, *values)
        return True

    def _sorted(self) -> list[Any]:
        """The rows of all payloads in the order of their spans: rows that are inserted between others split pages."""
        plain, more = self._plain, self._with_events
        rows = [[*plain[start : start + 3], NULL] for start in range(0, len(plain), 3)]
        rows += [more[start : start + 4] for start in range(0, len(more), 4)]
        for row in rows:
            row[1:] = [value.decode() if type(value) is bytes else value for value in row[1:]]
        rows += [self._folded[start : start + 4] for start in range(0, len(self._folded), 4)]
        rows.sort(key=itemgetter(0))
        return list(chain.from_iterable(rows))


def _text(payload: Json | None) -> bytes | str | float:
    if payload is None:
        return NULL
    if len(payload) <= _SHORT_BYTES:
        return payload.decode() if type(payload) is bytes else bytes(payload).decode()
    return payload if type(payload) is bytes else bytes(payload)
