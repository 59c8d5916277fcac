"""Writes the open trace into the current directory, off the screen's thread, and says where it went."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.screen import Screen


def export(screen: Screen[None], path: Path, trace_id: bytes) -> None:
    """Write `trace-<first 8 hex digits>.json` of the trace with this id in the trace file at `path`."""
