"""Fixtures: trace files, an app whose clock stands still, and the command line in this process."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pytest

from tests.support import sample
from tests.support.builders import TraceFile
from tracetui.store.filter.values.patterns import use_engine
from tracetui.store.read.groups import Group
from tracetui.tui.__main__ import main
from tracetui.tui.explorer.app import TraceApp


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the user's shell would change: colours, theme, zone, and where exports go."""
    for name in ("NO_COLOR", "TEXTUAL_THEME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def _engine_of_this_test() -> Iterator[None]:
    """What a command sets for its process is not left to other tests."""
    yield
    use_engine(None)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[TraceFile]:
    """The file of `sample.shop`, open for writing."""
    file = sample.shop(tmp_path / "traces.db")
    yield file
    file.close()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TraceFile]:
    """The trace file of the project around the current folder, with three traces."""
    project = tmp_path / "project"
    (project / ".tracetui").mkdir(parents=True)
    (project / ".git").mkdir()
    monkeypatch.chdir(project)
    monkeypatch.delenv("TRACETUI_DB", raising=False)
    made = TraceFile(project / ".tracetui" / "traces.db")
    for number, name in enumerate(("first", "second\nline \x1b[2J", "東京 third")):
        ttft_ms = 400.0 + number * 100
        trace = made.trace(
            name,
            trace_id=bytes([0xA0 + number]) * 16,
            start_ms=number * 1000,
            request_preview="x" * 300,
            input_tokens=4100,
            output_tokens=312,
            cost_usd=0.0042,
            ttft_ms=ttft_ms,
        )
        status = "ERROR" if number == 1 else "OK"
        trace.span(
            name,
            end_ms=900,
            status=status,
            attributes={"llm.ttft_ms": 400.0 + number * 100},
            ttft_ms=ttft_ms,
        )
    yield made
    made.close()


@contextmanager
def flush(file: TraceFile) -> Iterator[None]:
    """Write as a tracer does: all rows of a flush and their revs in one transaction."""
    file.connection.execute("BEGIN IMMEDIATE")
    yield
    file.connection.execute("COMMIT")


def explorer(path: Path) -> TraceApp:
    """An app on `path`, at the moment of the sample."""
    return TraceApp(path, now_ns=lambda: sample.NOW_NS)


class Ran(NamedTuple):
    """How a command went."""

    code: int
    out: str
    err: str


Run: TypeAlias = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `tracetui` with arguments, in this process."""

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["tracetui", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return Ran(int(left.value.code or 0), out, err)

    return run


def a_group(*key: str | None, spans: int = 1) -> Group:
    """A group that was counted."""
    return Group(key, spans, 1, 0, 1e9, 2e9, 300.0, None, 4_100, 312, 0.0042, 0, 0, (1234.5,))
