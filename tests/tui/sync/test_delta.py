"""Ended spans are in a Delta Lake table, each once, whatever is killed and whoever else writes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

deltalake = pytest.importorskip("deltalake")
pytest.importorskip("pyarrow")

from tests.support.builders import BuiltTrace, TraceFile  # noqa: E402
from tracetui.store.read.reader import Reader  # noqa: E402
from tracetui.tui.errors import CommandError  # noqa: E402
from tracetui.tui.sync import chunks  # noqa: E402
from tracetui.tui.sync.command import append_new, sync_delta  # noqa: E402
from tracetui.tui.sync.delta_table import SpanTable, TableError  # noqa: E402
from tracetui.tui.sync.file_id import file_id  # noqa: E402


@pytest.fixture
def file(tmp_path: Path) -> Iterator[TraceFile]:
    """A trace file under construction."""
    made = TraceFile(tmp_path / "traces.db")
    yield made
    made.close()


@pytest.fixture
def uri(tmp_path: Path) -> str:
    return str(tmp_path / "table")


def rows(uri: str) -> list[dict[str, Any]]:
    """The rows of the table in the order in which they were written."""
    found: list[dict[str, Any]] = deltalake.DeltaTable(uri).to_pyarrow_table().to_pylist()
    return sorted(found, key=lambda row: row["tracetui_rev"])


def names(uri: str) -> list[str]:
    return [row["name"] for row in rows(uri)]


def sync(path: Path, uri: str) -> int:
    with Reader(path) as reader:
        return append_new(reader, SpanTable(uri, file_id(reader), sleep=lambda _: None))


def spans(trace: BuiltTrace, count: int) -> None:
    for number in range(count):
        trace.span(f"span {number}")


def test_a_span_has_the_columns_of_databricks(file: TraceFile, uri: str) -> None:
    """Times, ids, attributes and events as OpenTelemetry has them."""
    trace = file.trace("chat")
    event = {"name": "first", "time_ns": 5, "attributes": {"n": 1}}
    parent = trace.span(
        "call",
        kind="LLM",
        status="ERROR",
        status_message="no",
        attributes={"otel.kind": "client", "otel.scope.name": "lib", "a": [1]},
        inputs={"q": 1},
        events=[event],
    )
    trace.span("child", parent=parent)
    assert sync(file.path, uri) == 2
    first, child = rows(uri)
    assert first["record_id"] == f"{trace.hex_id}-{first['span_id']}"
    assert (first["kind"], first["service_name"], first["date"].isoformat()) == (
        "SPAN_KIND_CLIENT",
        "shop",
        "2026-01-02",
    )
    assert first["time"].isoformat() == "2026-01-02T03:04:05+00:00"
    assert first["end_time_unix_nano"] - first["start_time_unix_nano"] == 10_000_000
    assert json.loads(first["attributes"]) == {
        "a": [1],
        "input.value": '{"q": 1}',
        "input.mime_type": "application/json",
        "openinference.span.kind": "LLM",
    }
    assert first["events"][0] | {"attributes": None} == {
        "name": "first",
        "time_unix_nano": 5,
        "attributes": None,
        "dropped_attributes_count": 0,
    }
    assert first["status"] == {"code": "STATUS_CODE_ERROR", "message": "no"}
    assert first["instrumentation_scope"]["name"] == "lib"
    assert json.loads(first["resource"]["attributes"])["service.name"] == "shop"
    assert (child["parent_span_id"], first["parent_span_id"]) == (first["span_id"], "")


def test_each_span_is_appended_once_when_it_has_ended(
    file: TraceFile, uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In several commits, and over several runs; a running span comes when it ends."""
    monkeypatch.setattr(chunks.chunk_after, "__defaults__", (2,))
    trace = file.trace("chat")
    spans(trace, 5)
    running = trace.span("running", end_ms=None)
    assert sync(file.path, uri) == 5
    assert len(deltalake.DeltaTable(uri).history()) == 4  # the creation, and three commits
    assert sync(file.path, uri) == 0
    trace.end(running)
    assert sync(file.path, uri) == 1
    assert names(uri) == [*(f"span {number}" for number in range(5)), "running"]


def test_a_table_takes_the_spans_of_several_files(file: TraceFile, uri: str, tmp_path: Path) -> None:
    """Each file is known by an id of its own, also a new file at the path of an old one."""
    file.trace("a").span("of the first")
    other = TraceFile(tmp_path / "other.db")
    other.trace("b").span("of the second")
    other.close()
    assert (sync(file.path, uri), sync(tmp_path / "other.db", uri)) == (1, 1)
    (tmp_path / "other.db").unlink()
    again = TraceFile(tmp_path / "other.db")
    again.trace("c").span("of the third")
    again.close()
    assert sync(tmp_path / "other.db", uri) == 1
    assert sorted(names(uri)) == ["of the first", "of the second", "of the third"]


def test_processes_at_the_same_time_append_each_span_once(
    file: TraceFile, uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two runs on one file, and one of another machine, create the table and write to it at once."""
    monkeypatch.setattr(chunks.chunk_after, "__defaults__", (3,))
    spans(file.trace("chat"), 20)
    threads = [threading.Thread(target=sync, args=(file.path, uri)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(names(uri)) == sorted(f"span {number}" for number in range(20))


def test_a_run_that_is_killed_is_gone_on_with(file: TraceFile, uri: str) -> None:
    """Right after a commit, or before it."""
    spans(file.trace("chat"), 30)
    program = (
        "import sys; from pathlib import Path; from tracetui.tui.sync import chunks\n"
        "from tracetui.tui.sync.command import sync_delta\n"
        "chunks.chunk_after.__defaults__ = (1,)\n"
        "sync_delta(Path(sys.argv[1]), sys.argv[2], follow=False)"
    )
    command = [sys.executable, "-c", program, str(file.path), uri]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        while not list(Path(uri).glob("_delta_log/*3.json")):
            assert process.poll() is None
        os.kill(process.pid, signal.SIGKILL)
    assert 0 < len(names(uri)) < 30
    sync(file.path, uri)
    assert names(uri) == [f"span {number}" for number in range(30)]


def test_duckdb_and_polars_read_the_table(file: TraceFile, uri: str) -> None:
    """The query of the page finds the spans by attribute."""
    duckdb, polars = pytest.importorskip("duckdb"), pytest.importorskip("polars")
    file.trace("chat").span("call", attributes={"gen_ai.request.model": "m"})
    sync(file.path, uri)
    frame = polars.read_delta(uri)
    assert frame["name"].to_list() == ["call"]
    spans = deltalake.DeltaTable(uri).to_pyarrow_dataset()
    query = (
        "SELECT name, attributes::JSON ->> '$.\"gen_ai.request.model\"' FROM spans"
        " QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY tracetui_rev DESC) = 1"
    )
    connection = duckdb.connect()
    connection.register("spans", spans)
    try:
        assert connection.execute(query).fetchall() == [("call", "m")]
    except duckdb.Error as error:  # its extension for JSON is not built in
        pytest.skip(str(error))


def test_a_table_that_cannot_be_opened_is_named(file: TraceFile, tmp_path: Path) -> None:
    file.trace("chat").span("call")
    (tmp_path / "file").write_text("")
    with pytest.raises(TableError, match="file/table"):
        sync(file.path, str(tmp_path / "file" / "table"))
    with pytest.raises(CommandError, match="no-such-scheme"):
        sync_delta(file.path, "no-such-scheme://x", follow=False)
