"""`tracetui migrate`: converts a trace file to the layout of this version, as any traced process would.

It also fills the new columns of traces from their spans, for which a traced process has no time.
"""

from __future__ import annotations

from pathlib import Path

from ...store.file import schema
from ...store.write.rederive import Progress, rederive
from ..errors import say
from ..file_argument import changing, path_of
from .progress import ProgressLine


def migrate(db: Path | None) -> None:
    """Migrate the file and print its layout."""
    path = path_of(db)
    line = ProgressLine(Progress(0, 0, 0, 0), lambda progress: f"{progress.spans:,} spans")
    with changing(path) as version:
        schema.open_for_writing(path).close()
        if version < schema.VERSION:
            rederive(path, None, line)
    say(f"{path} has layout {schema.VERSION}")
