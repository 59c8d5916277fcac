"""The formats of `tracetui export`: each makes a text of traces, piece by piece."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ...store.exchange import otlp_json, perfetto, span_table
from ...store.model.rows import ProcessRow, SpanDetail, SpanRow, TraceRow
from ...store.model.status import span_status
from ...store.outline.from_file import Outliner
from ...store.read.export import export_trace
from ...store.read.reader import Reader
from ...store.read.trace_document import to_json
from ..child_processes.mlflow_export import mlflow_lines
from ..errors import CommandError

Write = Callable[[Reader, Iterable[TraceRow], int], Iterator[str | bytes]]
"""Returns the text or the bytes for traces, in their order; the last argument decides which open spans are lost."""


def jsonl(reader: Reader, traces: Iterable[TraceRow], now_ns: int) -> Iterator[str]:
    """The document of `tracetui export`, one trace in each line."""
    for trace in traces:
        for piece in export_trace(reader, trace.id, now_ns=now_ns):
            yield piece.replace("\n", "")  # in JSON text, a line break stands between values only
        yield "\n"


def otlp(reader: Reader, traces: Iterable[TraceRow], now_ns: int) -> Iterator[str]:
    """OTLP in JSON, one `ExportTraceServiceRequest` for each trace, one trace in each line."""
    processes = reader.processes()
    for trace in traces:
        yield to_json(otlp_request(reader, trace, reader.spans_with_details(trace.id), processes)) + "\n"


def otlp_request(
    reader: Reader,
    trace: TraceRow,
    spans: Iterable[tuple[SpanRow, SpanDetail]],
    processes: Mapping[int, ProcessRow],
) -> dict[str, Any]:
    """Return an `ExportTraceServiceRequest` in the form of JSON for spans of a trace, and the assessments of these."""
    labels = reader.labels(trace.id)
    scopes: dict[int, dict[object, tuple[SpanDetail, list[object]]]] = {}
    assessments = reader.assessments(trace.id)
    for span, detail in spans:
        is_root = span.id == trace.root
        own = [one for one in assessments if one.span_id == span.span_id or (is_root and one.span_id is None)]
        of_scope = scopes.setdefault(span.process, {}).setdefault(otlp_json.scope_of(detail), (detail, []))
        of_scope[1].append(otlp_json.span(trace.trace_id, span, detail, own))
    metadata = labels.metadata if labels else {}
    entries = [
        otlp_json.resource_spans(
            processes.get(process), metadata, [otlp_json.scope_spans(*found) for found in of_process.values()]
        )
        for process, of_process in scopes.items()
    ]
    return {"resourceSpans": entries}


def chrome(reader: Reader, traces: Iterable[TraceRow], now_ns: int) -> Iterator[str]:
    """Trace events for Perfetto and chrome://tracing."""
    yield '{"displayTimeUnit": "ms", "traceEvents": ['
    before = "\n"
    for number, trace in enumerate(traces, 1):
        for event in perfetto.events(trace, number, reader.spans(trace.id), now_ns):
            yield before + to_json(event)
            before = ",\n"
    yield "\n]}\n"


def csv_table(reader: Reader, traces: Iterable[TraceRow], now_ns: int) -> Iterator[str]:
    """A table of spans with a line of column names."""
    gone = reader.gone_processes(now_ns)
    processes = reader.processes()
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")

    def taken(row: Iterable[object]) -> str:
        writer.writerow(row)
        text = buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        return text

    yield taken(span_table.COLUMNS)
    for trace in traces:
        for span, detail in reader.spans_with_details(trace.id):
            process = processes.get(span.process)
            service = process.service if process else ""
            yield taken(span_table.row(trace, span, detail, span_status(span, gone), service))


def otlp_protobuf(reader: Reader, traces: Iterable[TraceRow], now_ns: int) -> Iterator[bytes]:
    """OTLP in protobuf, one message `TracesData`: pieces of such a message, one after the other, are one message."""
    try:
        from ...store.exchange import otlp_protobuf
    except ImportError as error:
        raise CommandError(f"protobuf needs the extra `collect`: pip install 'tracetui[collect]' ({error})") from None
    processes = reader.processes()
    for trace in traces:
        yield otlp_protobuf.encode(otlp_request(reader, trace, reader.spans_with_details(trace.id), processes))


def mlflow(reader: Reader, traces: Iterable[TraceRow], now_ns: int) -> Iterator[str]:
    """The JSON of MLflow's `Trace.to_json`, one trace in each line."""
    return mlflow_lines(reader.path, (trace.id for trace in traces))


def markdown(reader: Reader, traces: Iterable[TraceRow], now_ns: int) -> Iterator[str]:
    """Each trace as text from top to bottom."""
    before = ""
    for trace in traces:
        yield before + Outliner(reader, trace.id, now_ns=now_ns).whole().rstrip("\n") + "\n"
        before = "\n"


FORMATS: Mapping[str, Write] = {
    "jsonl": jsonl,
    "otlp": otlp,
    "otlp-protobuf": otlp_protobuf,
    "mlflow": mlflow,
    "markdown": markdown,
    "perfetto": chrome,
    "csv": csv_table,
}
"""The formats that hold any number of traces, by the names of `--format`."""
