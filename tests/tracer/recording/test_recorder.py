"""The way of spans to the file: queue, thread, exit, fork, broken files."""

from __future__ import annotations

import gc
import logging
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.program import IMPATIENT, query, run_program
from tests.support.recorded import Recorded
from tests.support.waiting import wait_until
from tracetui import tracer
from tracetui.store.file import schema
from tracetui.tracer import guard, start_span, trace
from tracetui.tracer.host import native_threads as native
from tracetui.tracer.recording import process_recorder, writer_loop
from tracetui.tracer.settings.settings import Settings, config


def test_short_span_is_written_once(recorded: Recorded) -> None:
    """A span that starts and ends between two flushes costs one row and one rev."""
    with start_span("warm up"):
        pass
    tracer.flush()
    ((before,),) = query(recorded.path, "SELECT rev FROM sequence")
    with start_span("short"):
        pass
    tracer.flush()
    ((after,),) = query(recorded.path, "SELECT rev FROM sequence")
    assert after == before + 2, "one for the span, one for its trace"


def test_an_abandoned_span_is_ended_and_costs_no_memory(recorded: Recorded) -> None:
    """A span without end() is CANCELLED with everything that was written of it; no memory of it is kept."""
    forgotten = tracer.start_span_no_context("forgotten", inputs={"q": 1}, attributes={"a": 2}, tags={"password": "x"})
    child = tracer.start_span_no_context("child", parent_span=forgotten)
    tracer.flush()
    gone = weakref.ref(forgotten)
    forgotten.add_event("seen")
    tracer.flush()
    del forgotten
    assert wait_until(lambda: gone() is None, "the span to be collected")
    wait_until(lambda: recorded.span("forgotten")["status"] == "CANCELLED", "its end")
    child.end()
    span = recorded.span("forgotten")
    assert (span["inputs"], span["attributes"], len(span["events"])) == ({"q": 1}, {"a": 2}, 1)
    assert span["end_ns"] >= span["start_ns"]
    assert "without ending it" in span["status_message"]
    (found,) = recorded.traces()
    assert (found["open_count"], found["span_count"], found["status"]) == (0, 2, "CANCELLED")
    assert '"x"' not in found["tags"]
    loop = process_recorder.get().loop
    assert loop.file.writer is not None
    assert loop.exporter.pipeline is not None
    assert not loop.exporter.open_spans
    assert not loop.exporter.pipeline.exported
    assert not loop.file.writer.has_open_spans()
    assert loop.file.writer.cached_traces() == 0


def test_a_span_that_the_collector_ends_is_written_once(recorded: Recorded) -> None:
    """The collector clears weak references before a generator that was left half way can end its span."""

    class Cycle:
        pass

    @trace(name="stream")
    def stream(inside: Cycle) -> Iterator[int]:
        yield 1
        yield 2

    gc.collect()
    gc.freeze()  # the objects of other tests are no part of the fifty collections
    for _ in range(50):
        cycle: Any = Cycle()
        cycle.itself = cycle
        cycle.stream = stream(cycle)
        next(cycle.stream)
        tracer.flush()
        del cycle
        gc.collect()
        tracer.flush()
    gc.unfreeze()
    told = recorded.rows("SELECT status_message FROM spans")
    assert [row["status_message"] for row in told] == ["the consumer left the stream after 1 chunks"] * 50


def test_a_span_that_someone_holds_goes_on(recorded: Recorded) -> None:
    """A span that the program can still end is not abandoned."""
    held = tracer.start_span_no_context("held")
    tracer.flush()
    gc.collect()
    tracer.flush()
    assert recorded.span("held")["end_ns"] is None
    held.end()
    assert recorded.span("held")["status"] == "OK"


def test_every_change_gets_a_larger_rev(recorded: Recorded) -> None:
    """A reader that remembers one number sees every row that changed since."""
    seen = 0
    with start_span("outer"):
        for step in range(3):
            with start_span(f"step {step}"):
                pass
            tracer.flush()
            revs = [row for (row,) in query(recorded.path, "SELECT rev FROM span UNION ALL SELECT rev FROM trace")]
            assert len(set(revs)) == len(revs)
            assert max(revs) > seen
            seen = max(revs)


def test_a_full_queue_drops_and_counts(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spans beyond the queue's size are dropped, never waited for; the count reaches the file."""
    monkeypatch.setattr(config, "queue_size", 10)
    with start_span("keeps the process alive"):
        tracer.flush()
        own = process_recorder.get()
        dropped_before = own.queue.dropped
        held = threading.Event()
        release = threading.Event()
        assert own.loop.file.writer is not None
        write = own.loop.file.writer.write

        def slow_write(spans: object) -> object:
            held.set()
            release.wait(20)
            return write(spans)  # type: ignore[arg-type]

        monkeypatch.setattr(own.loop.file.writer, "write", slow_write)
        with start_span("first"):
            pass
        held.wait(20)
        for _ in range(25):
            with start_span("many"):
                pass
        release.set()
        assert own.queue.dropped - dropped_before == 15
        wait_until(lambda: recorded.rows("SELECT 1 FROM processes WHERE dropped = 15"), "the dropped count")
    assert len(recorded.rows("SELECT 1 FROM spans WHERE name = 'many'")) == 10


def test_end_of_a_known_span_is_never_dropped(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """A span whose start is in the file does not stay open because the queue was full when it ended."""
    span = tracer.start_span_no_context("long")
    tracer.flush()
    monkeypatch.setattr(config, "queue_size", 0)
    span.end()
    monkeypatch.undo()
    assert recorded.span("long")["status"] == "OK"


def test_exit_writes_what_is_queued(tmp_path: Path) -> None:
    """A program that just ends loses nothing; its spans still open are kept, and its process has ended."""
    db = tmp_path / "t.db"
    run_program(
        """
        from tracetui.tracer import start_span, trace
        @trace
        def f(n): return n
        for n in range(500): f(n)
        start_span("left open").__enter__()
        """,
        db,
    )
    assert query(db, "SELECT count(*) FROM spans") == [(501,)]
    assert query(db, "SELECT name FROM spans WHERE end_ns IS NULL") == [("left open",)]
    assert query(db, "SELECT count(*) FROM processes WHERE ended_ns IS NOT NULL") == [(1,)]


def test_uncaught_exception_leaves_a_whole_trace(tmp_path: Path) -> None:
    """A program that dies of an exception has it in its trace."""
    db = tmp_path / "t.db"
    died = run_program(
        """
        from tracetui.tracer import trace
        @trace
        def main(): raise SystemError("gone")
        main()
        """,
        db,
        check=False,
    )
    assert "SystemError: gone" in died.stderr
    assert query(db, "SELECT status, status_message FROM traces") == [("ERROR", "SystemError: gone")]


def test_process_without_spans_does_no_io(tmp_path: Path) -> None:
    """Importing, decorating, flushing and exiting write nothing and start no thread."""
    db = tmp_path / "t.db"
    run_program(
        """
        import threading
        from tracetui import tracer
        tracer.trace(len)
        tracer.flush()
        assert threading.active_count() == 1
        """,
        db,
    )
    assert not db.exists()


def test_disabled_by_variable_records_nothing(tmp_path: Path) -> None:
    """`TRACETUI_DISABLED=1` leaves the program as if it had no tracer."""
    db = tmp_path / "t.db"
    run_program("from tracetui.tracer import trace; print(trace(len)('abc'))", db, TRACETUI_DISABLED="1")
    assert not db.exists()


@pytest.mark.parametrize("word", ["0", "false", "No", "OFF", ""])
def test_disabled_by_variable_accepts_the_usual_words_for_no(tmp_path: Path, word: str) -> None:
    """`TRACETUI_DISABLED=false` records."""
    db = tmp_path / "t.db"
    run_program("from tracetui.tracer import trace; trace(len)('abc')", db, TRACETUI_DISABLED=word)
    assert query(db, "SELECT count(*) FROM spans") == [(1,)]


@pytest.mark.parametrize("word", ["true", "YES", "on"])
def test_disabled_by_variable_accepts_the_usual_words_for_yes(tmp_path: Path, word: str) -> None:
    """In the usual words."""
    run_program("from tracetui.tracer import trace; trace(len)('abc')", tmp_path / "t.db", TRACETUI_DISABLED=word)
    assert not (tmp_path / "t.db").exists()


@pytest.mark.parametrize(
    ("variable", "text", "field", "expected"),
    [
        ("TRACETUI_DISABLED", "perhaps", "is_disabled_for_good", "yes"),
        ("TRACETUI_REDACT", "2", "redact", "off"),
        ("TRACETUI_EXTRACT_ATTACHMENTS", "none", "extract_attachments", "off"),
        ("TRACETUI_QUEUE_SIZE", "1e5", "queue_size", "100000"),
        ("TRACETUI_MAX_VALUE_BYTES", "-1", "max_value_bytes", "digits"),
        ("TRACETUI_SAMPLING_RATIO", "10%", "sampling_ratio", "from 0 to 1"),
    ],
)
def test_an_invalid_variable_is_reported(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    variable: str,
    text: str,
    field: str,
    expected: str,
) -> None:
    """The warning names the variable, what it says and what it may say; the default counts."""
    monkeypatch.delenv(variable, raising=False)
    default = getattr(Settings(), field)
    assert not caplog.records
    monkeypatch.setenv(variable, text)
    assert getattr(Settings(), field) == default
    (record,) = caplog.records
    assert f"{variable}={text!r}" in record.getMessage()
    assert expected in record.getMessage()


@pytest.mark.parametrize("word", ["0", "false", "no", "off"])
def test_what_is_on_is_turned_off_by_any_usual_word(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    """Redaction and attachments too."""
    monkeypatch.setenv("TRACETUI_REDACT", word)
    monkeypatch.setenv("TRACETUI_EXTRACT_ATTACHMENTS", word)
    assert (Settings().redact, Settings().extract_attachments) == (False, False)


def test_forked_child_records_its_own_spans_below_its_parents(tmp_path: Path) -> None:
    """After a fork with spans queued both processes write, none twice, and the tree is one."""
    db = tmp_path / "t.db"
    run_program(
        """
        import os
        from tracetui.tracer import flush, start_span
        with start_span("warm up"): pass
        flush()
        with start_span("parent"):
            with start_span("queued before the fork"): pass
            pid = os.fork()
            if pid == 0:
                with start_span("in the child"): pass
                flush()
                os._exit(0)
            os.waitpid(pid, 0)
            with start_span("after the fork"): pass
        """,
        db,
    )
    rows = query(db, "SELECT name, count(*), count(DISTINCT pid) FROM spans GROUP BY name ORDER BY name")
    assert rows == [
        ("after the fork", 1, 1),
        ("in the child", 1, 1),
        ("parent", 1, 1),
        ("queued before the fork", 1, 1),
        ("warm up", 1, 1),
    ]
    assert query(db, "SELECT span_count, open_count FROM traces WHERE name = 'parent'") == [(4, 0)]
    assert query(db, "SELECT count(*) FROM processes") == [(2,)]


def test_spans_of_many_threads_are_all_recorded(recorded: Recorded) -> None:
    """Many threads at once lose nothing and mix nothing up."""

    @trace
    def leaf(n: int) -> int:
        return n

    @trace
    def work(worker: int) -> None:
        for n in range(50):
            leaf(n)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {row["span_count"] for row in recorded.traces()} == {51}
    assert len(recorded.traces()) == 16


def test_a_deleted_file_is_created_again(recorded: Recorded, tmp_path: Path) -> None:
    """`rm traces.db` while the server runs: recording goes on in a new file, and what is open is seen running there."""
    with start_span("open all along") as span:
        span.set_inputs("question")
        with start_span("before"):
            pass
        tracer.flush()
        for leftover in tmp_path.glob("traces.db*"):
            leftover.unlink()
        with start_span("after"):
            pass
        tracer.flush()
        running = recorded.span("open all along")
        assert (running["end_ns"], running["inputs"]) == (None, "question")
    assert [span["name"] for span in recorded.spans()] == ["after", "open all along"]


def test_locked_file_is_waited_for_with_one_warning(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """While another program holds the file, spans wait in memory; nothing is lost and the host does not notice."""
    monkeypatch.setattr(schema, "BUSY_TIMEOUT_S", 0.05)
    monkeypatch.setattr(writer_loop, "RETRY_S", 0.02)
    with start_span("first"):
        pass
    process_recorder.get().stop()
    holder = sqlite3.connect(recorded.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with caplog.at_level(logging.WARNING, logger="tracetui"):
        for _ in range(20):
            with start_span("meanwhile"):
                pass
        wait_until(lambda: caplog.records, "the warning")
    holder.execute("COMMIT")
    holder.close()
    assert len([span for span in recorded.spans() if span["name"] == "meanwhile"]) == 20
    assert [record.getMessage() for record in caplog.records if "cannot write" in record.getMessage()] == [
        caplog.records[0].getMessage()
    ]


def test_unwritable_place_never_harms_the_host(tmp_path: Path) -> None:
    """A trace file that cannot be made costs one warning and a short exit, never an exception."""
    (tmp_path / "file").write_text("in the way")
    ended = run_program(
        """
        from tracetui.tracer import trace
        print(trace(len)("abc"))
        """,
        tmp_path / "file" / "t.db",
        first=IMPATIENT,
        TRACETUI_STRICT="0",
    )
    assert ended.stdout == "3\n"
    assert ended.stderr.count("cannot write") == 1
    assert "Traceback" not in ended.stderr


def test_foreign_database_is_left_alone(tmp_path: Path) -> None:
    """A path that names another program's database is refused with its name, and the file stays as it was."""
    db = tmp_path / "other.db"
    other = sqlite3.connect(db)
    other.execute("CREATE TABLE mine (x)")
    other.close()
    text = "from tracetui.tracer import trace; trace(len)('abc')"
    ended = run_program(text, db, first=IMPATIENT, TRACETUI_STRICT="0")
    assert "database of another program" in ended.stderr
    assert query(db, "SELECT name FROM sqlite_schema") == [("mine",)]


def test_value_that_sqlite_refuses_is_stored_exactly(recorded: Recorded) -> None:
    """Lone surrogates and NULs in every recorded field survive, and spoil nothing beside them."""
    odd = "\ud800 nul:\x00 esc:\x1b[2J"
    with start_span(f"name {odd}", span_type=f"KIND {odd}") as span:
        span.set_inputs({odd: odd})
        span.set_attribute("text", odd)
        span.set_attribute("key\x00", 1)
        span.add_event(odd, {odd: odd})
        span.record_exception(ValueError(odd))
        tracer.update_current_trace(tags={odd: odd})
    with start_span("beside"):
        pass
    row = next(row for row in recorded.spans() if row["name"] != "beside")
    assert row["name"].decode("utf-8", "surrogatepass") == f"name {odd}"
    assert row["inputs"] == {odd: odd}
    assert row["attributes"] == {"text": odd, "key\x00": 1}
    assert row["events"][0]["name"] == odd
    assert recorded.span("beside")["status"] == "OK"


def test_our_faults_are_swallowed_counted_and_reported_once(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A bug in the tracer costs the host nothing but a line in its log."""
    monkeypatch.setattr(guard, "strict", False)
    faults = guard.fault_count

    class Trap(dict[str, int]):
        def items(self) -> object:  # type: ignore[override]
            raise RuntimeError("trap")

    with caplog.at_level(logging.WARNING, logger="tracetui"), start_span("s") as span:
        span.set_attributes(Trap(a=1))
        span.set_attributes(Trap(a=1))
    assert guard.fault_count == faults + 2
    assert len(caplog.records) == 1
    assert recorded.span("s")["status"] == "OK"


def test_an_attribute_of_an_open_span_is_shown_as_it_is_now(recorded: Recorded) -> None:
    """A step counted up, or a state that changes, is live: not what it was when the span was first written."""
    with start_span("long") as span:
        for step in (1, 2, 3):
            span.set_attributes({"step": step, "state": f"step {step}"})

            def is_shown(step: int = step) -> bool:
                values = {row["value"] for row in recorded.rows("SELECT value FROM attributes")}
                return values == {step, f"step {step}"}

            wait_until(is_shown, f"step {step}")
        span.set_span_type("AGENT")
        wait_until(lambda: recorded.rows("SELECT kind FROM spans") == [{"kind": "AGENT"}], "the kind")


def test_a_processor_that_traces_does_not_trigger_itself(recorded: Recorded) -> None:
    """Nothing that a callback does during the export is recorded: each span would cause the next."""
    seen: list[str] = []

    @trace
    def traced() -> None:
        tracer.update_current_trace(tags={"from": "inside"})

    def processor(span: tracer.Span) -> None:
        seen.append(span.name)
        with start_span("inside"):
            traced()
        tracer.start_span_no_context("by hand").end()
        tracer.start_span_no_context("below", parent_span=span).end()

    try:
        tracer.configure(span_processors=[processor])
        with start_span("outside"):
            pass
        for _ in range(3):
            assert tracer.flush()
    finally:
        tracer.configure(span_processors=[])
    # Twice where the writer came between its start and its end, and never more: three flushes have followed.
    assert seen in (["outside"], ["outside", "outside"])
    assert [span["name"] for span in recorded.spans()] == ["outside"]


def test_labels_set_while_the_last_span_is_prepared_are_written(recorded: Recorded) -> None:
    """A span whose end is seen carries what was said of its trace before that end: nothing is written after it."""

    def say_more(span: tracer.Span) -> None:
        assert isinstance(live, tracer.Span)
        live.trace.session_id = "s-1"

    try:
        tracer.configure(span_processors=[say_more])
        with start_span("turn") as live:
            tracer.update_current_trace(metadata={"run": "r-1"})
        assert tracer.flush()
    finally:
        tracer.configure(span_processors=[])
    with sqlite3.connect(recorded.path) as connection:
        assert connection.execute("SELECT session_id FROM trace").fetchall() == [("s-1",)]
    connection.close()


def test_a_processor_that_traces_at_exit_does_not_trigger_itself(tmp_path: Path) -> None:
    """The main thread writes the last spans; tracing is off then too."""
    program = """
        import atexit
        def late():
            with start_span("late"): pass
        atexit.register(late)
        from tracetui import tracer
        from tracetui.tracer import start_span
        def processor(span):
            assert not tracer.flush(60)
            with start_span("inside"): pass
        tracer.configure(span_processors=[processor])
        with start_span("early"): pass
        """
    run_program(program, tmp_path / "t.db")
    assert query(tmp_path / "t.db", "SELECT name FROM span ORDER BY start_ns") == [("early",), ("late",)]


def test_flush_in_the_middle_of_our_work_returns_at_once(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log handler or a span processor that flushes does not wait for itself; nor does one that stops the tracer."""
    flushed: list[bool] = []
    waits: list[int] = []
    wait = native.Flag.wait

    def noted(flag: native.Flag, timeout_s: float) -> None:
        waits.append(threading.get_ident())
        wait(flag, timeout_s)

    monkeypatch.setattr(native.Flag, "wait", noted)

    def processor(_: tracer.Span) -> None:
        with start_span("inside"):
            flushed.append(tracer.flush(60))
        tracer.flush_trace_async_logging(terminate=True)
        tracer.Client().delete_traces(trace_ids=["0" * 31 + "1"])
        tracer.search_traces(return_type="list")
        assert threading.get_ident() not in waits

    try:
        tracer.configure(span_processors=[processor])
        with start_span("outside"):
            pass
        assert tracer.flush(60)
    finally:
        tracer.configure(span_processors=[])
    assert flushed
    assert not any(flushed)
    assert recorded.span("outside")["status"] == "OK"


def test_a_span_that_is_open_when_the_file_is_closed_ends_in_its_row(recorded: Recorded) -> None:
    """Another version of the program, or `terminate=True`, in the middle of a span does not make two of it."""
    with start_span("outer") as outer:
        with start_span("inner"):
            tracer.flush()
            tracer.configure(version="2")
            outer.set_attribute("seen", True)
        tracer.flush_trace_async_logging(terminate=True)
        with start_span("late"):
            pass
    tracer.configure(version="")
    assert sorted(span["name"] for span in recorded.spans()) == ["inner", "late", "outer"]
    (found,) = recorded.traces()
    assert (found["span_count"], found["open_count"], found["status"]) == (3, 0, "OK")
    assert recorded.span("outer")["attributes"] == {"seen": True}
