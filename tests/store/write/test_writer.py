"""The writer's transactions."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest

from tests.store.records import PROCESS, ask, make_span, make_trace
from tracetui.store.file import paths, schema
from tracetui.store.file.migrations import MIGRATIONS
from tracetui.store.model.rows import ERROR
from tracetui.store.text.json_text import encode
from tracetui.store.write.edits import LogMetric
from tracetui.store.write.writer import Writer


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    writer = Writer(tmp_path / "t.db", PROCESS)
    yield writer
    writer.close()


@pytest.fixture
def other(writer: Writer) -> Iterator[Writer]:
    """Another process that writes to the same file."""
    with closing(Writer(writer.path, PROCESS)) as other:
        yield other


def test_two_processes_write_one_trace(writer: Writer, other: Writer) -> None:
    """The called service may write first; counts add up, and the root names the trace when it arrives."""
    callee = make_span(make_trace(maybe_in_file=True), 2, parent=1, is_entry=True, name="callee")
    other.write([callee])
    assert ask(writer, "SELECT name, span_count, status FROM traces") == [("callee", 1, "OK")]
    writer.write([make_span(make_trace(), 1, name="caller", status_code=ERROR, end_ns=30)])
    assert ask(writer, "SELECT name, span_count, status, error_count, end_ns FROM traces") == [
        ("caller", 2, "ERROR", 1, 30)
    ]
    other.write([make_span(callee.trace, 3, parent=2, end_ns=90)])
    assert ask(writer, "SELECT name, span_count, end_ns FROM traces") == [("caller", 3, 90)]


def test_trace_is_over_when_its_last_span_is(writer: Writer) -> None:
    """A root that ends before its child does not end the trace."""
    trace = make_trace()
    root, child = make_span(trace, 1, end_ns=None), make_span(trace, 2, parent=1, end_ns=None)
    writer.write([root, child])
    root.end_ns = 50
    writer.write([root])
    assert ask(writer, "SELECT status, open_count, end_ns FROM traces") == [("OK", 1, None)]
    child.end_ns = 70
    writer.write([child])
    assert ask(writer, "SELECT status, open_count, end_ns FROM traces") == [("OK", 0, 70)]


def test_span_written_again_replaces_what_was_there(writer: Writer) -> None:
    """Attributes, payloads and normal columns of an open span follow it; its keys are counted once."""
    span = make_span(make_trace(), 1, end_ns=None, attribute_values={"a": 1}, inputs_json=encode({"q": 1}))
    writer.write([span])
    span.attribute_values = {"a": 2, "gen_ai.request.model": "m-1"}
    span.outputs_json, span.end_ns = encode("out"), 40
    writer.write([span])
    assert ask(writer, "SELECT key, value FROM attributes ORDER BY key") == [("a", 2), ("gen_ai.request.model", "m-1")]
    assert ask(writer, "SELECT name, span_count FROM attr_key ORDER BY id") == [("a", 1), ("gen_ai.request.model", 1)]
    assert ask(writer, "SELECT inputs, outputs, model FROM spans") == [('{"q":1}', '"out"', "m-1")]
    assert ask(writer, "SELECT model, request_preview, response_preview FROM traces") == [("m-1", '{"q":1}', '"out"')]
    assert not writer.is_open(span)


def test_short_request_is_in_the_file_once(writer: Writer) -> None:
    """The list shows it from the root's own inputs, and what replaces a long one too."""
    short, long = "what is a span?", "x" * 1_000
    root = make_span(make_trace(), 1, end_ns=None, inputs_json=encode(short))
    writer.write([root])
    assert ask(writer, "SELECT request_preview FROM trace") == [(None,)]
    assert ask(writer, "SELECT request_preview FROM traces") == [(f'"{short}"',)]
    root.inputs_json = encode(long)
    writer.write([root])
    assert ask(writer, "SELECT request_preview FROM traces") == [(f'"{long}"'[:240],)]
    root.inputs_json, root.end_ns = encode(short), 40
    writer.write([root])
    assert ask(writer, "SELECT request_preview FROM traces") == [(f'"{short}"',)]


def test_request_of_an_entry_span_stays_when_the_root_has_none(writer: Writer) -> None:
    """A client that recorded no inputs is the root; what its server was asked is shown for it."""
    trace = make_trace()
    trace.maybe_in_file = True
    writer.write([make_span(trace, 2, parent=1, is_entry=True, inputs_json=b'"asked"', outputs_json=b'"answered"')])
    writer.write([make_span(trace, 1, is_entry=True)])
    assert ask(writer, "SELECT request_preview, response_preview FROM traces") == [('"asked"', '"answered"')]


class FailingCommit:
    """A connection whose next COMMIT fails with a full disk while `is_full` is set."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.is_full = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        """Execute a statement, unless it is the COMMIT that fails."""
        if sql == "COMMIT" and self.is_full:
            self.is_full = False
            raise sqlite3.OperationalError("database or disk is full")
        return self.connection.execute(sql, *parameters)


def test_commit_that_failed_leaves_nothing_behind(tmp_path: Path) -> None:
    """A retried span has its own trace and its own keys, also when other spans are written first."""
    path = tmp_path / "t.db"
    disk = FailingCommit(schema.open_for_writing(path))
    writer = Writer(path, PROCESS, connect=lambda _: cast(sqlite3.Connection, disk))
    lost = make_span(make_trace(1), 1, name="first", attribute_values={"a": "of the first"})
    disk.is_full = True
    with pytest.raises(sqlite3.OperationalError):
        writer.write([lost])
    assert ask(writer, "SELECT count(*) FROM trace") == [(0,)]
    writer.write([make_span(make_trace(2), 2, name="second", attribute_values={"b": "of the second"})])
    writer.write([lost])
    assert ask(writer, "SELECT trace_id, name FROM spans ORDER BY name") == [
        ("00000000000000000000000000000001", "first"),
        ("00000000000000000000000000000002", "second"),
    ]
    assert ask(writer, "SELECT name, span_count FROM traces ORDER BY name") == [("first", 1), ("second", 1)]
    assert ask(writer, "SELECT key, value FROM attributes ORDER BY key") == [
        ("a", "of the first"),
        ("b", "of the second"),
    ]
    writer.close()


def test_span_after_the_end_of_its_trace_changes_only_what_it_should(writer: Writer) -> None:
    """Model, name and request of the root stay; the counts continue."""
    trace = make_trace()
    said = {"gen_ai.request.model": "of-the-root"}
    writer.write([make_span(trace, 1, name="ask", inputs_json=encode("long " * 100), attribute_values=said)])
    late = make_span(
        trace, 2, parent=1, end_ns=900, attribute_values={"gen_ai.request.model": "late"}, kind="EMBEDDING"
    )
    late.status_code = ERROR
    writer.write([late])
    (row,) = ask(
        writer, "SELECT name, model, span_count, error_count, end_ns, substr(request_preview, 1, 5) FROM traces"
    )
    assert row == ("ask", "of-the-root", 2, 1, 900, '"long')


def test_trace_shows_the_model_that_answers(writer: Writer) -> None:
    """The model of a first embedding is replaced by the last text model, and that by the model of the root."""
    trace = make_trace()
    for key, kind, model in ((1, "EMBEDDING", "embed"), (2, "LLM", "large"), (3, "LLM", "mini"), (4, "TOOL", "x")):
        writer.write([make_span(trace, key, parent=9, kind=kind, attribute_values={"gen_ai.request.model": model})])
    assert ask(writer, "SELECT model FROM traces") == [("mini",)]
    root = make_span(trace, 9, attribute_values={"gen_ai.request.model": "what the root says"})
    writer.write([root])
    assert ask(writer, "SELECT model FROM traces") == [("what the root says",)]


def test_foreign_database_is_not_touched(tmp_path: Path) -> None:
    """Another program's file keeps every byte, its journal mode included."""
    path = tmp_path / "other.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE mine (x)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(schema.NotATraceFileError, match="another program"):
        Writer(path, PROCESS)
    assert path.read_bytes() == before


def test_failed_batch_leaves_nothing_and_may_be_given_again(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A locked file rejects the whole batch; a later write of the same batch succeeds."""
    monkeypatch.setattr(schema, "BUSY_TIMEOUT_S", 0.01)
    spans = [make_span(make_trace(), 1, attribute_values={"k": 1})]
    with closing(Writer(writer.path, PROCESS)) as impatient:
        with closing(sqlite3.connect(writer.path, isolation_level=None)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                impatient.write(spans)
            holder.execute("ROLLBACK")
        impatient.write(spans)
    assert ask(writer, "SELECT count(*) FROM spans") == [(1,)]
    assert ask(writer, "SELECT key, value FROM attributes") == [("k", 1)]


def test_file_that_cannot_be_joined_now_is_let_go(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A locked file refuses a new process; its connection is closed at once, so that no fork copies it."""
    monkeypatch.setattr(schema, "BUSY_TIMEOUT_S", 0.01)
    opened: list[sqlite3.Connection] = []

    def connect(path: Path) -> sqlite3.Connection:
        opened.append(schema.open_for_writing(path))
        return opened[-1]

    with closing(sqlite3.connect(writer.path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            Writer(writer.path, PROCESS, connect=connect)
    (connection,) = opened
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")


def test_one_bad_span_does_not_take_its_batch_along(writer: Writer) -> None:
    """What no file can take is given back with the reason, and everything beside it is written."""
    bad = make_span(make_trace(2), 2, start_ns=2**80)
    refused = writer.write([make_span(make_trace(1), 1), bad, make_span(make_trace(3), 3)])
    assert [span for span, _ in refused] == [bad]
    assert ask(writer, "SELECT name FROM spans ORDER BY name") == [("span 1",), ("span 3",)]


def test_heartbeat_and_losses_are_on_the_process(writer: Writer) -> None:
    """A reader learns that a process lives, what its tracer lost, and that it has ended."""
    writer.heartbeat(77, 3, 1)
    assert ask(writer, "SELECT heartbeat_ns, dropped, failed, ended_ns FROM processes") == [(77, 3, 1, None)]
    writer.heartbeat(99, 3, 1, ended=True)
    assert ask(writer, "SELECT ended_ns FROM processes") == [(99,)]


def test_ten_first_writers_at_once_make_one_file(tmp_path: Path) -> None:
    """Nobody sees "database is locked" when several processes start together on a new file."""
    failures: list[Exception] = []
    barrier = threading.Barrier(10)

    def start(number: int) -> None:
        try:
            barrier.wait()
            own = Writer(tmp_path / "t.db", PROCESS)
            for n in range(10):
                own.write([make_span(make_trace(number * 100 + n + 1), number * 100 + n + 1)])
            own.close()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=start, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    connection = sqlite3.connect(tmp_path / "t.db")
    assert connection.execute("SELECT count(*), count(DISTINCT id) FROM span").fetchone() == (100, 100)
    assert connection.execute("SELECT rev, trace, span FROM sequence").fetchone() == (10 + 200, 100, 100)
    connection.close()


def test_file_and_folder_are_the_owners_alone(tmp_path: Path) -> None:
    """Prompts are secrets: the folder is 0700 and ignored by git, the file 0600."""
    path = tmp_path / paths.FOLDER / paths.FILE_NAME
    Writer(path, PROCESS).close()
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o777 == 0o600
    assert (path.parent / ".gitignore").read_text() == "*\n"


def test_ignore_file_is_made_again_and_no_link_is_followed(tmp_path: Path) -> None:
    """Whoever took it away, or wrote another one, or made it a link."""
    path = tmp_path / ".tracetui" / "traces.db"
    ignore, elsewhere = path.parent / ".gitignore", tmp_path / "elsewhere"
    Writer(path, PROCESS).close()
    ignore.unlink()
    Writer(path, PROCESS).close()
    assert ignore.read_text() == "*\n"
    ignore.write_text("*.db*\n")
    Writer(path, PROCESS).close()
    assert ignore.read_text() == "*.db*\n"
    ignore.unlink()
    ignore.symlink_to(elsewhere)
    Writer(path, PROCESS).close()
    assert ignore.is_symlink()
    assert not elsewhere.exists()


def test_newer_layout_is_refused_by_name(tmp_path: Path) -> None:
    """A file of a newer version is left as it is, with the way out."""
    Writer(tmp_path / "t.db", PROCESS).close()
    connection = sqlite3.connect(tmp_path / "t.db", isolation_level=None)
    connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    connection.close()
    with pytest.raises(schema.NotATraceFileError, match="upgrade with"):
        Writer(tmp_path / "t.db", PROCESS)


@pytest.mark.parametrize("version", range(schema.VERSION))
def test_migration_from_every_version_gives_the_newest_layout(tmp_path: Path, version: int) -> None:
    """However old the file, the steps lead to the same tables and views as a new one."""
    old = sqlite3.connect(tmp_path / "old.db", isolation_level=None)
    for step in MIGRATIONS[:version]:
        old.executescript(step)
    if version:
        old.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        old.execute(f"PRAGMA user_version = {version}")
    old.close()
    layouts = []
    for name in ("old.db", "new.db"):
        connection = schema.open_for_writing(tmp_path / name)
        layouts.append(connection.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY name").fetchall())
        connection.close()
    assert layouts[0] == layouts[1]


@pytest.mark.parametrize("mark", [".git", ".tracetui", "pyproject.toml"])
def test_server_and_explorer_meet_anywhere_in_one_project(
    tmp_path: Path, mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The default file belongs to the nearest folder that looks like a project."""
    monkeypatch.delenv(paths.VARIABLE, raising=False)
    (tmp_path / "project" / "deep" / "down").mkdir(parents=True)
    (tmp_path / "project" / mark).mkdir()
    expected = tmp_path / "project" / ".tracetui" / "traces.db"
    assert paths.default_path(tmp_path / "project" / "deep" / "down") == expected
    assert paths.default_path(tmp_path / "project") == expected
    monkeypatch.setenv(paths.VARIABLE, str(tmp_path / "named.db"))
    assert paths.default_path() == tmp_path / "named.db"
    assert paths.default_path(tmp_path / "project") == expected, "a folder that was named goes before the variable"


def test_log_shrinks_again_when_a_reader_has_let_go(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction that someone held open for an hour does not cost its size in disk as long as the server runs."""
    monkeypatch.setattr(schema, "MAX_IDLE_WAL_BYTES", 1 << 20)
    log = writer.path.with_name(writer.path.name + "-wal")
    with closing(Writer(writer.path, PROCESS)) as server:
        with closing(sqlite3.connect(writer.path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM span").fetchall()
            for key in range(1, 9):
                server.write([make_span(make_trace(key), key, inputs_json=encode(f"{key}" * (1 << 20)))])
            assert log.stat().st_size > 8 << 20
        for key in range(9, 12):
            server.write([make_span(make_trace(key), key)])
        assert log.stat().st_size <= 1 << 20


@pytest.mark.parametrize("first", [{}, {"a": 1}, {"a": 1, "b": 2}])
@pytest.mark.parametrize("last", [{}, {"a": 1}, {"a": 1, "b": 2}, {"b": 2, "a": 1}, {f"k{n}": n for n in range(30)}])
def test_a_metric_of_a_running_trace_stays(
    writer: Writer, other: Writer, first: dict[str, Any], last: dict[str, Any]
) -> None:
    """Whatever attributes the span has when it is written again, by a process that knows nothing of the metric."""
    trace = make_trace()
    writer.write([make_span(trace, 1, end_ns=None, attribute_values=first)])
    assert other.edit([LogMetric(trace.trace_key, "score", 0.5)]) == [1]
    writer.write([make_span(trace, 1, end_ns=None, attribute_values=first)])
    writer.write([make_span(trace, 1, attribute_values={**first, **last})])
    ((listed,),) = ask(writer, "SELECT attr_keys FROM span")
    stored = dict(ask(writer, "SELECT name, value FROM attr JOIN attr_key k ON k.id = key"))
    assert stored == {**first, **last, "score": 0.5}
    assert sorted(json.loads(listed)) == sorted(key for (key,) in ask(writer, "SELECT key FROM attr"))
    assert {count for (count,) in ask(writer, "SELECT span_count FROM attr_key")} == {1}


@pytest.mark.parametrize("tokens", [(1 << 40) - 1, (1 << 62) - 1, 1 << 63, 1e300])
def test_no_count_of_tokens_keeps_spans_out_of_the_file(writer: Writer, tokens: float) -> None:
    """Absurd numbers are not counts; all counts can be summed over a span, a trace and the file."""
    trace = make_trace()
    usage = {"input_tokens": tokens, "cache_read_input_tokens": tokens, "cache_creation_input_tokens": tokens}
    for key in range(1, 6):
        refused = writer.write([make_span(trace, key, 9, attribute_values={"llm.usage": usage, "n": key})])
        assert not refused
    ((spans, total),) = ask(writer, "SELECT count(*), sum(input_tokens) FROM span")
    assert (spans, total) == (5, None if tokens > 1 << 40 else 15 * tokens)
