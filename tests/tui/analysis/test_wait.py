"""`tracetui wait`: start the server, send a request, wait, look."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.builders import EPOCH_NS, TraceFile
from tracetui.tui.cli.program import run
from tracetui.tui.errors import CommandError


@pytest.fixture
def file(tmp_path: Path) -> Iterator[TraceFile]:
    """A trace file under construction."""
    made = TraceFile(tmp_path / "traces.db")
    yield made
    made.close()


def wait_for(file: TraceFile, *arguments: str) -> int:
    """Run the command."""
    return run(["wait", "--db", str(file.path), *arguments])


def test_a_trace_that_ends_meanwhile_is_shown(file: TraceFile, capfd: pytest.CaptureFixture[str]) -> None:
    """Its tree, at once; what ended before is not meant, and what does not match neither."""
    file.trace("before").span("old")

    def serve() -> None:
        writer = TraceFile(file.path)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and not done.wait(0.05):
            writer.trace("other").span("other")
            trace = writer.trace("chat", start_ms=(time.time_ns() - EPOCH_NS) / 1e6)
            trace.span("answer", kind="LLM")
        writer.close()

    done = threading.Event()
    server = threading.Thread(target=serve)
    server.start()
    try:
        assert wait_for(file, 'trace.name = "chat"', "--timeout", "20s") == 0
    finally:
        done.set()
        server.join()
    out = capfd.readouterr().out
    assert out.startswith("chat  ")
    assert "answer" in out
    assert "old" not in out


def test_nothing_in_time_is_exit_code_1_and_names_what_ended_before(
    file: TraceFile, capfd: pytest.CaptureFixture[str]
) -> None:
    """The request may have ended before the command began."""
    started_ms = (time.time_ns() - EPOCH_NS) / 1e6 - 5_000
    trace = file.trace("chat", start_ms=started_ms)
    trace.span("root")
    assert wait_for(file, "--timeout", "50ms") == 1
    err = capfd.readouterr().err
    assert "no trace ended within 0.05 s; the last one" in err
    assert "--since " in err


def test_since_counts_what_has_just_ended(file: TraceFile, capfd: pytest.CaptureFixture[str]) -> None:
    """As JSON for programs."""
    started_ms = (time.time_ns() - EPOCH_NS) / 1e6 - 5_000
    file.trace("chat", start_ms=started_ms).span("root")
    assert wait_for(file, "--since", "1m", "--json") == 0
    assert json.loads(capfd.readouterr().out)["name"] == "chat"


def test_a_file_that_is_not_there_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The server may not have begun to record."""
    missing = tmp_path / "missing.db"
    assert run(["wait", "--db", str(missing), "--timeout", "50ms"]) == 1
    assert f"there is no trace file at {missing}" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["--timeout", "soon"], "not a duration"), (["| by(model)"], "without by"), (["status ="], "expected")],
)
def test_wrong_arguments_are_named(arguments: list[str], message: str, file: TraceFile) -> None:
    """Before anything is waited for."""
    with pytest.raises(CommandError, match=message):
        wait_for(file, *arguments)
