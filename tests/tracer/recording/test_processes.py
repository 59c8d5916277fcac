"""Every kind of process, and every kind of end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.support.program import query, run_program
from tests.support.waiting import wait_until

PREFORK = """
    import os, sys, time
    from tracetui.tracer import start_span, trace
    @trace
    def request(worker, n): return n
    for n in range(200): request("parent", n)   # still queued, or just being written, when the workers are forked
    workers = []
    for worker in range(4):
        pid = os.fork()
        if pid == 0:
            for n in range(100): request(worker, n)
            sys.exit(0)
        workers.append(pid)
        for n in range(50): request("parent", n)
    for pid in workers: os.waitpid(pid, 0)
"""


def test_prefork_server_records_in_every_worker(tmp_path: Path) -> None:
    """As gunicorn does: forks with spans queued, workers that exit; every span is there once, of its own process."""
    db = tmp_path / "t.db"
    run_program(PREFORK, db)
    assert query(db, "SELECT count(*), count(DISTINCT span_id) FROM spans") == [(400 + 400, 800)]
    assert query(db, "SELECT count(*) FROM processes WHERE ended_ns IS NOT NULL") == [(5,)]
    assert query(db, "PRAGMA integrity_check") == [("ok",)]


def test_fork_waits_for_threads_that_read(tmp_path: Path) -> None:
    """A fork while traces are searched: no child inherits one of SQLite's locks."""
    db = tmp_path / "t.db"
    run_program(
        """
        import os, threading
        from tracetui.tracer import flush, search_traces, start_span
        stop = threading.Event()
        def read():
            while not stop.is_set():
                search_traces(max_results=3, return_type="list")
        def load():
            while not stop.wait(0.001):
                with start_span("load"): pass
        threads = [threading.Thread(target=each) for each in (read, read, load)]
        for thread in threads: thread.start()
        for n in range(60):
            pid = os.fork()
            if pid == 0:
                with start_span("child"): pass
                os._exit(0 if flush(10) else 1)
            assert os.waitpid(pid, 0)[1] == 0, "a child could not write"
        stop.set()
        for thread in threads: thread.join()
        """,
        db,
    )
    assert query(db, "SELECT count(*) FROM spans WHERE name = 'child'") == [(60,)]


def test_fork_under_load_never_hangs_or_corrupts(tmp_path: Path) -> None:
    """A fork in the middle of a transaction waits for it: no child inherits a locked mutex or a half-made import."""
    db = tmp_path / "t.db"
    run_program(
        """
        import os, threading
        from tracetui.tracer import flush, start_span
        stop = threading.Event()
        def load():
            while not stop.wait(0.0005):
                with start_span("load") as span: span.set_inputs("x" * 1000)
        threads = [threading.Thread(target=load) for _ in range(2)]
        for thread in threads: thread.start()
        for n in range(15):
            pid = os.fork()
            if pid == 0:
                with start_span("child"): pass
                os._exit(0 if flush(20) else 1)
            assert os.waitpid(pid, 0)[1] == 0, "a child could not write"
        stop.set()
        for thread in threads: thread.join()
        """,
        db,
    )
    assert query(db, "SELECT count(*) FROM spans WHERE name = 'child'") == [(15,)]
    assert query(db, "SELECT count(*) FROM spans WHERE end_ns IS NULL") == [(0,)]
    assert query(db, "PRAGMA integrity_check") == [("ok",)]


def test_child_that_leaves_its_parents_span_does_not_write_it_again(tmp_path: Path) -> None:
    """A fork inside a `with` ends twice in Python; the span is the parent's, and in the file once."""
    db = tmp_path / "t.db"
    run_program(
        """
        import os, time
        from tracetui.tracer import flush, start_span
        with start_span("outer"):
            flush()
            with start_span("inner") as span:
                pid = os.fork()
                if pid == 0:
                    span.set_attribute("who", "child")
                else:
                    os.waitpid(pid, 0)
                    span.set_attribute("who", "parent")
        """,
        db,
    )
    assert query(db, "SELECT name, status FROM spans ORDER BY name") == [("inner", "OK"), ("outer", "OK")]
    assert query(db, "SELECT value FROM attributes WHERE key = 'who'") == [("parent",)]


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing_children_record(tmp_path: Path, method: str) -> None:
    """A `Process` of each start method writes into the project's file; a forked one goes below its parent's span."""
    (tmp_path / "program.py").write_text(
        textwrap.dedent(
            f"""
            import multiprocessing
            from tracetui.tracer import start_span
            def work(n):
                with start_span("work"): pass
            if __name__ == "__main__":
                context = multiprocessing.get_context("{method}")
                with start_span("main"):
                    children = [context.Process(target=work, args=(n,)) for n in range(3)]
                    for child in children: child.start()
                    for child in children: child.join()
            """
        )
    )
    db = tmp_path / "t.db"
    subprocess.run(
        [sys.executable, "program.py"],
        cwd=tmp_path,
        env={**os.environ, "TRACETUI_DB": str(db)},
        check=True,
        timeout=120,
    )
    assert query(db, "SELECT name, count(*) FROM spans GROUP BY name") == [("main", 1), ("work", 3)]
    assert query(db, "SELECT count(*) FROM traces") == [(1 if method == "fork" else 4,)]


def test_daemon_threads_are_written_as_far_as_they_came(tmp_path: Path) -> None:
    """A daemon thread dies with the interpreter: what it ended is there, what it was in stays open."""
    db = tmp_path / "t.db"
    run_program(
        """
        import threading
        from tracetui.tracer import start_span
        started = threading.Event()
        def work():
            with start_span("ended"): pass
            with start_span("open"):
                started.set()
                threading.Event().wait()
        threading.Thread(target=work, daemon=True).start()
        started.wait()
        """,
        db,
    )
    assert query(db, "SELECT name, end_ns IS NULL FROM spans ORDER BY name") == [("ended", 0), ("open", 1)]


def started(program: str, db: Path) -> subprocess.Popen[str]:
    """A program that runs until it is told to end."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        env={**os.environ, "TRACETUI_DB": str(db)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


WAITING = """
    import signal, sys, time
    from tracetui.tracer import flush, start_span
    {setup}
    with start_span("before"): pass
    with start_span("open"):
        flush()
        with start_span("last"): pass
        print("ready", flush=True)
        time.sleep(600)
"""


@pytest.mark.parametrize(
    ("setup", "number", "last_is_there"),
    [
        ("", signal.SIGTERM, None),
        ("", signal.SIGKILL, None),
        ("signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))", signal.SIGTERM, True),
        ("signal.signal(signal.SIGTERM, lambda *_: (flush(), sys.exit(3)))", signal.SIGTERM, True),
        ("", signal.SIGINT, True),
    ],
    ids=["SIGTERM by default", "SIGKILL", "sys.exit in a handler", "flush in a handler", "Ctrl-C"],
)
def test_signals_lose_at_most_the_last_flush(
    tmp_path: Path, setup: str, number: signal.Signals, last_is_there: bool | None
) -> None:
    """What was committed stays; where Python gets to end, everything is there and open spans are CANCELLED."""
    db = tmp_path / "t.db"
    process = started(WAITING.format(setup=setup), db)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    process.communicate(timeout=30)
    statuses = dict(query(db, "SELECT name, status FROM spans"))
    assert statuses["before"] == "OK"
    assert query(db, "PRAGMA integrity_check") == [("ok",)]
    if last_is_there:
        assert statuses == {"before": "OK", "open": "CANCELLED", "last": "OK"}
        assert query(db, "SELECT count(*) FROM processes WHERE ended_ns IS NOT NULL") == [(1,)]
    else:
        assert statuses["open"] == "RUNNING"
        assert query(db, "SELECT count(*) FROM processes WHERE ended_ns IS NULL") == [(1,)]


def test_os_exit_loses_at_most_the_last_flush(tmp_path: Path) -> None:
    """`os._exit` runs no handlers: what was flushed before is there, and `flush()` before it loses nothing."""
    db = tmp_path / "t.db"
    program = """
        import os
        from tracetui.tracer import flush, start_span
        with start_span("a"): pass
        flush()
        with start_span("b"): pass
        {flush}
        os._exit(0)
    """
    run_program(program.format(flush=""), db)
    assert ("a",) in query(db, "SELECT name FROM spans")
    run_program(program.format(flush="flush()"), tmp_path / "u.db")
    assert query(tmp_path / "u.db", "SELECT name FROM spans ORDER BY name") == [("a",), ("b",)]


def _run_with_locked_file(program: str, db: Path) -> subprocess.CompletedProcess[str]:
    """Run a program that finds its trace file held by another connection, which never lets it go."""
    run_program("from tracetui.tracer import trace; trace(len)('abc')", db)
    hold = """
        import os, sqlite3
        from tracetui.store.file import schema
        schema.BUSY_TIMEOUT_S = 0.2
        holder = sqlite3.connect(os.environ["TRACETUI_DB"], isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
    """
    return run_program(textwrap.dedent(hold) + textwrap.dedent(program), db, TRACETUI_STRICT="0")


def test_exit_is_not_held_up_by_a_file_that_is_locked(tmp_path: Path) -> None:
    """A program ends within seconds though another one holds the file for ever, and says how many spans that cost."""
    ended = _run_with_locked_file(
        """
        from tracetui.tracer import trace
        length = trace(len)
        for _ in range(1_200): length("abc")
        """,
        tmp_path / "t.db",
    )
    assert ended.stderr.count("cannot write") == 1
    assert "1,200 spans are lost" in ended.stderr
    assert ended.stderr.splitlines()[-1].endswith("before the program ended: database is locked")


def test_a_span_that_waits_twice_is_lost_once(tmp_path: Path) -> None:
    """A span waits for the file while it runs, and again with its end: one loss is reported."""
    ended = _run_with_locked_file(
        """
        import time
        from tracetui.tracer.recording import process_recorder
        from tracetui.tracer import start_span
        with start_span("a"):
            while not process_recorder.get().loop.pending:
                time.sleep(0.01)
        """,
        tmp_path / "t.db",
    )
    assert "tracetui: 1 span is lost" in ended.stderr


def test_disabled_tracer_costs_a_call_nothing_that_can_be_measured(tmp_path: Path) -> None:
    """`TRACETUI_DISABLED=1`: `trace` gives functions back untouched, and importing starts nothing."""
    db = tmp_path / "t.db"
    ended = run_program(
        """
        import threading
        from tracetui import tracer
        def f(): pass
        assert tracer.trace(f) is f
        assert tracer.trace(name="x", span_type="LLM")(f) is f
        class C:
            @tracer.trace
            def m(self): return 1
            @tracer.trace
            @classmethod
            def c(cls): return 2
        assert (C().m(), C.c()) == (1, 2)
        with tracer.start_span("s") as span: span.set_inputs(1)
        assert threading.active_count() == 1
        tracer.enable()
        with tracer.start_span("after enable"): f()
        """,
        db,
        TRACETUI_DISABLED="1",
    )
    assert ended.stderr == ""
    assert query(db, "SELECT name FROM spans") == [("after enable",)]


def test_workers_started_at_once_share_one_new_file(tmp_path: Path) -> None:
    """Several processes that are first at the same time make one file, and lose nothing."""
    db = tmp_path / "t.db"
    program = "from tracetui.tracer import trace\nfor n in range(50): trace(len)('abc')"
    processes = [started(program, db) for _ in range(4)]
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    wait_until(lambda: query(db, "SELECT count(*) FROM spans") == [(200,)], "the spans of all processes")


def test_a_generator_that_is_left_open_says_nothing_when_the_interpreter_ends(tmp_path: Path) -> None:
    """It is closed when nothing can be imported any more; its span stays open in the file of a process that ended."""
    code = """
        import asyncio
        from tracetui.tracer import trace

        @trace
        def read(): yield from (1, 2)

        @trace
        async def read_async():
            yield 1

        open_generator, never_read, unfinished = read(), read(), read_async()
        next(open_generator)
        try:
            unfinished.__anext__().send(None)
        except StopIteration:
            pass
        """
    db = tmp_path / "t.db"
    ended = run_program(code, db)
    assert (ended.stdout, ended.stderr) == ("", "")
    assert query(db, "SELECT name, end_ns IS NULL FROM spans ORDER BY name") == [("read", 1), ("read_async", 1)]
    assert query(db, "SELECT dropped, failed, ended_ns IS NULL FROM processes") == [(0, 0, 0)]


def test_exit_handlers_that_run_after_ours_are_recorded(tmp_path: Path) -> None:
    """Handlers of `atexit` run last in, first out: what was registered before the import traces after our own."""
    code = """
        import atexit

        def late():
            with start_span("late"), start_span("inner"):
                pass
            with start_span("later"):
                pass

        atexit.register(late)
        from tracetui.tracer import start_span
        with start_span("early"):
            pass
        held = start_span("held").__enter__()
        """
    db = tmp_path / "t.db"
    run_program(code, db)
    assert [name for name, in query(db, "SELECT name FROM span ORDER BY start_ns")] == [
        "early", "held", "late", "inner", "later",
    ]  # fmt: skip


def test_a_system_that_is_not_unix_is_recorded_and_read_too(tmp_path: Path) -> None:
    """Windows has no forks, and neither the names nor the modules below."""
    ended = run_program(
        """
        import os, select, signal, sys
        for name in ("fork", "register_at_fork", "uname", "killpg", "getuid", "geteuid", "setsid", "sysconf"):
            delattr(os, name)
        for name in ("SIGHUP", "SIGKILL", "SIGUSR1", "SIGALRM"):
            delattr(signal, name)
        del select.poll
        sys.modules.update(dict.fromkeys(("fcntl", "termios", "resource", "pwd", "grp")))

        from tracetui import tracer
        tracer.trace(len)("abc")
        tracer.flush()
        assert [span.name for span in tracer.search_traces(return_type="list")[0].data.spans] == ["len"]
        from tracetui.tui.cli.program import run
        assert run(["ls"]) == 0
        """,
        tmp_path / "t.db",
    )
    assert "len" in ended.stdout
    assert query(tmp_path / "t.db", "SELECT count(*) FROM processes WHERE ended_ns IS NOT NULL") == [(1,)]
