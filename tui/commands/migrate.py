"""`tracetui migrate`: a trace file brought to this version's layout, as any traced process would do.

What the layout has new of traces is filled from their spans, which a traced process has no time for.
"""

from __future__ import annotations

from pathlib import Path

from ...store.file import schema
from ...store.write.rederive import Progress, rederive
from ..errors import say
from ..file_argument import changing, path_of
from .progress import ProgressLine


def migrate(db: Path | None) -> None:
    """Migrate the file and say what it has now."""
    path = path_of(db)
    line = ProgressLine(Progress(0, 0, 0, 0), lambda progress: f"{progress.spans:,} spans")
    with changing(path) as version:
        schema.open_for_writing(path).close()
        if version < schema.VERSION:
            rederive(path, None, line)
    say(f"{path} has layout {schema.VERSION}")
