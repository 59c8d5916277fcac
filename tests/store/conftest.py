"""Fixtures of the store's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .builders import TraceFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Iterator[TraceFile]:
    """An empty trace file, open for writing."""
    made = TraceFile(tmp_path / "traces.db")
    yield made
    made.close()
