"""`tracetui tail`: each trace as it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.builders import TraceFile
from tests.tui.conftest import Run, flush


@contextmanager
def tailing(file: TraceFile, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own, which Ctrl-C ends."""
    command = [sys.executable, "-m", "tracetui.tui", "tail", "--db", str(file.path), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=20)
    assert process.returncode == 130


def next_line(process: subprocess.Popen[str]) -> str:
    """The next line that the command prints; fails after a while."""
    assert process.stdout is not None
    alarm = threading.Timer(20.0, process.kill)
    alarm.start()
    try:
        return process.stdout.readline()
    finally:
        alarm.cancel()


def test_tail_prints_each_trace_when_it_ends(file: TraceFile) -> None:
    """Not when it begins; once; and of those before it started only the last that were asked for."""
    file.process(pid=os.getpid())
    early = file.trace("early")
    running = early.span("early", end_ms=None)
    with tailing(file, "-n", "1") as process:
        assert next_line(process).split()[0] == "TRACE"
        assert "third" in next_line(process)
        with flush(file):
            late = file.trace("late")
            late.span("late", status="ERROR")
        line = next_line(process)
        assert line.split()[0] == late.hex_id[:12]
        assert "ERROR" in line
        with flush(file):
            early.end(running)
            file.update("trace", late.id, {"tags": '{"seen": "yes"}', "rev": file.next_rev()})
        assert next_line(process).split()[0] == early.hex_id[:12]
        with flush(file):
            file.trace("last").span("last")
        assert "last" in next_line(process)


def test_tail_prints_what_matches_a_filter_as_json(file: TraceFile) -> None:
    """One object per line, as of `tracetui ls --json`."""
    with tailing(file, "--json", "-n", "5", "is:error") as process:
        assert json.loads(next_line(process))["name"] == "second\nline \x1b[2J"
        with flush(file):
            file.trace("fine").span("fine")
            file.trace("failed").span("failed", status="ERROR")
        assert json.loads(next_line(process))["name"] == "failed"


@pytest.mark.parametrize("stage", ["by(model)", "sort(cost)", "limit 3"])
def test_tail_refuses_what_needs_all_traces(file: TraceFile, run: Run, stage: str) -> None:
    """Groups and orders of what has not ended yet do not exist."""
    ran = run("tail", f"kind = LLM | {stage}")
    assert ran.code == 2
    assert "without by, sort and limit" in ran.err
