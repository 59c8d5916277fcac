"""Trace files of the former layout, as its writers left them."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

from tests.support.builders import TraceFile
from tracetui.store.file import former_layout, schema
from tracetui.store.file.migrations import MIGRATIONS


def former_file(path: Path, layout: int = former_layout.FIRST_READABLE) -> TraceFile:
    """An empty file of a former layout, open for writing."""
    with (
        patch.object(schema, "MIGRATIONS", MIGRATIONS[:layout]),
        patch.object(schema, "VERSION", layout),
    ):
        return TraceFile(path)
