"""The traces in MLflow's own SQLite database are imported as from its JSON, and its archives of OTLP are read."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, TracesData

from tracetui.store.exchange.document import FormatError
from tracetui.store.importers.mlflow_database import documents, is_mlflow_database
from tracetui.tracer.ingest import __main__ as importing

TRACE = "b3087260e7a8e30f7386cbf173f40385"
SCHEMA = """
    CREATE TABLE trace_info (request_id TEXT, timestamp_ms INTEGER, status TEXT, client_request_id TEXT);
    CREATE TABLE trace_tags (key TEXT, value TEXT, request_id TEXT);
    CREATE TABLE trace_request_metadata (key TEXT, value TEXT, request_id TEXT);
    CREATE TABLE spans (trace_id TEXT, span_id TEXT, start_time_unix_nano INTEGER, content TEXT);
    CREATE TABLE assessments (assessment_id TEXT, trace_id TEXT, name TEXT, assessment_type TEXT, value TEXT,
        error TEXT, created_timestamp INTEGER, last_updated_timestamp INTEGER, source_type TEXT, source_id TEXT,
        span_id TEXT, rationale TEXT, overrides TEXT, valid INTEGER, assessment_metadata TEXT)"""
"""The columns that are read, as MLflow 3.17 has them."""

CONTENT: dict[str, Any] = {
    "trace_id": "swhyYOeo4w9zhsvxc/QDhQ==",
    "span_id": "57Ay6fshFfI=",
    "parent_span_id": None,
    "name": "root",
    "start_time_unix_nano": 1_795_884_293_796_978_559,
    "end_time_unix_nano": 1_795_884_294_077_641_359,
    "events": [],
    "status": {"code": "STATUS_CODE_OK", "message": ""},
    "attributes": {"mlflow.spanType": '"AGENT"', "mlflow.spanInputs": '{"q": 1}', "mlflow.spanOutputs": '"done"'},
    "links": [],
}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database with one trace of one span, and one trace whose spans are elsewhere."""
    path = tmp_path / "mlflow.db"
    connection = sqlite3.connect(path)
    connection.executescript(SCHEMA)
    execute = connection.execute
    for id in (TRACE, "0" * 31 + "1"):
        execute("INSERT INTO trace_info VALUES (?, 1795884293796, 'OK', NULL)", (f"tr-{id}",))
    execute("INSERT INTO trace_tags VALUES ('env', 'prod', ?)", (f"tr-{TRACE}",))
    execute("INSERT INTO trace_request_metadata VALUES ('mlflow.trace.session', 's-1', ?)", (f"tr-{TRACE}",))
    execute("INSERT INTO spans VALUES (?, 'e7', 1, ?)", (f"tr-{TRACE}", json.dumps(CONTENT)))
    for id, kind, value in (("a-1", "feedback", "true"), ("a-2", "expectation", '{"x": 1}')):
        execute(
            "INSERT INTO assessments VALUES (?, ?, ?, ?, ?, NULL, 1795884295327, 1795884295327, 'HUMAN', 'ann', NULL,"
            " 'yes', NULL, 1, NULL)",
            (id, f"tr-{TRACE}", kind, kind, value),
        )
    connection.commit()
    connection.close()
    return path


def run_import(monkeypatch: pytest.MonkeyPatch, db: Path, *documents: Path) -> int:
    monkeypatch.setattr("sys.argv", ["import", "--db", str(db), *map(str, documents)])
    return importing.main()


def rows(db: Path, query: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(db)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def spans_in(db: Path) -> list[str]:
    """The names of the spans in a trace file."""
    return [name for (name,) in rows(db, "SELECT name FROM spans")]


def test_traces_of_the_database_are_imported_once(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With labels and assessments; a trace whose spans are in a file elsewhere is named."""
    db = tmp_path / "traces.db"
    assert [run_import(monkeypatch, db, database) for _ in range(2)] == [0, 0]
    said = capsys.readouterr()
    assert said.out.splitlines() == ["1 span imported", "0 spans imported (1 there already)"]
    assert "left out: the trace tr-0000" in said.err
    assert rows(db, "SELECT trace_id, name, session_id, kind FROM traces") == [(TRACE, "root", "s-1", "AGENT")]
    assert rows(db, "SELECT inputs, outputs FROM spans") == [('{"q":1}', '"done"')]
    assert rows(db, "SELECT kind, name, rationale FROM assessment ORDER BY assessment_id") == [
        ("feedback", "feedback", "yes"),
        ("expectation", "expectation", "yes"),
    ]
    assert rows(db, "SELECT json_extract(tags, '$.env') FROM traces") == [("prod",)]


def test_other_databases_are_not_taken_for_one_of_mlflow(database: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    sqlite3.connect(other).close()
    assert is_mlflow_database(database)
    assert not is_mlflow_database(other)
    broken = sqlite3.connect(database)
    broken.execute("DROP TABLE assessments")
    broken.commit()
    broken.close()
    with pytest.raises(FormatError, match="no such table: assessments"):
        list(documents(database, print))


def test_an_archive_of_otlp_in_protobuf_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MLflow archives each trace as `traces.pb`, the message TracesData of OTLP."""
    times: dict[str, Any] = {"start_time_unix_nano": 1_000, "end_time_unix_nano": 2_000}
    span = Span(trace_id=b"\7" * 16, span_id=b"\1" * 8, name="archived", **times)
    path, db = tmp_path / "traces.pb", tmp_path / "traces.db"
    data = TracesData(resource_spans=[ResourceSpans(scope_spans=[ScopeSpans(spans=[span])])])
    path.write_bytes(data.SerializeToString())
    assert run_import(monkeypatch, db, path) == 0
    assert rows(db, "SELECT name FROM spans") == [("archived",)]
    path.write_bytes(b"\n\xff\xff")
    assert run_import(monkeypatch, db, path) == 1
