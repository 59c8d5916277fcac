"""Signal handlers, forks, destructors and exceptions in the middle of our code: no hang, nothing torn."""

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

_STORM = """
    import faulthandler, os, random, signal, sys, time
    faulthandler.dump_traceback_later(50, exit=True)
    from tracetui import tracer
    from tracetui.tracer import start_span, trace

    rand = random.Random({seed})
    children = []
    handled = depth = 0
    is_over = False

    def handler(*_):
        global handled, depth
        if depth > 1:
            return
        depth += 1
        handled += 1
        match rand.choice("sfrctk"):
            case "s":
                with start_span("in the handler") as span: span.set_inputs({{"n": handled}})
            case "f": tracer.flush(5)
            case "r": tracer.search_traces(max_results=1, return_type="list")
            case "c": tracer.configure(version=str(handled))
            case "t": tracer.flush_trace_async_logging(terminate=True)
            case "k":
                child = os.fork()
                if child == 0:
                    signal.signal(signal.SIGALRM, signal.SIG_DFL)
                    signal.alarm(30)
                    with start_span("in the child"): pass
                    os._exit(0 if tracer.flush(20) else 1)
                children.append(child)
        depth -= 1
        arm()

    def arm():
        if not is_over: signal.setitimer(signal.ITIMER_REAL, rand.randrange(20, 3000) / 1e6)

    @trace
    def work(n): return {{"n": n}}

    with start_span("first"): pass
    tracer.search_traces(max_results=1, return_type="list")  # imports: those of Python may not be interrupted
    signal.signal(signal.SIGALRM, handler)
    arm()
    done = 0
    while handled < 60:
        done += 1
        with start_span("main") as span:
            span.set_attribute("n", done)
            work(done)
        if done % 20 == 0:
            tracer.flush(20)
        if done % 50 == 0:
            tracer.flush_trace_async_logging(terminate=True)
    is_over = True
    signal.setitimer(signal.ITIMER_REAL, 0)
    assert not [status for child in children if (status := os.waitpid(child, 0)[1])]
    print(done)
"""


@pytest.mark.parametrize("seed", range(4))
def test_signal_handlers_may_do_anything_at_any_instant(tmp_path: Path, seed: int) -> None:
    """Handlers that trace, flush, read, configure, stop and fork at random instants, also inside of each other: all
    spans of the program are in the file once, and each child ends."""
    db = tmp_path / "t.db"
    done = int(run_program(_STORM.format(seed=seed), db).stdout)
    rows = dict(query(db, "SELECT name, count(*) FROM span WHERE end_ns IS NOT NULL GROUP BY name"))
    assert (rows["main"], rows["work"]) == (done, done)
    assert query(db, "SELECT sum(dropped), sum(failed) FROM process") == [(0, 0)]
    assert query(db, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize("raised", ["KeyboardInterrupt", "SystemExit", "TimeIsUp"])
def test_an_exception_of_a_signal_handler_reaches_the_program_and_ends_the_span(tmp_path: Path, raised: str) -> None:
    """Ctrl-C, the end of the process, or a time limit, in the middle of entering, recording and leaving spans."""
    db = tmp_path / "t.db"
    program = f"""
        import faulthandler, random, signal
        faulthandler.dump_traceback_later(50, exit=True)
        from tracetui import tracer
        from tracetui.tracer import trace
        class TimeIsUp(Exception): pass
        def handler(*_): raise {raised}
        signal.signal(signal.SIGALRM, signal.default_int_handler if {raised} is KeyboardInterrupt else handler)
        rand = random.Random(7)
        @trace
        def work(n): return {{"n": n}}
        work(0)
        tracer.flush()
        caught = 0
        for _ in range(300):
            try:
                signal.setitimer(signal.ITIMER_REAL, rand.randrange(20, 400) / 1e6)
                while True: work(1)
            except {raised}:
                caught += 1
        assert tracer.flush(30)
        print(caught)
    """
    assert run_program(program, db, TRACETUI_STRICT="0").stdout == "300\n"
    ((open_spans, doubled),) = query(db, "SELECT sum(end_ns IS NULL), count(*) - count(DISTINCT span_id) FROM span")
    assert (open_spans, doubled) == (0, 0)
    assert query(db, "SELECT sum(failed) FROM process") == [(0,)]


def test_a_failed_allocation_raises_nothing(tmp_path: Path) -> None:
    """Whichever allocation fails while a span is entered, set and left; what begins afterwards is no child of it."""
    pytest.importorskip("_testcapi", reason="CPython's own tests make memory short")
    db = tmp_path / "t.db"
    program = """
        import _testcapi
        from tracetui import tracer
        from tracetui.tracer import guard, start_span
        span = start_span("warm")
        with span: span.set_inputs({"a": 1})
        raised = []
        for at in range(120):
            span = start_span("x")
            enter, leave = span.__enter__, span.__exit__
            _testcapi.set_nomemory(at, at + 1)
            try:
                enter()
                span.set_inputs({"a": at})
                leave(None, None, None)
            except BaseException as error:
                raised.append((at, error))
            finally:
                _testcapi.remove_mem_hooks()
        assert not raised, raised
        assert tracer.get_current_active_span() is None
        assert tracer.flush(20)
    """
    run_program(program, db, TRACETUI_STRICT="0")
    assert query(db, "SELECT count(*) FROM span WHERE name = 'x' AND end_ns IS NOT NULL") == [(120,)]


def test_leaving_never_fails_on_what_entering_did_not_set(recorded: object) -> None:
    """A span that was never entered, or is left twice, ends all the same."""
    from tracetui.tracer import start_span

    span = start_span("never entered")
    span.__exit__(None, None, None)
    span.__exit__(None, None, None)
    assert span.status.status_code == "OK"


def test_a_fork_in_the_middle_of_a_start_of_the_thread_hangs_no_child(tmp_path: Path) -> None:
    """The child goes on where the signal handler interrupted its parent, though the thread is not in it."""
    db = tmp_path / "t.db"
    program = """
        import faulthandler, os, signal, threading
        faulthandler.dump_traceback_later(50, exit=True)
        from tracetui import tracer
        from tracetui.tracer import start_span
        pids = []
        def handler(*_): pids.append(os.fork())
        signal.signal(signal.SIGUSR1, handler)
        start = threading.Thread.start
        def started(thread):
            start(thread)
            os.kill(os.getpid(), signal.SIGUSR1)
        threading.Thread.start = started
        with start_span("span"): pass
        threading.Thread.start = start
        name = "child" if pids == [0] else "parent"
        with start_span(name): pass
        assert tracer.flush(20)
        if name == "child": os._exit(0)
        assert os.waitpid(pids[0], 0)[1] == 0
    """
    run_program(program, db)
    assert query(db, "SELECT name, count(*) FROM span GROUP BY name ORDER BY name") == [
        ("child", 1), ("parent", 1), ("span", 1),
    ]  # fmt: skip


def test_destructors_that_trace_and_flush_hang_nothing(tmp_path: Path) -> None:
    """The collector may run one in the middle of any of our code, on any thread."""
    db = tmp_path / "t.db"
    program = """
        import faulthandler, gc
        faulthandler.dump_traceback_later(50, exit=True)
        from tracetui import tracer
        from tracetui.tracer import start_span
        class Cycle:
            def __init__(self): self.itself = self
            def __del__(self):
                with start_span("collected"): pass
                tracer.flush(0.01)
        gc.set_threshold(50)
        for n in range(300):
            Cycle()
            with start_span("main") as span: span.set_inputs([[n] for _ in range(20)])
        gc.disable()
        assert tracer.flush(20)
    """
    run_program(program, db)
    assert query(db, "SELECT count(*) FROM span WHERE name = 'main'") == [(300,)]


def test_where_no_thread_starts_flush_reading_and_the_end_write(tmp_path: Path) -> None:
    """One warning; spans are written by whoever asks, and nothing is raised."""
    db = tmp_path / "t.db"
    program = """
        import threading
        from tracetui import tracer
        from tracetui.tracer import start_span
        def refuse(thread): raise RuntimeError("can't start new thread")
        threading.Thread.start = refuse
        with start_span("flushed"): pass
        assert tracer.flush(20)
        with start_span("read"): pass
        assert len(tracer.search_traces(return_type="list")) == 2
        with start_span("at the end"): pass
    """
    ended = run_program(program, db)
    assert ended.stderr.count("no thread can be started") == 1
    assert query(db, "SELECT name FROM span ORDER BY id") == [("flushed",), ("read",), ("at the end",)]
    assert query(db, "SELECT count(*), count(ended_ns) FROM process") == [(1, 1)]


_GREENLETS = {
    "gevent": ("from gevent import monkey; monkey.patch_all()", "gevent.sleep(0.001)", "gevent.spawn(work)"),
    "eventlet": ("import eventlet; eventlet.monkey_patch()", "eventlet.sleep(0.001)", "eventlet.spawn(work)"),
}


@pytest.mark.parametrize(
    ("library", "patched"),
    [
        ("gevent", "before"),
        ("gevent", "after the import"),
        ("gevent", "after the first span"),
        ("gevent", "after a flush"),
        ("eventlet", "after a flush"),
    ],
)
def test_greenlets_whenever_they_are_patched_in(tmp_path: Path, library: str, patched: str) -> None:
    """A preloaded server hung: its queue and its locks were the system's, its thread a greenlet. A fork as well."""
    pytest.importorskip(library)
    patch, sleep, spawn = _GREENLETS[library]
    before = {
        "before": (patch, "from tracetui import tracer"),
        "after the import": ("from tracetui import tracer", patch),
        "after the first span": ("from tracetui import tracer", "tracer.start_span_no_context('first').end()", patch),
        "after a flush": (
            "from tracetui import tracer", "tracer.start_span_no_context('first').end()", "tracer.flush(20)", patch,
        ),
    }[patched]  # fmt: skip
    program = """
import os, gevent_or_eventlet as library
def work():
    with tracer.start_span("outer"): SLEEP
    with tracer.start_span("inner"): pass
    assert tracer.flush(20)
    return True
tasks = [SPAWN for _ in range(5)]
assert all([task.GET() for task in tasks])
child = os.fork()
if child == 0:
    with tracer.start_span("child"): pass
    os._exit(0 if tracer.flush(20) else 1)
assert os.waitpid(child, 0)[1] == 0
assert tracer.flush(20)
"""
    program = program.replace("gevent_or_eventlet as library", library).replace("SLEEP", sleep).replace("SPAWN", spawn)
    program = program.replace("GET", "get" if library == "gevent" else "wait")
    watch = "import faulthandler; faulthandler.dump_traceback_later(50, exit=True)"
    quiet = "import warnings; warnings.simplefilter('ignore')"
    db = tmp_path / "t.db"
    ended = run_program("\n".join([watch, quiet, *before, program]), db, EVENTLET_NO_GREENDNS="yes")
    assert ended.stderr == ""
    rows = dict(query(db, "SELECT name, count(*) FROM span WHERE end_ns IS NOT NULL GROUP BY name"))
    assert {**rows, "first": 1} == {"outer": 5, "inner": 5, "child": 1, "first": 1}


def test_the_end_of_an_idle_process_keeps_what_ended_before(tmp_path: Path) -> None:
    """SIGTERM without a handler runs nothing of ours: what ended is in the file by then, after a moment of silence."""
    db = tmp_path / "t.db"
    program = """
        import os, signal, time
        from tracetui import tracer
        from tracetui.tracer import start_span
        with start_span("first"): pass
        tracer.flush(20)
        time.sleep(1.5)
        with start_span("outer"):
            with start_span("inner"): pass
            time.sleep(0.3)
        print(flush=True)
        time.sleep(60)
    """
    variables = {**os.environ, "TRACETUI_DB": str(db)}
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], env=variables, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        wait_until(lambda: query(db, "SELECT end_ns FROM span WHERE name = 'outer'")[0][0], "its end")
        process.terminate()
    assert process.returncode == -signal.SIGTERM
    assert query(db, "SELECT count(*) FROM span WHERE end_ns IS NULL") == [(0,)]


@pytest.mark.parametrize(
    "block",
    [
        "with start_span('a'): ctrl_c[0]",
        "with start_span('a'), start_span('b'): ctrl_c[0]",
        "with start_span('a'): ctrl_c[0] + None",
        "traced(ctrl_c)",
        "with tracing.context(enabled=False): ctrl_c[0]",
        "with tracing.context(enabled=False), start_span('a'): ctrl_c[0]",
        "with remote_context({'traceparent': '00-' + 32 * '1' + '-' + 16 * '2' + '-01'}): ctrl_c[0]",
    ],
)
def test_an_interruption_that_comes_with_the_end_of_a_block_leaves_nothing_current(tmp_path: Path, block: str) -> None:
    """Ctrl-C during one long operation is seen when the block is left, before any code of ours runs."""
    db = tmp_path / "t.db"
    program = f"""
        import _thread, signal
        from collections import defaultdict
        from tracetui import tracer
        from tracetui.tracer import remote_context, start_span, trace, tracing
        from tracetui.tracer.spans.current import current_span
        signal.signal(signal.SIGINT, signal.default_int_handler)
        ctrl_c = defaultdict(_thread.interrupt_main)  # to look up what it lacks calls nothing of Python
        @trace
        def traced(ctrl_c): return ctrl_c[0]
        def block():
            {block}
        raised = 0
        with start_span("around") as around:
            for _ in range(10):
                ctrl_c.clear()
                try:
                    block()
                except KeyboardInterrupt:
                    raised += 1
                assert current_span() is around
        assert current_span() is None
        assert tracer.flush(20)
        print(raised)
    """
    assert run_program(program, db, TRACETUI_STRICT="0").stdout == "10\n"
    assert query(db, "SELECT count(*) FROM span WHERE end_ns IS NULL") == [(0,)]


def test_an_interruption_anywhere_in_entering_and_leaving_keeps_the_span_around(tmp_path: Path) -> None:
    """After each line and call of ours in turn: what was current before is current again, and the span has ended."""
    db = tmp_path / "t.db"
    program = """
        import _thread, functools, signal, sys
        from collections import defaultdict
        from tracetui import tracer
        from tracetui.tracer.spans import current, span as spans; from tracetui.tracer import start_span
        from tracetui.tracer.spans.current import current_span
        class TimeIsUp(RuntimeError): pass
        def handler(number, frame): raise TimeIsUp
        signal.signal(signal.SIGUSR1, handler)
        ours = {spans.__file__, current.__file__}
        left = 0
        def traced(frame, event, argument):
            global left
            if frame.f_code.co_filename not in ours: return None
            frame.f_trace_opcodes = True
            if event == "opcode":
                left -= 1
                if left == 0:
                    sys.settrace(None)
                    interrupt[0]
            return traced
        interrupted = []
        with start_span("warm"): pass
        with start_span("around") as around:
            for at in range(1, 400):
                span = start_span("x")
                left = at
                interrupt = defaultdict(functools.partial(_thread.interrupt_main, signal.SIGUSR1))
                try:
                    sys.settrace(traced)
                    with span: pass
                    sys.settrace(None)
                except TimeIsUp:
                    interrupted.append(at)
                sys.settrace(None)
                assert current_span() is around, at
        assert current_span() is None
        assert len(interrupted) > 50
        assert tracer.flush(20)
    """
    run_program(program, db, TRACETUI_STRICT="0")
    assert query(db, "SELECT count(*) FROM span WHERE end_ns IS NULL") == [(0,)]


def test_a_signal_handler_reads_back_while_the_reader_is_imported(tmp_path: Path) -> None:
    """The import runs beside the main thread, so that the handler's own import of the same modules waits for it."""
    db = tmp_path / "t.db"
    program = """
        import os, signal, sys
        from tracetui import tracer
        with tracer.start_span("x"): pass
        assert tracer.flush(20)
        found, children = [], []
        is_handling = False
        def handler(*_):
            global is_handling
            if is_handling: return
            is_handling = True
            (trace,) = tracer.search_traces(return_type="list")
            found.append(trace.data.spans[0].name)
            children.append(os.fork())
            is_handling = len(children) > 3
        signal.signal(signal.SIGUSR1, handler)
        class Finder:
            @staticmethod
            def find_spec(name, *_):
                if "tracetui.tracer.read.search" in sys.modules: os.kill(os.getpid(), signal.SIGUSR1)
        sys.meta_path.insert(0, Finder)
        assert len(tracer.search_traces(return_type="list")) == 1
        assert set(found) == {"x"}
        is_handling = True
        assert not any(os.waitpid(child, 0)[1] for child in children if child)
        print(len(found) > 0)
    """
    assert "True" in run_program(program, db).stdout
