"""What the explorer remembers of a trace file."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tracetui.tui.layout.pane_shares import PaneShares
from tracetui.tui.settings.memory import Memory, View, read_memory, write_memory


def test_memory_comes_back_as_it_was(tmp_path: Path) -> None:
    """It is readable by its owner only: filters quote prompts."""
    path = tmp_path / "traces.db-explorer.json"
    view = View(["start", "attr:é"], {"start": 9}, ["cost", True])
    memory = Memory(view, {"costs": view}, PaneShares(50, 50), "nord", True, ["is:error", "\ud800"])
    assert write_memory(path, memory)
    assert read_memory(path) == memory
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", '{"view": 3, "views": [1], "shares": [1, 2], "filters": {}}', '{"view": {"order": [1, 2]}}'],
)
def test_any_other_file_is_no_memory(tmp_path: Path, text: str) -> None:
    """What another version or another program wrote there is ignored."""
    path = tmp_path / "memory.json"
    path.write_text(text, encoding="utf-8")
    memory = read_memory(path)
    assert (memory.shares, memory.filters, memory.views) == (None, [], {})
    assert read_memory(tmp_path / "none.json") == Memory()


def test_folder_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    """The explorer works there, and remembers nothing."""
    assert not write_memory(tmp_path / "none" / "memory.json", Memory())
