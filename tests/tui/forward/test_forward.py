"""Finished traces reach another backend: nothing is lost at any crash of either side, and a refusal is told."""

from __future__ import annotations

import gzip
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.support.builders import TraceFile
from tests.support.waiting import wait_until
from tracetui.store.exchange import otlp_protobuf
from tracetui.store.filter import parse
from tracetui.store.read.reader import Reader
from tracetui.tui.child_processes.receiver import start_receiver
from tracetui.tui.cli.program import run
from tracetui.tui.errors import CommandError
from tracetui.tui.forward.forward import Forwarding
from tracetui.tui.forward.progress_file import progress_of
from tracetui.tui.forward.sender import RefusedError, Sender, traces_url


class Backend(ThreadingHTTPServer):
    """An OTLP endpoint that replies with the statuses it is given, then with 200."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.statuses: list[int] = []
        self.bodies: list[bytes] = []
        self.headers: dict[str, str] = {}
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def names(self) -> list[str]:
        """The names of the spans that were accepted."""
        messages = map(ExportTraceServiceRequest.FromString, self.bodies)
        return [
            span.name
            for message in messages
            for of_resource in message.resource_spans
            for of_scope in of_resource.scope_spans
            for span in of_scope.spans
        ]


class _Handler(BaseHTTPRequestHandler):
    server: Backend

    def do_POST(self) -> None:
        body = gzip.decompress(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.headers = dict(self.headers)
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        if status == 200:
            self.server.bodies.append(body)
        self.send_response(status)
        self.send_header("Content-Length", "0")
        if status == 429:
            self.send_header("Retry-After", "7")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


@pytest.fixture
def backend() -> Iterator[Backend]:
    """A running endpoint."""
    server = Backend()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def file(tmp_path: Path) -> Iterator[TraceFile]:
    """A trace file under construction."""
    made = TraceFile(tmp_path / "traces.db")
    yield made
    made.close()


def send_once(file: TraceFile, backend: Backend, filter_text: str = "") -> list[str]:
    """Send what is new; returns what was said."""
    said: list[str] = []
    url = traces_url(backend.url)
    query = parse(filter_text)
    sender = Sender(url, {}, said.append, sleep=lambda _: None)
    with Reader(file.path) as reader:
        Forwarding(file.path, url, query, sender, said.append).send_new(reader, progress_of(reader, url, filter_text))
    return said


def test_each_span_is_sent_once_over_several_runs(file: TraceFile, backend: Backend) -> None:
    """The second run sends only what came since."""
    file.trace("first").span("a")
    send_once(file, backend)
    file.trace("second").span("b")
    send_once(file, backend)
    send_once(file, backend)
    assert backend.names() == ["a", "b"]


def test_a_trace_is_sent_when_it_has_ended_with_all_its_spans(file: TraceFile, backend: Backend) -> None:
    """Spans of a running trace wait, also over several runs."""
    trace = file.trace()
    root = trace.span("root", end_ms=None)
    trace.span("child", parent=root)
    send_once(file, backend)
    assert backend.names() == []
    trace.end(root)
    send_once(file, backend)
    assert sorted(backend.names()) == ["child", "root"]


def test_a_filter_chooses_and_a_trace_that_matches_later_is_sent_whole(file: TraceFile, backend: Backend) -> None:
    """Only failed traces go out."""
    file.trace().span("fine")
    file.trace().span("bad", status="ERROR")
    send_once(file, backend, "is:error")
    assert backend.names() == ["bad"]


def test_a_busy_backend_is_asked_again_after_the_time_that_it_names(backend: Backend) -> None:
    """429 and 503 wait; 200 at last."""
    pauses: list[float] = []
    said: list[str] = []
    backend.statuses = [503, 429]
    Sender(traces_url(backend.url), {"X-Key": "k"}, said.append, sleep=pauses.append).send(b"")
    assert pauses[1] == 7
    assert len(said) == 1
    assert "503" in said[0]
    assert (len(backend.bodies), backend.headers["X-Key"]) == (1, "k")


def test_a_backend_that_is_not_there_yet_is_waited_for(backend: Backend) -> None:
    """A refused connection is no loss."""
    tries: list[float] = []

    class ThereError(Exception):
        pass

    def sleep(pause_s: float) -> None:
        tries.append(pause_s)
        if len(tries) == 3:
            raise ThereError

    with pytest.raises(ThereError):
        Sender("http://127.0.0.1:9/v1/traces", {}, lambda _: None, sleep=sleep).send(b"")


def test_what_is_refused_for_good_is_told_and_skipped(file: TraceFile, backend: Backend) -> None:
    """A 400 is no reason to stop: the next trace is sent."""
    for name in ("refused", "accepted"):
        file.trace().span(name)
    backend.statuses = [400]
    said = send_once(file, backend)
    assert backend.names() == ["accepted"]
    assert "1 spans of the trace" in said[0]
    assert "400" in said[0]
    backend.statuses = [404]
    with pytest.raises(RefusedError):
        Sender(traces_url(backend.url), {}, said.append).send(b"")


def test_another_file_at_the_same_path_begins_from_the_start(file: TraceFile, backend: Backend) -> None:
    """The progress belongs to one file."""
    file.trace().span("old")
    send_once(file, backend)
    file.close()
    for suffix in ("", "-wal", "-shm"):
        file.path.with_name(file.path.name + suffix).unlink(missing_ok=True)
    new = TraceFile(file.path)
    new.trace(trace_id=b"\x09" * 16).span("new")
    send_once(new, backend)
    new.close()
    assert backend.names() == ["old", "new"]


def test_kills_of_the_sender_lose_nothing(file: TraceFile, tmp_path: Path) -> None:
    """Forwarded into a receiver, killed again and again: in the end its file has each span once."""
    for number in range(400):
        file.trace().span(f"s{number}")
    received = tmp_path / "received.db"
    receiver = start_receiver(received, port=0)
    command = [sys.executable, "-m", "tracetui.tui", "forward", "--db", str(file.path)]
    command += ["--to", f"http://127.0.0.1:{receiver.port}"]

    def count() -> int:
        if not received.exists():
            return 0
        connection = sqlite3.connect(received)
        try:
            return int(connection.execute("SELECT count(*) FROM span").fetchone()[0])
        except sqlite3.OperationalError:  # no tables yet
            return 0
        finally:
            connection.close()

    try:
        for goal in (20, 150):
            with subprocess.Popen(command, stderr=subprocess.DEVNULL) as running:
                wait_until(lambda goal=goal: count() >= goal, "spans have arrived")  # type: ignore[misc]
                os.kill(running.pid, signal.SIGKILL)
        assert run([*command[3:], "--once"]) == 0
        assert count() == 400
    finally:
        receiver.end()


def test_requests_are_the_same_in_protobuf_as_in_json() -> None:
    """Ids are bytes, and everything else is where it was."""
    span = {"traceId": "ab" * 16, "spanId": "cd" * 8, "name": "n", "startTimeUnixNano": "5", "endTimeUnixNano": "6"}
    body = otlp_protobuf.encode({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]})
    (batch,) = otlp_protobuf.read(body, pytest.fail)
    (found,) = batch.spans
    assert (found.trace_id.hex(), found.name, found.start_ns, found.end_ns) == ("ab" * 16, "n", 5, 6)


def test_text_for_which_protobuf_has_no_form_is_sent(file: TraceFile, backend: Backend) -> None:
    """A lone surrogate stops nothing: its span arrives, and the ones behind it."""
    file.trace().span("first", outputs="half of \ud83d")
    file.trace().span("second")
    send_once(file, backend)
    assert backend.names() == ["first", "second"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--to", "ftp://x"], "not an address"),
        (["--to", "localhost:4318"], "not an address"),
        (["--to", "http://x", "--header", "nothing"], "NAME=VALUE"),
        (["--to", "http://x", "| by(model)"], "without by"),
    ],
)
def test_wrong_arguments_are_named(arguments: list[str], message: str, file: TraceFile) -> None:
    """Before anything is sent."""
    with pytest.raises(CommandError, match=message):
        run(["forward", "--db", str(file.path), "--once", *arguments])
