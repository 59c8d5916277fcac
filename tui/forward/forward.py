"""Follow the trace file, and send each trace that has ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ...store.exchange import otlp_protobuf
from ...store.filter import Query
from ...store.model.rows import RUNNING, ProcessRow, SpanDetail, SpanRow, TraceRow
from ...store.model.status import trace_status
from ...store.read.reader import Reader
from ...store.read.search import matching_among
from ...store.read.tail import Kind, Tail
from ..commands.export_formats import otlp_request
from .progress_file import Progress, progress_of
from .sender import RefusedError, Sender

SPANS_AT_ONCE = 512
"""The most spans in one request, as in OpenTelemetry's SDKs."""

_TRACES_AT_ONCE = 64
_SAVE_S = 1.0
"""How often the progress is saved during a long run; a crash repeats what was sent since."""


class Forwarding:
    """Sends what is in a trace file and what arrives."""

    def __init__(self, path: Path, url: str, query: Query, sender: Sender, tell: Callable[[str], None]) -> None:
        self._path = path
        self._url = url
        self._query = query
        self._sender = sender
        self._tell = tell
        self.sent_spans = 0
        self.sent_traces = 0
        self.refused_spans = 0
        self._next_save_s = 0.0

    def follow(self, stop: threading.Event) -> None:
        """Send until `stop` is set."""
        following = Tail(self._path, stop, most_per_second=2)
        progress: Progress | None = None
        for change in following:
            if following.reader is None:
                if change.kind is Kind.FAILED:
                    self._tell(change.message)
                continue
            if progress is None or change.kind in (Kind.OPENED, Kind.REPLACED):
                progress = progress_of(following.reader, self._url, self._query.text)
            self.send_new(following.reader, progress)

    def send_new(self, reader: Reader, progress: Progress) -> None:
        """Send the traces that have ended since the progress, and move it on."""
        rev = reader.rev()  # before the rows: what is written meanwhile is sent the next time
        gone = reader.gone_processes(time.time_ns())
        processes = reader.processes()
        since = progress.waiting | dict.fromkeys(reader.changed_traces(progress.rev), progress.rev) | progress.waiting
        waiting: dict[int, int] = {}
        ids = sorted(since)
        for start in range(0, len(ids), _TRACES_AT_ONCE):
            some = ids[start : start + _TRACES_AT_ONCE]
            traces = reader.traces(some)
            open_now = {trace.id for trace in traces if trace_status(trace, gone) == RUNNING}
            waiting |= {trace: since[trace] for trace in open_now}
            ended = [trace.id for trace in traces if trace.id not in open_now]
            now_ns = time.time_ns()
            matching = set(matching_among(reader, self._query, ended, now_ns=now_ns, gone=gone))
            for trace in traces:
                if trace.id in matching:
                    self._send_trace(reader, trace, since[trace.id], processes)
            if time.monotonic() >= self._next_save_s:
                rest = {trace: since[trace] for trace in ids[start + _TRACES_AT_ONCE :]}
                progress.rev, progress.waiting = rev, waiting | rest
                self._save(progress, reader)
        if (progress.rev, progress.waiting) != (rev, waiting):
            progress.rev, progress.waiting = rev, waiting
            self._save(progress, reader)

    def _save(self, progress: Progress, reader: Reader) -> None:
        progress.save(reader)
        self._next_save_s = time.monotonic() + _SAVE_S

    def _send_trace(self, reader: Reader, trace: TraceRow, since_rev: int, processes: dict[int, ProcessRow]) -> None:
        """Send the spans that were written after `since_rev`; all of them where a filter may match only now."""
        if not self._is_for_all:
            since_rev = 0
        is_new = False
        for spans in _batches(reader, trace, since_rev):
            is_new = True
            body = otlp_protobuf.encode(otlp_request(reader, trace, spans, processes))
            try:
                self._sender.send(body)
                self.sent_spans += len(spans)
            except RefusedError as error:
                self.refused_spans += len(spans)
                self._tell(f"{len(spans)} spans of the trace {trace.trace_id.hex()} are refused and skipped: {error}")
        self.sent_traces += is_new

    @property
    def _is_for_all(self) -> bool:
        return self._query.root is None and not self._query.stages


def _batches(reader: Reader, trace: TraceRow, since_rev: int) -> Iterator[list[tuple[SpanRow, SpanDetail]]]:
    if since_rev and not reader.spans(trace.id, since_rev):
        return
    batch: list[tuple[SpanRow, SpanDetail]] = []
    for span, detail in reader.spans_with_details(trace.id):
        if span.rev > since_rev:
            batch.append((span, detail))
            if len(batch) == SPANS_AT_ONCE:
                yield batch
                batch = []
    if batch:
        yield batch
