"""`tracetui rederive`: computes models, tokens, costs and times of a trace file again, from the raw attributes."""

from __future__ import annotations

import os
from pathlib import Path

from ...store.prices.price_steps import PriceFileError
from ...store.prices.pricing import Prices
from ...store.write.rederive import Progress
from ...store.write.rederive import rederive as run
from ..errors import CommandError, say
from ..file_argument import changing, path_of
from .progress import ProgressLine


def rederive(db: Path | None, own_prices: Path | None) -> None:
    """Compute the columns again and print how many rows changed."""
    path = path_of(db)
    line = ProgressLine(Progress(0, 0, 0, 0), lambda progress: f"{progress.spans:,} spans")
    try:
        prices = Prices(own_prices or os.environ.get("TRACETUI_PRICES") or None)
        with changing(path):
            done = run(path, prices, line)
    except KeyboardInterrupt:
        say(f"{_told(line.last)}, then stopped; the same command continues from there")
        raise
    except PriceFileError as error:
        raise CommandError(str(error)) from None
    say(_told(done))


def _told(progress: Progress) -> str:
    return (
        f"{progress.spans:,} spans read, {progress.changed_spans:,} spans"
        f" and {progress.changed_traces:,} traces changed"
    )
