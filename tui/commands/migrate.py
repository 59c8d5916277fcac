"""`tracetui migrate`: converts a trace file to the layout of this version, as any traced process would.

It also does what a traced process has no time for: it fills the new columns of traces from their spans, keeps long
texts of older values once, and gives the space back. It may be killed at any time; the next run goes on.
"""

from __future__ import annotations

from pathlib import Path

from ...store.file import schema
from ...store.write.blocks.refold import Refolded, refold
from ...store.write.prune import compact
from ...store.write.rederive import Progress, rederive
from ..errors import say
from ..file_argument import changing, path_of
from .progress import ProgressLine

_DERIVED_SINCE = 8
"""The layout whose columns are those of this one."""


def migrate(db: Path | None) -> None:
    """Migrate the file and print its layout."""
    path = path_of(db)
    line = ProgressLine(Progress(0, 0, 0, 0), lambda progress: f"{progress.spans:,} spans")
    with changing(path) as version:
        schema.open_for_writing(path).close()
        if version < _DERIVED_SINCE:
            rederive(path, None, line)
        refold(path, ProgressLine(Refolded(0, 0), lambda done: f"{done.values:,} long values"))
        compact(path)
    say(f"{path} has layout {schema.VERSION}")
