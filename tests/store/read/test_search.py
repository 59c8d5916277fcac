"""Searching a reader's file for what a filter finds, from the parsed filter to the ids of traces, in one call."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from tests.support.builders import EPOCH_NS, TraceFile
from tracetui.store.filter import parse
from tracetui.store.read.groups import grouping_of
from tracetui.store.read.reader import Reader
from tracetui.store.read.search import find

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def found(batches: Iterator[list[int]]) -> list[int]:
    return [trace for batch in batches for trace in batch]


def test_a_search_needs_nothing_but_a_reader_and_a_filter(file: TraceFile) -> None:
    """Functions in Python and the ids of attributes are found by the search itself, the second time too."""
    names = ("Plan", "act", "planning")
    traces = [file.trace(name) for name in names]
    for trace, name in zip(traces, names, strict=True):
        trace.span(name, attributes={"shop.tenant": name})
    with Reader(file.path) as reader:
        for text in ("name =~ '^plan'", "shop.tenant = plan*"):
            ids = found(find(reader, parse(text), now_ns=EPOCH_NS, gone=frozenset(), pool=reader.pool()))
            assert ids == [traces[2].id, traces[0].id]
        assert found(find(reader, parse("name = *"), now_ns=EPOCH_NS, gone=frozenset(), limit=1)) == [traces[2].id]


def test_groups_need_nothing_but_a_reader_and_a_filter(file: TraceFile) -> None:
    """What adds up groups is made in one call as well, also where the aggregate of a trace is one of Python's."""
    for name, end_ms in (("a", 5), ("a", 10), ("b", 20)):
        file.trace(name).span(name, end_ms=end_ms)
    with Reader(file.path) as reader:
        query = parse("| p95(duration) > 6ms | by(name)")
        grouping = grouping_of(reader, query, now_ns=EPOCH_NS, gone=frozenset())
        for _ in grouping.steps():
            pass
        assert sorted((group.key, group.spans) for group in grouping.groups().groups) == [(("a",), 1), (("b",), 1)]


def test_a_file_without_tables_has_nothing_to_find(tmp_path: Path) -> None:
    """A program may search before the first trace is written."""
    path = tmp_path / "new.db"
    sqlite3.connect(path).close()
    path.touch()
    with Reader(path) as reader:
        assert not reader.ready
        assert found(find(reader, parse("name = a"), now_ns=EPOCH_NS, gone=frozenset())) == []


def test_file_sorted_by_a_column_begins_before_all_is_sorted(file: TraceFile) -> None:
    """The first page of a sorted file does not wait for the rest, and the order is that of a filtered one."""
    for number in range(600):
        tokens = None if number % 7 == 0 else (number * 37) % 100
        file.trace(f"t{number % 5}", input_tokens=tokens).span("s")
    with Reader(file.path) as reader:
        for order in ("-trace.input_tokens", "trace.input_tokens", "trace.name"):
            batches = list(find(reader, parse(f"| sort({order})"), now_ns=EPOCH_NS, gone=frozenset()))
            slowly = find(reader, parse(f"name = s | sort({order})"), now_ns=EPOCH_NS, gone=frozenset())
            assert [len(batch) for batch in batches] == [256, 344]
            assert found(iter(batches)) == found(slowly)
        limited = find(reader, parse("| sort(-trace.input_tokens) | limit 3"), now_ns=EPOCH_NS, gone=frozenset())
        assert found(limited) == batches_of_three(reader)


def batches_of_three(reader: Reader) -> list[int]:
    """The three newest traces with the most tokens, asked by SQL."""
    rows = reader.connection.execute("SELECT id FROM trace ORDER BY input_tokens DESC, id DESC LIMIT 3")
    return [row[0] for row in rows]
