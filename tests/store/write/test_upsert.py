"""Many rows in one statement."""

from __future__ import annotations

import sqlite3

from hypothesis import given
from hypothesis import strategies as st

from tracetui.store.write.statements.upsert import NULL, SparseRows, SparseUpsert, Upsert

_VALUES = st.one_of(st.none(), st.just(NULL), st.integers(-9, 9), st.floats(-9, 9), st.text(max_size=3))


def _as_read(value: object) -> object:
    return None if value is NULL else value


def _table() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c)")
    return connection


def _rows(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
    return connection.execute("SELECT * FROM t ORDER BY id").fetchall()


@given(st.lists(st.tuples(_VALUES, _VALUES, st.none() | st.tuples(_VALUES)), max_size=300))
def test_rows_are_read_as_they_were_given_and_what_is_absent_as_null(
    given_rows: list[tuple[object, object, tuple[object] | None]],
) -> None:
    """Whatever their number, and whether or not any has one of the rare columns."""
    upsert = SparseUpsert("t", ["id", "a", "b"], ["c"], "(id) DO NOTHING")
    connection = _table()
    rows = SparseRows()
    for number, (a, b, rare) in enumerate(given_rows):
        rows.add((number, a, b), rare)
    upsert.run(connection, rows)
    assert _rows(connection) == [
        (number, _as_read(a), _as_read(b), _as_read(rare[0]) if rare else None)
        for number, (a, b, rare) in enumerate(given_rows)
    ]
    connection.close()


def test_a_row_that_is_there_is_changed_as_the_conflict_says() -> None:
    """Null that is given as a number is null to the expressions of the statement too."""
    upsert = Upsert("t", ["id", "a", "b"], "(id) DO UPDATE SET a = coalesce(excluded.a, a), b = excluded.b")
    connection = _table()
    upsert.run(connection, [1, "old", "old", 2, "old", "old"])
    upsert.run(connection, [2, NULL, NULL, 3, NULL, "new"])
    assert _rows(connection) == [(1, "old", "old", None), (2, "old", None, None), (3, None, "new", None)]
    connection.close()


def test_text_that_is_given_as_bytes_is_text_and_none_of_it_null() -> None:
    """Payloads stay UTF-8 on their way into the file."""
    upsert = Upsert("t", ["id", "a", "b"], "(id) DO NOTHING", utf8=("a", "b"))
    connection = _table()
    upsert.run(connection, [1, "é".encode(), NULL])
    assert _rows(connection) == [(1, "é", None, None)]
    connection.close()
