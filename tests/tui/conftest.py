"""Fixtures of the explorer's tests: the shop's trace file, and an app whose clock stands still."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tracetui.tui.app import TraceApp

from ..store.builders import TraceFile
from . import sample


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the user's shell would change: colours, theme, zone, and where exports go."""
    for name in ("NO_COLOR", "TEXTUAL_THEME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[TraceFile]:
    """The file of `sample.shop`, open for writing."""
    file = sample.shop(tmp_path / "traces.db")
    yield file
    file.close()


@contextmanager
def flush(file: TraceFile) -> Iterator[None]:
    """Write as a tracer does: all rows of a flush and their revs in one transaction."""
    file.connection.execute("BEGIN IMMEDIATE")
    yield
    file.connection.execute("COMMIT")


def explorer(path: Path) -> TraceApp:
    """An app on `path`, at the moment of the sample."""
    return TraceApp(path, now_ns=lambda: sample.NOW_NS)
