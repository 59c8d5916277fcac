"""`tracetui sql`: a query of the views."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3

import pytest

from tests.support.builders import TraceFile
from tests.tui.conftest import Run


def test_sql_asks_the_views(file: TraceFile, run: Run) -> None:
    """As a table, as JSON, as CSV; names and values exact for programs, safe for people."""
    query = "SELECT name, status, ttft_ms, user_id FROM traces ORDER BY start_ns LIMIT 2"
    table = run("sql", query).out.splitlines()
    assert table[0].split() == ["name", "status", "ttft_ms", "user_id"]
    assert "second⏎line ␛[2J" in table[2]
    assert [json.loads(line) for line in run("sql", "--json", query).out.splitlines()][1] == {
        "name": "second\nline \x1b[2J",
        "status": "ERROR",
        "ttft_ms": 500.0,
        "user_id": None,
    }
    rows = list(csv.reader(io.StringIO(run("sql", "--csv", query).out)))
    assert rows[0] == ["name", "status", "ttft_ms", "user_id"]
    assert rows[2] == ["second\nline \x1b[2J", "ERROR", "500.0", ""]


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("DELETE FROM trace", "read-only"),
        ("DROP TABLE span", "read-only"),
        ("SELEC 1", "syntax error"),
        ("SELECT * FROM nowhere", "no such table"),
        ("SELECT 1; SELECT 2", "one statement"),
        ("", "one statement"),
    ],
)
def test_sql_that_cannot_be_is_told_in_one_line(file: TraceFile, run: Run, query: str, complaint: str) -> None:
    """With the names of the views, and the file as it was."""
    ran = run("sql", query)
    assert (ran.code, ran.out) == (1, "")
    assert complaint in ran.err
    assert "traces, spans, attributes, events, links, " in ran.err
    assert ran.err.count("\n") == 1
    assert file.connection.execute("SELECT count(*) FROM trace").fetchone() == (3,)


def test_sql_shows_bytes_as_what_they_mean(file: TraceFile, run: Run) -> None:
    """Ids in hex; text with a lone surrogate, which the file holds as bytes, as that text."""
    name = "half \ud83d"
    file.trace(name.encode("utf-8", "surrogatepass"), trace_id=b"A" * 16)  # type: ignore[arg-type]
    query = "SELECT trace_id, name FROM trace ORDER BY id DESC LIMIT 1"
    assert json.loads(run("sql", "--json", query).out) == {"trace_id": "41" * 16, "name": name}
    assert run("sql", query).out.splitlines()[1].split() == ["41" * 16, "half", "�"]


def test_sql_errors_name_every_view(file: TraceFile, run: Run) -> None:
    """All that are for people, so that nobody takes one for missing: `..._texts` are for other queries."""
    connection = sqlite3.connect(file.path)
    views = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'view'")}
    connection.close()
    views = {name for name in views if not name.endswith("_texts")}
    complaint = run("sql", "SELECT * FROM nothing").err
    assert set(re.findall(r"[a-z]+", complaint.partition("the views are")[2])) == views


def test_sql_of_no_rows_prints_nothing(file: TraceFile, run: Run) -> None:
    """And is no failure."""
    assert run("sql", "SELECT * FROM spans WHERE 0") == (0, "", "")
