"""A search on several connections at once finds the same traces as a search on one connection."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tracetui.store.file import paths
from tracetui.store.filter import register
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
    file.insert("span", file.span_row(1, 1, {"kind": "LLM", "attributes": {"n": 1_499.5, "late": True}}))
    file.connection.execute("COMMIT")
    return file


def path_of(file: Any) -> Path:
    """The path of a trace file of these tests."""
    return Path(file.connection.execute("PRAGMA database_list").fetchone()[2])


def pool_of(file: Any, prepare: Callable[[sqlite3.Connection], None] = register) -> closing[ConnectionPool]:
    """A pool of three connections, each prepared by `prepare`."""
    path = path_of(file)
    return closing(ConnectionPool(path, paths.identity(path), size=3, prepare=prepare))


@pytest.fixture
def three(many: Any) -> Iterator[ConnectionPool]:
    """Three parallel queries, on any number of processors."""
    with pool_of(many) as made:
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


def test_the_queries_run_at_the_same_time(many: Any) -> None:
    """Each query waits for the others while it runs."""
    together = threading.Barrier(3)

    def prepare(connection: sqlite3.Connection) -> None:
        connection.create_function("together", 0, lambda: together.wait(30) >= 0)

    prepare(many.connection)
    once = [{"first": one["first"], "last": one["first"]} for one in RANGES]
    with pool_of(many, prepare) as pool:
        assert pool.size() == 3
        rows = pool.query(many.connection, IDS.replace("WHERE", "WHERE together() AND"), once)
    assert rows == [[(1,)], [(501,)], [(1_001,)]]


def test_rows_come_slice_by_slice(many: Any, three: ConnectionPool) -> None:
    """In any order of completion."""
    assert three.size() == 3
    for _ in range(20):
        asked = three.query(many.connection, IDS, RANGES)
        assert [[rows[0][0], rows[-1][0]] for rows in asked] == [[500, 1], [1_000, 501], [1_500, 1_001]]


def test_an_error_is_raised_after_all_queries_have_ended(many: Any) -> None:
    """The first query is interrupted at once, the others end before the error; the next search finds them free."""
    done = []

    def stop() -> int:
        done.append(1)
        return 1

    def prepare(connection: sqlite3.Connection) -> None:
        connection.create_function("stop", 0, stop)

    many.connection.create_function("stop", 0, lambda: many.connection.interrupt() or 0)
    with pool_of(many, prepare) as pool:
        assert pool.size() == 3
        with pytest.raises(sqlite3.OperationalError, match="interrupted"):
            pool.query(many.connection, IDS.replace("WHERE", "WHERE stop() AND"), RANGES)
        assert len(done) == 1_000
        assert len(pool.query(many.connection, IDS, RANGES)) == 3


def test_a_file_that_was_replaced_is_searched_on_one_connection(many: Any, tmp_path: Path) -> None:
    """The connections of a search never look into two files."""
    before = path_of(many)
    other = tmp_path / "traces.db"
    other.write_bytes(before.read_bytes())
    with closing(ConnectionPool(other, paths.identity(before), size=3)) as made:
        assert made.size() == 1
    with closing(ConnectionPool(tmp_path / "nothing.db", None, size=3)) as made:
        assert made.size() == 1
