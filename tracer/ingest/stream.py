"""Documents that come one in each line, written as they come: what another machine sends over ssh."""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import IO

from ...store.exchange.document import FormatError, Refuse
from ...store.importers.sniff import read
from ...store.text import json_text
from .ingest import Counts, Ingest

BEAT_S = 1.0
"""How often the file is told that open spans may still end."""


def write_stream(lines: IO[bytes], ingest: Ingest, refuse: Refuse) -> Counts:
    """Write the document in each line until the lines end; returns what became of their spans."""
    waiting: SimpleQueue[bytes | None] = SimpleQueue()
    threading.Thread(target=_read, args=(lines, waiting), daemon=True).start()
    counts = Counts()
    while True:
        try:
            line = waiting.get(timeout=BEAT_S)
        except Empty:
            ingest.beat()
            continue
        if line is None:
            return counts
        if line.strip():
            try:
                for batch in read(json_text.decode(line.decode()), refuse):
                    counts = counts.plus(ingest.add(batch))
            except (FormatError, ValueError) as error:
                refuse(f"a line is left out: {error}")


def _read(lines: IO[bytes], waiting: SimpleQueue[bytes | None]) -> None:
    try:
        for line in lines:
            waiting.put(line)
    finally:
        waiting.put(None)
