"""Greenlets of gevent, by themselves and in place of threads."""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from tests.support.recorded import Recorded
from tracetui import tracer
from tracetui.tracer import run_in_context, start_span

pytestmark = pytest.mark.skipif(importlib.util.find_spec("gevent") is None, reason="extra `clients`")


@pytest.fixture
def gevent() -> Any:
    """The library, imported after the tracer; nothing of Python is changed."""
    return importlib.import_module("gevent")


def work(gevent: Any, name: str) -> None:
    with start_span(name):
        gevent.sleep(0)
        with start_span(f"{name} deeper"):
            gevent.sleep(0)


def test_greenlets_are_in_the_span_that_they_are_spawned_in(gevent: Any, recorded: Recorded) -> None:
    """As tasks of asyncio are: each nests by itself, and the spawning code is where it was."""
    pool = importlib.import_module("gevent.pool").Pool(2)
    with start_span("root") as root:
        spawned = [gevent.spawn(work, gevent, "spawned"), gevent.spawn_later(0.001, work, gevent, "later")]
        spawned += [pool.spawn(work, gevent, "pooled"), gevent.Greenlet(work, gevent, "started")]
        spawned[-1].start()
        assert tracer.get_current_active_span() is root
        gevent.joinall(spawned, raise_error=True)
    outside = gevent.spawn(tracer.get_current_active_span)
    gevent.joinall([outside], raise_error=True)
    assert outside.value is None
    spans = {span["name"]: span for span in recorded.spans()}
    for name in ("spawned", "later", "pooled", "started"):
        assert spans[name]["parent_id"] == root.span_id
        assert spans[f"{name} deeper"]["parent_id"] == spans[name]["span_id"]


def test_a_greenlet_that_outlives_its_span_stays_below_it(gevent: Any, recorded: Recorded) -> None:
    """And labels of `tracing.context` go along, nothing of the host's does."""
    variables = importlib.import_module("contextvars")
    of_the_host = variables.ContextVar("of_the_host", default="none")
    go_on = importlib.import_module("gevent.event").Event()

    def background() -> str:
        go_on.wait()
        with start_span("background"):
            return str(of_the_host.get())

    of_the_host.set("seen")
    with start_span("request") as request:
        greenlet = gevent.spawn(background)
    go_on.set()
    assert greenlet.get() == "none"
    with tracer.tracing.context(session_id="s-1"):
        gevent.spawn(lambda: start_span("labelled").__enter__().__exit__(None, None, None)).join()
    assert recorded.span("background")["parent_id"] == request.span_id
    assert [trace["session_id"] for trace in recorded.traces()] == [None, "s-1"]


def test_raw_greenlets_are_given_the_context_by_hand(gevent: Any, recorded: Recorded) -> None:
    """gevent tells nobody of them."""
    with start_span("root") as root:
        gevent.spawn_raw(run_in_context(work), gevent, "raw")
        gevent.sleep(0.01)
    assert recorded.span("raw")["parent_id"] == root.span_id


def test_threads_that_are_greenlets_begin_outside(recorded: Recorded, tmp_path: Path) -> None:
    """A worker of a pool would else stay in the span of its first task for ever."""
    program = f"""
        import gevent.monkey
        gevent.monkey.patch_all()
        import gevent
        from concurrent.futures import ThreadPoolExecutor
        from tracetui import tracer

        def work(name):
            with tracer.start_span(name):
                gevent.sleep(0)

        tracer.configure(db={str(recorded.path)!r})
        pool = ThreadPoolExecutor(1)
        with tracer.start_span("root"):
            gevent.joinall([gevent.spawn(work, "greenlet")], raise_error=True)
            pool.submit(work, "first").result()
            tracer.wrap_executor(pool).submit(work, "carried").result()
        pool.submit(work, "second").result()
        tracer.flush()
    """
    script = tmp_path / "program.py"
    script.write_text(textwrap.dedent(program))
    subprocess.run([sys.executable, str(script)], check=True, timeout=60)
    is_below = {row["name"]: row["parent_id"] is not None for row in recorded.spans()}
    assert is_below == {"root": False, "greenlet": True, "first": False, "carried": True, "second": False}


def test_the_writer_thread_imports_nothing_beside_greenlets(tmp_path: Path) -> None:
    """Locks of imports are gevent's then: a thread and a greenlet that import at once could wait for each other."""
    program = """
        import gevent.monkey
        gevent.monkey.patch_all()
        import sys
        get_ident = gevent.monkey.get_original("_thread", "get_ident")
        here, elsewhere = get_ident(), []

        class Watching:
            def find_spec(self, name, path=None, target=None):
                if get_ident() != here:
                    elsewhere.append(name)

        sys.meta_path.insert(0, Watching())
        from tracetui import tracer
        tracer.configure(db="traces.db")
        with tracer.start_span("root"):
            pass
        assert tracer.flush()
        print(elsewhere)
    """
    run = [sys.executable, "-c", textwrap.dedent(program)]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("[]\n", "")
