"""Fixtures of the store's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.builders import TraceFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def none_left_open(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Trace files that a test builds in passing are closed at its end."""
    built: list[TraceFile] = []
    build = TraceFile.__init__

    def build_and_note(file: TraceFile, path: Path) -> None:
        build(file, path)
        built.append(file)

    monkeypatch.setattr(TraceFile, "__init__", build_and_note)
    yield
    for file in built:
        file.close()


@pytest.fixture
def file(tmp_path: Path) -> Iterator[TraceFile]:
    """An empty trace file, open for writing."""
    made = TraceFile(tmp_path / "traces.db")
    yield made
    made.close()
