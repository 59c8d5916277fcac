"""Disks that fill, files that go, writes that fail for a while: the host goes on, and memory stays bounded."""

from __future__ import annotations

import logging
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from tests.support.program import IMPATIENT, query, run_program
from tests.support.recorded import Recorded
from tests.support.waiting import wait_until
from tracetui import tracer
from tracetui.store.write.writer import Writer
from tracetui.tracer import start_span
from tracetui.tracer.recording import process_recorder, writer_loop
from tracetui.tracer.recording.fork_gates import WriteGate
from tracetui.tracer.recording.retry import EXIT_FAULT_S, EXIT_TIMEOUT_S, RetryLoop
from tracetui.tracer.settings.settings import config


def test_recording_continues_after_a_full_disk(tmp_path: Path) -> None:
    """While the disk is full, spans wait; those beyond the queue are dropped and counted."""
    db = tmp_path / "t.db"
    ended = run_program(
        """
        import resource, time
        from tracetui import tracer
        from tracetui.tracer.recording import process_recorder, writer_loop
        from tracetui.tracer import start_span
        writer_loop.RETRY_S = 0.02
        tracer.configure(queue_size=50)
        with start_span("open all along"):
            tracer.flush()
            soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
            for n in range(400):
                with start_span("big") as span: span.set_inputs(str(n) + "x" * 10_000)
                time.sleep(0.001)
            assert not tracer.flush(0.3)
            dropped = process_recorder.get().loop.losses
            assert dropped > 100, dropped
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            assert not tracer.flush(30), 'some are lost'
            assert tracer.flush(30), 'and no more since'
        print(dropped)
        """,
        db,
        TRACETUI_STRICT="0",
    )
    dropped = int(ended.stdout)
    assert ended.stderr.count("tracetui:") == 1, ended.stderr
    assert query(db, "SELECT count(*) FROM spans WHERE name = 'big'") == [(400 - dropped,)]
    assert query(db, "SELECT status FROM spans WHERE name = 'open all along'") == [("OK",)]
    assert query(db, "SELECT dropped FROM processes ORDER BY id") == [(dropped,)]
    assert query(db, "PRAGMA integrity_check") == [("ok",)]


class Failing:
    """Makes the writer fail as a broken disk does, until it is mended."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, message: str) -> None:
        self.is_broken = True
        self.tries = 0
        write = Writer._write

        def fail(writer: Writer, *args: Any, **kwargs: Any) -> None:
            if self.is_broken:
                self.tries += 1
                raise sqlite3.OperationalError(message)
            write(writer, *args, **kwargs)

        monkeypatch.setattr(Writer, "_write", fail)
        monkeypatch.setattr(writer_loop, "RETRY_S", 0.01)


@pytest.mark.parametrize(
    "message",
    ["database or disk is full", "attempt to write a readonly database", "database is locked", "disk I/O error"],
)
def test_failed_writes_are_retried_without_duplicates(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, message: str
) -> None:
    """An error that passes costs one warning; a span that was in the file as open is not there twice."""
    with caplog.at_level(logging.WARNING, logger="tracetui"), start_span("open"):
        tracer.flush()
        failing = Failing(monkeypatch, message)
        for _ in range(5):
            with start_span("meanwhile"):
                pass
        wait_until(lambda: failing.tries > 3, "some tries")
        failing.is_broken = False
    assert sorted(span["name"] for span in recorded.spans()) == ["meanwhile"] * 5 + ["open"]
    assert len(recorded.rows("SELECT * FROM processes")) == 1
    assert [record.getMessage() for record in caplog.records if message in record.getMessage()] == [
        caplog.records[0].getMessage()
    ]
    assert len(caplog.records) == 1


def test_waiting_bytes_are_bounded(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few large spans fill the memory that may wait, as many small ones do; further spans are dropped and counted."""
    monkeypatch.setattr(config, "max_waiting_bytes", 1_000_000)
    failing = Failing(monkeypatch, "database or disk is full")
    own = process_recorder.get().queue
    dropped_before = own.dropped
    with start_span("first"):
        pass
    wait_until(lambda: failing.tries, "the first failure")
    while not own.is_full:
        with start_span("large") as span:
            span.set_inputs("x" * 100_000)
    # The last one of the loop may have been too late already, and "first" is there again if it ended late.
    waiting, dropped = [getattr(item, "name", "") for item in own.items()], own.dropped
    for _ in range(100):
        with start_span("large") as span:
            span.set_inputs("x" * 100_000)
    assert own.dropped == dropped + 100
    assert len(own) == len(waiting)
    failing.is_broken = False
    assert recorded.rows("SELECT count(*) AS n FROM spans WHERE name = 'large'") == [{"n": waiting.count("large")}]
    with start_span("after"):
        pass
    assert recorded.span("after")["status"] == "OK"
    query = f"SELECT 1 FROM processes WHERE dropped = {dropped + 100 - dropped_before}"
    wait_until(lambda: recorded.rows(query), "the dropped count")


@pytest.mark.parametrize("fault", ["a full disk", "a folder that became a file", "a file of another kind"])
def test_a_fault_of_the_file_ends_a_flush_at_once(tmp_path: Path, fault: str) -> None:
    """The fault also ends a flush that the thread had dequeued before the failed attempt, and a wait for an edit."""
    db = tmp_path / "folder" / "t.db"
    ended = run_program(
        f"""
        import os, resource, shutil
        from tracetui import tracer
        from tracetui.tracer import client
        from tracetui.tracer.recording import writer_loop
        writer_loop.RETRY_S = 3600
        with tracer.start_span("before"): pass
        assert tracer.flush(20)
        path, fault = {str(db)!r}, {fault!r}
        if fault == "a full disk":
            resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
        elif fault == "a folder that became a file":
            shutil.rmtree(os.path.dirname(path))
            open(os.path.dirname(path), "w").close()
        else:
            shutil.rmtree(os.path.dirname(path))
            os.mkdir(os.path.dirname(path))
            open(path, "w").write("not a database at all" * 100)
        for turn in range(3):
            with tracer.start_span("after") as span: span.set_inputs(os.urandom(300_000).hex())
            assert not tracer.flush(3600)
        client.DELETE_TIMEOUT_S = 3600
        assert tracer.MlflowClient().delete_traces(trace_ids=["tr-" + "0f" * 16]) == 0
        writer_loop.RETRY_S = 0.01
        """,
        db,
        TRACETUI_STRICT="0",
    )
    assert ended.stderr.count("cannot write") == 1


def test_recording_continues_in_a_file_that_was_replaced(recorded: Recorded, tmp_path: Path) -> None:
    """Another trace file is moved to the path (`mv backup.db traces.db`): recording continues in it."""
    with start_span("first"):
        pass
    tracer.flush()
    other = tmp_path / "other"
    other.mkdir()
    run_program("from tracetui.tracer import trace; trace(len)('abc')", other / "traces.db")
    with start_span("open all along"):
        tracer.flush()
        for leftover in tmp_path.glob("traces.db-*"):
            leftover.unlink()
        os.replace(other / "traces.db", recorded.path)
        with start_span("after"):
            pass
        tracer.flush()
    assert {span["name"] for span in recorded.spans()} == {"len", "after", "open all along"}
    assert recorded.span("open all along")["status"] == "OK"


def test_a_deleted_folder_is_created_again(tmp_path: Path) -> None:
    """`rm -r .tracetui` while a server runs."""
    folder = tmp_path / ".tracetui"
    run_program(
        f"""
        import shutil
        from tracetui import tracer
        with tracer.start_span("before"): pass
        tracer.flush()
        shutil.rmtree({str(folder)!r})
        with tracer.start_span("after"): pass
        """,
        folder / "traces.db",
    )
    assert query(folder / "traces.db", "SELECT name FROM spans") == [("after",)]
    assert os.stat(folder).st_mode & 0o777 == 0o700


def test_a_file_that_is_no_database_is_reported_once_and_left_unchanged(tmp_path: Path) -> None:
    """A file that is no database stays as it is; the host gets one line that names it."""
    db = tmp_path / "t.db"
    db.write_bytes(b"not a database at all" * 100)
    text = "from tracetui.tracer import trace; print(trace(len)('abc'))"
    ended = run_program(text, db, first=IMPATIENT, TRACETUI_STRICT="0")
    assert ended.stdout == "3\n"
    assert ended.stderr.count(str(db)) == 1
    assert db.read_bytes() == b"not a database at all" * 100


def test_bytes_that_are_not_utf8_lose_nothing(tmp_path: Path) -> None:
    """In an argument, the script's name, the service, the version, the environment, a tag, or the path of the file."""
    folder = os.fsencode(tmp_path) + b"/d\xff"
    os.mkdir(folder)
    script = folder + b"/caf\xe9.py"
    Path(os.fsdecode(script)).write_text(
        "from tracetui import tracer\n"
        "with tracer.start_span('s'): tracer.update_current_trace(tags={'file': __file__})\n"
        "assert tracer.flush(20)\n"
        "(trace,) = tracer.search_traces(return_type='list')\n"
        "assert trace.info.tags['file'] == __file__\n"
    )
    told = {f"TRACETUI_{name}".encode(): name.encode() + b"\xff" for name in ("SERVICE", "VERSION", "ENVIRONMENT")}
    for number, more in enumerate(({}, told, {**told, b"TRACETUI_REDACT": b"0"})):
        db = folder + f"/{number}.db".encode()
        variables = {**os.environb, b"TRACETUI_DB": db, b"TRACETUI_GIT_COMMIT": b"\xfe", **more}
        done = subprocess.run([sys.executable, script, b"\xe9"], env=variables, capture_output=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, b"")
        connection = sqlite3.connect(os.fsdecode(db))
        connection.text_factory = bytes
        try:
            assert connection.execute("SELECT count(*) FROM spans").fetchone() == (1,)
            ((service, command),) = connection.execute("SELECT service, command FROM process")
        finally:
            connection.close()
        expected = os.fsdecode(b"SERVICE\xff" if more else b"caf\xe9")
        assert service.decode("utf-8", "surrogatepass") == expected
        assert "\udce9" in command.decode("utf-8", "surrogatepass")


@pytest.mark.parametrize("argv", ["[None, 3]", "[]", "[b'x']"])
def test_sys_argv_and_file_may_hold_anything(argv: str, tmp_path: Path) -> None:
    """The service is then called python; nothing is raised and nothing said."""
    ended = run_program(
        f"""
        import sys, __main__
        sys.argv = {argv}
        __main__.__file__ = object()
        from tracetui import tracer
        with tracer.start_span("s"): pass
        assert tracer.flush(20)
        """,
        tmp_path / "t.db",
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert query(tmp_path / "t.db", "SELECT service FROM process") == [("python",)]


class NoFile:
    """Stands for the file: opening it fails in the middle of an import."""

    def open(self) -> Writer:
        try:
            raise RuntimeError("cannot release un-acquired lock")
        except RuntimeError as error:
            raise ValueError("not imported") from error

    def release(self) -> None:
        """Nothing is open."""

    def commits(self) -> int:
        """Nobody writes."""
        return 0


def test_the_error_of_the_last_attempt_is_kept_without_its_frames() -> None:
    """The frames would keep the locks of modules that gevent, patched in during an import, leaves locked."""
    retry = RetryLoop(NoFile(), WriteGate(), lambda: None)  # type: ignore[arg-type]
    retry.set_deadline(-1.0)
    assert retry.until_written(lambda writer: None, lambda error: None) is None
    kept = retry.obstacle
    assert str(kept) == "not imported"
    assert kept is not None
    assert (kept.__traceback__, kept.__context__, kept.__cause__) == (None, None, None)


def test_the_end_of_a_program_waits_for_a_faulty_file_for_a_moment_only() -> None:
    """Not as long as for other processes, whose turn ends."""
    retry = RetryLoop(NoFile(), WriteGate(), lambda: None)  # type: ignore[arg-type]
    left_s: list[float] = []

    def wait(error: Exception) -> None:
        left_s.append(retry.deadline - monotonic())
        if len(left_s) == 2:
            retry.set_deadline(-1.0)

    retry.set_deadline(EXIT_TIMEOUT_S)
    retry.until_written(lambda writer: None, wait)
    assert left_s[1] <= left_s[0] <= EXIT_FAULT_S
