"""One thread that decodes requests and writes their spans, one request after the other."""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ...store.exchange import otlp, otlp_protobuf
from ...store.exchange.document import FormatError
from ...store.text import json_text
from ..ingest.ingest import Counts, Ingest

BEAT_S = 1.0
"""How often the file is told that open spans may still end."""


class Outcome(NamedTuple):
    """What became of a request."""

    counts: Counts
    reasons: list[str]
    """Why spans were refused."""


class ReceiverRecorder:
    """Writes received spans to one trace file."""

    def __init__(self, path: Path) -> None:
        self._reasons: list[str] = []
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="tracetui-receiver")
        self._ingest = Ingest(path, self._reasons.append)
        self.total = Counts()
        """The spans since the start."""

    async def record(self, body: bytes, *, is_json: bool) -> Outcome:
        """Write the spans of a request; when this returns, they are in the file.

        Raises FormatError for a body that is no request, and sqlite3.OperationalError when the file cannot be written
        now: then the same request may be sent again.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._record, body, is_json)

    async def beat_for_ever(self) -> None:
        """Let open spans of programs elsewhere count as running, until this is cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(BEAT_S)
            await loop.run_in_executor(self._thread, self._beat)

    def close(self) -> None:
        """Write what was accepted, and close the file."""
        self._thread.submit(self._ingest.close).result()
        self._thread.shutdown()

    def _record(self, body: bytes, is_json: bool) -> Outcome:
        reasons: list[str] = []
        self._reasons.clear()
        counts = Counts()
        if is_json:
            try:
                document = json_text.decode(body.decode())
            except ValueError as error:
                raise FormatError(f"the body is not JSON: {error}") from None
            batches = otlp.read(document, reasons.append)
        else:
            batches = otlp_protobuf.read(body, reasons.append)
        for batch in batches:
            counts = counts.plus(self._ingest.add(batch))
        counts = counts.plus(Counts(refused=len(reasons)))
        self.total = self.total.plus(counts)
        return Outcome(counts, reasons + self._reasons)

    def _beat(self) -> None:
        with suppress(sqlite3.OperationalError):  # another process has its turn: the next beat comes in a second
            self._ingest.beat()
