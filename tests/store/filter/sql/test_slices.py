"""Several slices of a search asked at once: the same answers, on connections of their own."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tracetui.store.file import paths
from tracetui.store.read import connection_pool
from tracetui.store.read.connection_pool import ConnectionPool

TRACES = 1_500
RANGES = [{"first": 1, "last": 500}, {"first": 501, "last": 1_000}, {"first": 1_001, "last": 1_500}]
IDS = "SELECT id FROM trace WHERE id BETWEEN :first AND :last ORDER BY id DESC"


@pytest.fixture(scope="module")
def many(shared_trace_file: Any) -> Any:
    """Fifteen hundred traces of two spans; the oldest is still being written to at the end."""
    file = shared_trace_file
    file.connection.execute("BEGIN")
    for number in range(1, TRACES + 1):
        file.trace(
            {"kind": "LLM", "ttft_ms": number % 400, "attributes": {"n": number}, "outputs": f"w{number}"},
            {"kind": "TOOL", "status": "ERROR" if number % 100 == 0 else "OK"},
        )
    file._insert("span", file._span_row(1, 1, {"kind": "LLM", "attributes": {"n": 1_499.5, "late": True}}))
    file.connection.execute("COMMIT")
    return file


def path_of(file: Any) -> Path:
    """Where a trace file of these tests is."""
    return Path(file.connection.execute("PRAGMA database_list").fetchone()[2])


@pytest.fixture
def three(many: Any) -> Iterator[ConnectionPool]:
    """Three at once, however many processors there are."""
    with closing(ConnectionPool(path_of(many), paths.identity(path_of(many)), at_once=3)) as made:
        yield made


@pytest.mark.parametrize(
    "text",
    ["ttft > 390", "n > 1490", "late = true", "kind = TOOL", "is:error", "w149", "output =~ 'w14.9'", "name = no", "",
     "n = 5 or ttft = 6 or w77", "kind = LLM | sort(-n)", "is:error | sort(ttft) | limit 3"],
)  # fmt: skip
@pytest.mark.parametrize("limit", [None, 9])
def test_a_search_finds_the_same_in_the_same_order(
    many: Any, three: ConnectionPool, text: str, limit: int | None
) -> None:
    """Also of a trace that was written to for long; `clock` says that every slice takes long, so that they are many."""
    ticks = count()
    found = many.matches(text, limit=limit, pool=three, clock=lambda: float(next(ticks)))
    assert found == many.matches(text, limit=limit)


def test_slices_are_asked_at_the_same_time(many: Any, three: ConnectionPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each waits for the others in the middle of its question."""
    together = threading.Barrier(3)

    def register(connection: sqlite3.Connection) -> None:
        connection.create_function("together", 0, lambda: together.wait(30) >= 0)

    monkeypatch.setattr(connection_pool, "register", register)
    register(many.connection)
    assert three.size() == 3
    once = [{"first": one["first"], "last": one["first"]} for one in RANGES]
    rows = three.query(many.connection, IDS.replace("WHERE", "WHERE together() AND"), once)
    assert rows == [[(1,)], [(501,)], [(1_001,)]]


def test_rows_come_slice_by_slice(many: Any, three: ConnectionPool) -> None:
    """However quick each of them was."""
    assert three.size() == 3
    for _ in range(20):
        asked = three.query(many.connection, IDS, RANGES)
        assert [[rows[0][0], rows[-1][0]] for rows in asked] == [[500, 1], [1_000, 501], [1_500, 1_001]]


def test_an_error_comes_when_no_connection_is_in_use_any_more(
    many: Any, three: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first slice is interrupted at once, the others end before that is told; the next search finds them free."""
    done = []

    def register(connection: sqlite3.Connection) -> None:
        connection.create_function("stop", 0, lambda: done.append(1) or 1)

    monkeypatch.setattr(connection_pool, "register", register)
    many.connection.create_function("stop", 0, lambda: many.connection.interrupt() or 0)
    assert three.size() == 3
    with pytest.raises(sqlite3.OperationalError, match="interrupted"):
        three.query(many.connection, IDS.replace("WHERE", "WHERE stop() AND"), RANGES)
    assert len(done) == 1_000
    assert len(three.query(many.connection, IDS, RANGES)) == 3


def test_a_file_that_was_replaced_is_searched_on_one_connection(many: Any, tmp_path: Path) -> None:
    """The connections of a search never look into two files."""
    before = path_of(many)
    other = tmp_path / "traces.db"
    other.write_bytes(before.read_bytes())
    with closing(ConnectionPool(other, paths.identity(before), at_once=3)) as made:
        assert made.size() == 1
    with closing(ConnectionPool(tmp_path / "nothing.db", None, at_once=3)) as made:
        assert made.size() == 1
