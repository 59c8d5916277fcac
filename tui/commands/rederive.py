"""`tracetui rederive`: models, tokens, costs and times of a trace file, derived again from the raw attributes."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from ...store import schema
from ...store.price_steps import PriceFileError
from ...store.prices import Prices
from ...store.rederive import Progress
from ...store.rederive import rederive as run
from .failure import CommandError, say
from .migrate import check_ours
from .progress import ProgressLine
from .trace_file import path_of


def rederive(db: Path | None, own_prices: Path | None) -> None:
    """Derive, and say how much has changed."""
    path = path_of(db)
    if not path.is_file():
        raise CommandError(f"no trace file at {path}: there is nothing to derive")
    line = ProgressLine(Progress(0, 0, 0, 0), lambda progress: f"{progress.spans:,} spans")
    try:
        check_ours(path)
        done = run(path, Prices(own_prices or os.environ.get("TRACETUI_PRICES") or None), line)
    except KeyboardInterrupt:
        say(f"{_told(line.last)}; stopped, the same command goes on from there")
        raise
    except (sqlite3.Error, OSError, schema.NotATraceFileError, PriceFileError) as error:
        raise CommandError(f"cannot derive {path} again: {error}") from None
    say(_told(done))


def _told(progress: Progress) -> str:
    return (
        f"{progress.spans:,} spans looked at, {progress.changed_spans:,} spans"
        f" and {progress.changed_traces:,} traces changed"
    )
