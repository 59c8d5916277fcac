"""Spans a second that the receiver of `tracetui collect` confirms, each of them durable by then, and its memory."""

from __future__ import annotations

import http.client
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from tracetui.tui.child_processes.receiver import start_receiver

from . import command
from .options import Options
from .report import Goal, Report
from .spread import Spread, short

_SPANS = 100_000
_SPANS_AT_ONCE = 512
"""As many as OpenTelemetry's SDKs send in one request."""

_PROMPT = "Answer in one sentence, and name the source of each number that you give. " * 3


def run(options: Options) -> list[Report]:
    """One sender that waits for each confirmation, as SDKs do, into a new file."""
    spans = options.amount(_SPANS)
    requests = list(_requests(spans))
    rounds = [_round(requests, spans, options.scratch) for _ in range(options.rounds(5))]
    speed = Spread.of(found[0] for found in rounds)
    lost = sum(found[1] for found in rounds)
    grown_mb = Spread.of(found[2] for found in rounds)
    report = Report(
        "Receiving OTLP over HTTP",
        ("", "spans a second until durable", "lost", "memory grown, MB"),
        [("tracetui collect", str(speed), str(lost), str(grown_mb))],
        [
            f"{spans:,} spans of 8 attributes in traces of 8, in protobuf, {_SPANS_AT_ONCE} in each request, one after"
            " the other; growth is of the resident memory of the receiver from the first quarter to the end"
            f" ({short(sum(map(len, requests)) / spans)} bytes a span as sent)."
        ],
    )
    report.goals.append(Goal("spans received a second", speed.median, 20_000, at_least=True))
    report.goals.append(Goal("spans lost by the receiver", lost, 0))
    return [report]


def _round(requests: list[bytes], spans: int, scratch: Path | None) -> tuple[float, int, float]:
    """Return spans a second, lost spans and the growth of memory in MB."""
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        path = Path(folder, "traces.db")
        receiver = start_receiver(path, port=0)
        try:
            connection = http.client.HTTPConnection("127.0.0.1", receiver.port, timeout=60)
            early_mb = 0.0
            start_s = time.perf_counter()
            for number, body in enumerate(requests):
                connection.request("POST", "/v1/traces", body, {"Content-Type": "application/x-protobuf"})
                reply = connection.getresponse()
                reply.read()
                if reply.status != 200:
                    raise AssertionError(f"the receiver answers {reply.status}")
                if number == len(requests) // 4:
                    early_mb = _resident_mb(receiver.pid)
            took_s = time.perf_counter() - start_s
            grown_mb = _resident_mb(receiver.pid) - early_mb
            connection.close()
        finally:
            receiver.end()
        with closing(sqlite3.connect(path)) as opened:
            (stored,) = opened.execute("SELECT count(*) FROM span").fetchone()
    return spans / took_s, spans - stored, grown_mb


def _resident_mb(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:  # not Linux
        return 0.0
    return pages * 4096 / 1e6


def _requests(spans: int) -> list[bytes]:
    resource = Resource(attributes=[_text("service.name", "bench")])
    found = []
    for start in range(1, spans + 1, _SPANS_AT_ONCE):
        some = [_span(number) for number in range(start, min(start + _SPANS_AT_ONCE, spans + 1))]
        of_resource = ResourceSpans(resource=resource, scope_spans=[ScopeSpans(spans=some)])
        found.append(ExportTraceServiceRequest(resource_spans=[of_resource]).SerializeToString())
    return found


def _span(number: int) -> Span:
    trace, place = divmod(number, 8)
    start_ns = 1_767_323_045_000_000_000 + number * 1_000_000
    return Span(
        trace_id=(trace + 1).to_bytes(16, "big"),
        span_id=number.to_bytes(8, "big"),
        parent_span_id=b"" if place == 0 else (number - place or 1 << 40).to_bytes(8, "big"),
        name="chat" if place else "request",
        start_time_unix_nano=start_ns,
        end_time_unix_nano=start_ns + 5_000_000,
        attributes=[
            _text("gen_ai.operation.name", "chat"),
            _text("gen_ai.request.model", "gpt-4o"),
            _text("input.value", f"{_PROMPT}{number}"),
            _text("output.value", f"The answer is {number}."),
            _text("user.id", f"user {trace % 50}"),
            KeyValue(key="gen_ai.usage.input_tokens", value=AnyValue(int_value=70 + place)),
            KeyValue(key="gen_ai.usage.output_tokens", value=AnyValue(int_value=6)),
            KeyValue(key="temperature", value=AnyValue(double_value=0.5)),
        ],
    )


def _text(key: str, value: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=value))


if __name__ == "__main__":
    command.run_alone(run)
