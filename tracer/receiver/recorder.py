"""One thread that decodes requests and writes their spans, one request after the other."""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from ...store.exchange import otlp, otlp_logs, otlp_logs_protobuf, otlp_metrics, otlp_protobuf
from ...store.exchange.document import FormatError
from ...store.text import json_text
from ..ingest.ingest import Counts, Ingest
from .log_folding import LogFolding

BEAT_S = 1.0
"""How often the file is told that open spans may still end."""

TRACES, LOGS, METRICS = "traces", "logs", "metrics"
"""The signals of OTLP; each has the path `/v1/` and its name."""


class Outcome(NamedTuple):
    """What became of a request."""

    counts: Counts
    reasons: list[str]
    """Why spans were refused."""
    signal: str = TRACES


class ReceiverRecorder:
    """Writes received spans to one trace file."""

    def __init__(self, path: Path) -> None:
        self._reasons: list[str] = []
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="tracetui-receiver")
        self._ingest = Ingest(path, self._reasons.append)
        self._logs = LogFolding(self._ingest)
        self.total = Counts()
        """The spans since the start."""

    async def record(self, body: bytes, *, is_json: bool, signal: str = TRACES) -> Outcome:
        """Write the spans of a request; when this returns, they are in the file.

        Log records may wait in memory for their spans; metrics are counted as refused. Raises FormatError for a body
        that is no request, and sqlite3.OperationalError when the file cannot be written now: then the same request may
        be sent again.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._record, body, is_json, signal)

    def record_now(self, body: bytes, signal: str) -> Outcome:
        """Write a request in protobuf, and wait for it in a thread of its own; see `record`."""
        return self._thread.submit(self._record, body, False, signal).result()

    async def beat_for_ever(self) -> None:
        """Let open spans of programs elsewhere count as running, until this is cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(BEAT_S)
            await loop.run_in_executor(self._thread, self._beat)

    def close(self) -> None:
        """Write what was accepted, and close the file."""
        self._thread.submit(self._close).result()
        self._thread.shutdown()

    def _record(self, body: bytes, is_json: bool, signal: str) -> Outcome:
        self._reasons.clear()
        if signal == METRICS:
            points = otlp_metrics.points(_json(body)) if is_json else otlp_logs_protobuf.metric_points(body)
            reasons = ["metrics are not stored: tokens, cost and durations come with spans and logs"] * bool(points)
            return Outcome(Counts(refused=points), reasons, METRICS)
        if signal == LOGS:
            return self._record_logs(body, is_json)
        return self._record_spans(body, is_json)

    def _record_logs(self, body: bytes, is_json: bool) -> Outcome:
        reasons: list[str] = []
        refuse = reasons.append
        read = otlp_logs.read(_json(body), refuse) if is_json else otlp_logs_protobuf.read(body, refuse)
        refused = read.refused + self._logs.receive(read.records, len(body), refuse)
        return Outcome(Counts(refused=refused), reasons + self._reasons, LOGS)

    def _record_spans(self, body: bytes, is_json: bool) -> Outcome:
        reasons: list[str] = []
        counts = Counts()
        batches = otlp.read(_json(body), reasons.append) if is_json else otlp_protobuf.read(body, reasons.append)
        for batch in batches:
            evaluations = self._logs.join(batch)
            counts = counts.plus(self._ingest.add(batch))
            self._logs.written(batch, evaluations)
        counts = counts.plus(Counts(refused=len(reasons)))
        self.total = self.total.plus(counts)
        return Outcome(counts, reasons + self._reasons)

    def _beat(self) -> None:
        with suppress(sqlite3.OperationalError):  # another process has its turn: the next beat comes in a second
            self._logs.give_up()
            self._ingest.beat()

    def _close(self) -> None:
        try:
            self._logs.give_up(all=True)
        finally:
            self._ingest.close()


def _json(body: bytes) -> Any:
    try:
        return json_text.decode(body.decode())
    except ValueError as error:
        raise FormatError(f"the body is not JSON: {error}") from None
