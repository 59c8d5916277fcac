"""Write batches of documents to the trace file: redacted, within the limits, each span once."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple, TypeAlias

from ...store.exchange.document import Batch, Refuse, Resource, SpanDocument, TraceDocument
from ...store.file.process import Process
from ...store.model.rows import AttachmentRecord, SpanRecord
from ...store.prices.pricing import Prices
from ...store.read.reader import Reader
from ...store.write.edits import EditRefusedError, SaveAssessment
from ...store.write.writer import Writer
from .. import redaction
from ..export.edits import prepare_edit
from ..export.export_span import ExportSpan
from ..export.pipeline import ExportPipeline
from ..export.redact import redact_attachment
from ..settings.settings import config
from .foreign_span import ForeignSpan, foreign_trace
from .known_spans import KnownSpans
from .stored_span import stored_span

_AGED_INTERVAL_S = 60.0

MAX_PROGRAMS = 64
"""The most programs whose connections to the file are open; the one that was quiet longest is closed."""

SpanIds: TypeAlias = tuple[bytes, int]
"""The ids of a trace and a span."""


class Counts(NamedTuple):
    """What became of the spans of a batch."""

    written: int = 0
    known: int = 0
    """Spans that the file has already, ended."""
    refused: int = 0

    def plus(self, other: Counts) -> Counts:
        """Return the sum."""
        return Counts(self.written + other.written, self.known + other.known, self.refused + other.refused)


class Ingest:
    """Writes what other programs recorded to one trace file. For one thread at a time."""

    def __init__(self, path: Path, refuse: Refuse) -> None:
        """Write to the trace file at `path`, which may be missing.

        `refuse` receives the reason for each value that cannot be stored.
        """
        self._path = path
        self._refuse = refuse
        self._writers: OrderedDict[Resource, Writer] = OrderedDict()
        self._pipeline = ExportPipeline()
        self._known = KnownSpans()
        self._next_aged_s = 0.0
        self._prices = Prices(config.prices, refuse)

    def __enter__(self) -> Ingest:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(self, batch: Batch) -> Counts:
        """Commit one batch; when this returns, what it counts as written is in the file.

        A span that the file has with an end is not written again; an open span is replaced. Raises
        sqlite3.OperationalError when the file cannot be written now, and then nothing of the batch is in the file.
        """
        if not batch.spans and not any(map(_has_content, batch.traces)):
            return Counts()
        writer = self._writer(batch.resource)
        labels = {labels.trace_id: labels for labels in batch.traces}
        traces = {key: foreign_trace(key, labels.get(key)) for key in {span.trace_id for span in batch.spans}}
        documents, known = self._known.new_among(batch.spans, writer)
        records = self._pipeline.prepare([ForeignSpan(one, traces[one.trace_id]) for one in documents])
        self._add_attachments(records, labels)
        try:
            refused = writer.write(records) if records else []
        except BaseException:
            self._known.forget(traces)
            raise
        for span, reason in refused:
            self._refuse(f"the span {span.name!r:.80} cannot be stored: {reason!r}")
        self._known.forget(span.trace.trace_key for span, _ in refused)
        self._known.trim()
        self._assess(writer, labels.values())
        return Counts(len(records) - len(refused), known, len(refused))

    def has(self, resource: Resource, trace_key: bytes, span_key: int | None) -> bool:
        """Whether the file has the trace, or the span with its end. Raises sqlite3.OperationalError."""
        writer = self._writer(resource)
        if span_key is None:
            return bool(writer.spans_in_file([trace_key])[trace_key])
        is_there = self._known.is_ended(trace_key, span_key, writer)
        self._known.trim()
        return is_there

    def extend(self, resource: Resource, changes: Mapping[SpanIds, Callable[[SpanDocument], None]]) -> None:
        """Change ended spans of the file in one commit; ignores spans that are not there by now.

        A change adds attributes and events. Raises sqlite3.OperationalError when the file cannot be written now.
        """
        writer = self._writer(resource)
        documents: list[SpanDocument] = []
        with Reader(self._path) as reader:
            for (trace_key, span_key), change in changes.items():
                row = writer.replace_span(trace_key, span_key)
                document = None if row is None else stored_span(reader, trace_key, row)
                if document is not None:
                    change(document)
                    documents.append(document)
        traces = {key: foreign_trace(key, None) for key in {document.trace_id for document in documents}}
        records = self._pipeline.prepare([ForeignSpan(one, traces[one.trace_id]) for one in documents])
        for span, reason in writer.write(records) if records else []:
            self._refuse(f"what belongs to the span {span.name!r:.80} cannot be stored: {reason!r}")

    def beat(self) -> None:
        """Write that the programs are still there, and keep the file below its limit.

        Call it every second while open spans may come to an end. Raises sqlite3.OperationalError.
        """
        if self._writers and (config.max_file_bytes or config.max_age_s):
            self._make_room(next(iter(self._writers.values())))
        for writer in self._writers.values():
            if writer.has_open_spans():
                writer.heartbeat(time.time_ns(), 0, 0)

    def _make_room(self, writer: Writer) -> None:
        if config.max_file_bytes:
            writer.delete_oldest(config.max_file_bytes, time.time_ns())
        is_due = config.max_age_s and time.monotonic() >= self._next_aged_s
        if is_due and not writer.delete_aged(config.max_age_s, time.time_ns()):
            self._next_aged_s = time.monotonic() + _AGED_INTERVAL_S

    def close(self) -> None:
        """Close the file. Spans that are still open are shown as lost from now on."""
        while self._writers:
            self._close(self._writers.popitem()[1])

    def _start_again(self) -> None:
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()
        self._known = KnownSpans()
        self._pipeline = ExportPipeline()

    def _close(self, writer: Writer) -> None:
        try:
            writer.heartbeat(time.time_ns(), 0, 0, ended=True)
        finally:
            writer.close()

    def _writer(self, resource: Resource) -> Writer:
        writer = self._writers.get(resource)
        if writer is not None and not writer.is_in_place():  # the file was deleted or replaced
            self._start_again()
            writer = None
        if writer is None:
            while len(self._writers) >= MAX_PROGRAMS:
                self._close(self._writers.popitem(last=False)[1])
            facts = redaction.clean(dict(resource.facts)) if config.redact else dict(resource.facts)
            writer = self._writers[resource] = Writer(self._path, _process(resource), self._prices, facts)
        self._writers.move_to_end(resource)
        return writer

    def _add_attachments(self, records: Iterable[SpanRecord], labels: Mapping[bytes, TraceDocument]) -> None:
        """Let the first span of a trace carry the attachments of its document: the file keeps them by trace."""
        for record in records:
            of_trace = labels.get(record.trace.trace_key)
            if of_trace is None or not of_trace.attachments:
                continue
            assert isinstance(record, ForeignSpan | ExportSpan)
            clean = [one for one in of_trace.attachments if _clean(one)]
            if len(clean) < len(of_trace.attachments):
                self._refuse("an attachment is a text with a secret; it is not stored")
            record.attachments = [*record.attachments, *clean]
            of_trace.attachments = []

    def _assess(self, writer: Writer, labels: Iterable[TraceDocument]) -> None:
        edits = [
            prepare_edit(SaveAssessment(of_trace.trace_id, assessment))
            for of_trace in labels
            for assessment in of_trace.assessments
        ]
        if not edits:
            return
        for edit, outcome in zip(edits, writer.edit(edits), strict=True):
            if isinstance(outcome, EditRefusedError):
                self._refuse(f"{edit.failure}: {outcome}")


def _process(resource: Resource) -> Process:
    return Process(
        pid=resource.pid,
        host=resource.host,
        service=resource.service,
        command=redaction.clean_command(resource.command.split(" ")) if config.redact else resource.command,
        python=resource.runtime,
        started_ns=time.time_ns(),
    )


def _has_content(labels: TraceDocument) -> bool:
    return bool(labels.assessments)


def _clean(attachment: AttachmentRecord) -> bool:
    return not config.redact or redact_attachment(attachment.content_type, attachment.content)[1] == attachment.content
