"""gunicorn, which forks its workers from a master that has loaded the application: every span once, whoever dies."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.program import query
from tests.support.waiting import wait_until
from tracetui.store.model.rows import LOST, RUNNING
from tracetui.store.model.status import span_status
from tracetui.store.read.reader import Reader

WORKERS = 3
LOADED = 500
"""Spans that the master records while it loads the application; the workers are forked at once after that."""

APP = f"""
import os, threading, time
from tracetui.tracer import WSGIMiddleware, start_span, trace

@trace
def load(part): return part

for part in range({LOADED}): load(part)

@trace
def answer(question):
    time.sleep(0.02)  # so that one worker cannot answer them all
    return str(os.getpid())

def serve(environ, start_response):
    if environ["PATH_INFO"] == "/hang":
        with start_span("hang"): threading.Event().wait()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [answer(environ["QUERY_STRING"]).encode()]

app = WSGIMiddleware(serve)
"""

_numbers = count()


class Server(NamedTuple):
    """A gunicorn, and the questions that it has answered."""

    process: subprocess.Popen[bytes]
    address: str
    db: Path
    answered: list[str]

    def ask(self, question: str) -> int:
        """The worker that answered; 0 if none did, as may be while workers change."""
        try:
            with urllib.request.urlopen(f"{self.address}/?{question}", timeout=30) as response:
                worker = int(response.read())
        except OSError:
            return 0
        self.answered.append(question)
        return worker

    def workers_without(self, former: set[int]) -> set[int]:
        """All workers, found by asking, once there are `WORKERS` that are none of `former` and no other answers."""

        def found() -> set[int]:
            asked = next(_numbers)
            with ThreadPoolExecutor(8) as pool:
                workers = set(pool.map(self.ask, [f"{asked}-{number}" for number in range(40)])) - {0}
            return workers if len(workers) == WORKERS and not workers & former else set()

        return wait_until(found, f"{WORKERS} workers that are none of {former}", timeout_s=60)


@contextmanager
def gunicorn(folder: Path, *options: str) -> Iterator[Server]:
    """Serves the application from `WORKERS` workers."""
    (folder / "service.py").write_text(APP)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    db = folder / "traces.db"
    command = [sys.executable, "-m", "gunicorn", "service:app", "--bind", address, "--workers", str(WORKERS), *options]
    process = subprocess.Popen(command, cwd=folder, env={**os.environ, "TRACETUI_DB": str(db)}, start_new_session=True)
    server = Server(process, f"http://{address}", db, [])
    try:
        wait_until(lambda: server.ask("first"), "gunicorn", timeout_s=60)
        yield server
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)


def open_span(db: Path, name: str) -> tuple[int, str]:
    """The process number and the state of the one span of that name that has not ended; nothing while there is none."""
    if not db.exists():
        return 0, ""
    with Reader(db) as reader:
        if not reader.ready:  # a worker is about to fill it
            return 0, ""
    found = query(db, f"SELECT pid, trace_id FROM spans WHERE name = '{name}' AND end_ns IS NULL")
    if not found:
        return 0, ""
    ((pid, trace_id),) = found
    with Reader(db) as reader:
        gone = reader.gone_processes(time.time_ns())
        (span,) = [span for span in reader.spans(reader.find_trace(str(trace_id))) if span.name == name]
    return int(str(pid)), span_status(span, gone)


@pytest.mark.parametrize("kind", [("sync",), ("gthread", "--threads", "4")], ids=["sync", "gthread"])
@pytest.mark.parametrize("preload", [("--preload",), ()], ids=["preload", "each loads"])
def test_every_finished_request_is_in_the_file_once(
    tmp_path: Path, kind: tuple[str, ...], preload: tuple[str, ...]
) -> None:
    """Through a worker that is killed, a reload and the end: nothing twice, and what was open in the killed is LOST."""
    with gunicorn(tmp_path, "--worker-class", *kind, *preload) as server:
        first = server.workers_without(set())

        with ThreadPoolExecutor(1) as pool:
            hanging = pool.submit(urllib.request.urlopen, f"{server.address}/hang", timeout=60)
            wait_until(lambda: open_span(server.db, "hang")[1] == RUNNING, "the request that hangs")
            killed, _ = open_span(server.db, "hang")
            assert killed in first
            os.kill(killed, signal.SIGKILL)
            assert isinstance(hanging.exception(60), OSError)
        wait_until(lambda: open_span(server.db, "hang")[1] == LOST, "the span to be lost")
        second = server.workers_without({killed})

        server.process.send_signal(signal.SIGHUP)
        third = server.workers_without(second)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(60) == 0

    db = server.db
    counted = dict(query(db, "SELECT inputs ->> 'question', count(*) FROM spans WHERE name = 'answer' GROUP BY 1"))
    assert set(counted) >= set(server.answered)
    assert set(counted.values()) == {1}
    ((spans, distinct),) = query(db, "SELECT count(*), count(DISTINCT trace_id || span_id) FROM spans")
    assert spans == distinct
    loads = dict(query(db, "SELECT pid, count(*) FROM spans WHERE name = 'load' GROUP BY pid"))
    assert set(loads) == ({server.process.pid} if preload else first | second | third)
    assert set(loads.values()) == {LOADED}
    assert query(db, "SELECT name FROM spans WHERE end_ns IS NULL ORDER BY name") == [("GET /hang",), ("hang",)]
    assert query(db, "SELECT pid FROM processes WHERE ended_ns IS NULL") == [(killed,)]
    assert query(db, "PRAGMA integrity_check") == [("ok",)]
