"""The rows of table `attr` for the attributes of a batch.

Spans of one kind have the same attribute names, so their values form columns: a column of strings, or of numbers, is
checked as a whole.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain
from math import isfinite
from operator import itemgetter
from typing import Any

from ...model.sqlite_values import INT64, column_value
from ..blocks.block_writer import FOLD_FROM_BYTES, BlockWriter
from ..statements.upsert import Upsert
from .attribute_keys import KeySet

_CONFLICT = "(key, span) DO UPDATE SET value = excluded.value, type = excluded.type"
UPSERT = Upsert("attr", ("key", "span", "value"), _CONFLICT)
UPSERT_TYPED = Upsert("attr", ("key", "span", "value", "type"), _CONFLICT)

_STRINGS, _INTEGERS, _NUMBERS = {str}, {int}, {float}


class AttributeRows:
    """The rows of one transaction."""

    def __init__(self, blocks: BlockWriter, *, tolerant: bool) -> None:
        """With `tolerant`, check strings for lone surrogates, which SQLite cannot bind. Long values become recipes."""
        self._blocks = blocks
        self._tolerant = tolerant
        self._kinds: dict[KeySet, tuple[list[int], list[Any]]] = {}
        """The spans of each kind, and their values, one span after the other."""
        self._counts: defaultdict[int, int] = defaultdict(int)

    def add(self, keys: KeySet, span: int, values: Iterable[Any]) -> None:
        """Add the attribute values of a span, in the order of `keys`; each span once."""
        try:
            spans, all_values = self._kinds[keys]
        except KeyError:
            spans, all_values = self._kinds[keys] = [], []
        spans.append(span)
        all_values.extend(values)

    def count_before(self, keys: Iterable[int]) -> None:
        """Subtract these keys of an added span from the counts: the file has these attributes already."""
        for key in keys:
            self._counts[key] -= 1

    def key_counts(self) -> list[tuple[int, int]]:
        """Return `(count, key)` for each key: how many more spans have the attribute."""
        for keys, (spans, _) in self._kinds.items():
            for key in keys.rows:
                self._counts[key] += len(spans)
        return [(count, key) for key, count in self._counts.items() if count]

    def write(self, connection: sqlite3.Connection) -> None:
        """Write the rows sorted by key and span, so that inserts append to the ends of the key ranges."""
        columns: defaultdict[int, list[tuple[Sequence[int], Sequence[Any]]]] = defaultdict(list)
        typed: defaultdict[int, list[tuple[int, Any, str]]] = defaultdict(list)
        for keys, (spans, values) in self._kinds.items():
            for place, key in enumerate(keys.rows):
                column = values[place :: len(keys.rows)]
                if self._is_plain(column):
                    columns[key].append((spans, self._folded(key, spans, column)))
                else:
                    plain = []
                    for span, value in zip(spans, column, strict=True):
                        stored, value_type = column_value(value)
                        if type(stored) is str:
                            (stored,) = self._folded(key, [span], [stored])
                        if value_type is None:
                            plain.append((span, stored))
                        else:
                            typed[key].append((span, stored, value_type))
                    if plain:
                        columns[key].append(tuple(zip(*plain, strict=True)))  # type: ignore[arg-type]
        rows: list[Any] = []
        for key in sorted(columns):
            rows += _rows(key, columns[key])
        UPSERT.run(connection, rows)
        typed_rows: list[Any] = []
        for key in sorted(typed):
            for span, value, value_type in sorted(typed[key]):
                typed_rows += (key, span, value, value_type)
        UPSERT_TYPED.run(connection, typed_rows)

    def _folded(self, key: int, spans: Sequence[int], column: list[Any]) -> list[Any]:
        """The values of a column, in which long strings are recipes."""
        if type(column[0]) is not str or max(map(len, column)) < FOLD_FROM_BYTES:
            return column
        source = self._blocks.source(str(key), "attribute")
        folded = column.copy()
        for place, value in enumerate(column):
            if len(value) >= FOLD_FROM_BYTES:
                recipe = self._blocks.fold(value.encode(), spans[place], source)
                if recipe is not None:
                    folded[place] = recipe
        return folded

    def _is_plain(self, column: list[Any]) -> bool:
        """Whether SQLite can bind these values unchanged."""
        kinds = set(map(type, column))
        if kinds == _STRINGS:
            return not self._tolerant
        if kinds == _INTEGERS:
            return int(min(column)) >= -INT64 and int(max(column)) < INT64
        return kinds == _NUMBERS and all(map(isfinite, column))


def _rows(key: int, parts: list[tuple[Sequence[int], Sequence[Any]]]) -> list[Any]:
    spans, values = parts[0]
    if len(parts) > 1:  # several kinds of span have the key: merge them by span
        pairs = chain.from_iterable(zip(*part, strict=True) for part in parts)
        spans, values = zip(*sorted(pairs, key=itemgetter(0)), strict=True)
    rows = [key] * (3 * len(spans))
    rows[1::3] = spans
    rows[2::3] = values
    return rows
