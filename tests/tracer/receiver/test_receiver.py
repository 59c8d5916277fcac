"""The receiver speaks OTLP over HTTP as SDKs, collectors and browsers send it, and confirms what is in the file."""

from __future__ import annotations

import gzip
import json
import os
import signal
import socket
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.protobuf.json_format import ParseDict
from google.rpc.status_pb2 import Status
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import set_span_in_context

from tests.store.exchange.test_otlp import request, span
from tracetui.tui.child_processes.receiver import start_receiver
from tracetui.tui.child_processes.server import ServerProcess
from tracetui.tui.errors import CommandError

JSON = {"content-type": "application/json"}
PROTOBUF = {"content-type": "application/x-protobuf"}


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trace file of the receiver."""
    return tmp_path_factory.mktemp("receiver") / "traces.db"


@pytest.fixture(scope="module")
def receiver(db: Path) -> Iterator[ServerProcess]:
    """A running receiver on a free port."""
    process = start_receiver(db, port=0)
    try:
        yield process
    finally:
        process.end()


@pytest.fixture
def client(receiver: ServerProcess) -> Iterator[httpx.Client]:
    """Sends requests to the receiver."""
    with httpx.Client(base_url=f"http://127.0.0.1:{receiver.port}", timeout=30) as opened:
        yield opened


def spans_named(db: Path, name: str) -> list[tuple[Any, ...]]:
    """Name, status and end of the spans with a name."""
    connection = sqlite3.connect(db)
    try:
        return connection.execute("SELECT name, status, end_ns FROM span WHERE name = ?", (name,)).fetchall()
    finally:
        connection.close()


def protobuf(name: str, span_id: bytes = b"\1" * 8, **fields: Any) -> bytes:
    """A request with one span."""
    one = Span(
        trace_id=b"\7" * 16,
        span_id=span_id,
        name=name,
        **{"start_time_unix_nano": 1_000, "end_time_unix_nano": 2_000, **fields},
    )
    scope = ScopeSpans(spans=[one])
    message = ExportTraceServiceRequest(resource_spans=[ResourceSpans(scope_spans=[scope])])
    return bytes(message.SerializeToString())


def test_the_opentelemetry_sdk_sends_its_spans(receiver: ServerProcess, db: Path) -> None:
    """An unchanged SDK with its official exporter; parents and attributes arrive."""
    provider = TracerProvider(resource=Resource.create({"service.name": "from-sdk"}))
    exporter = OTLPSpanExporter(endpoint=f"http://127.0.0.1:{receiver.port}/v1/traces")
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("scope", "1.0")
    with tracer.start_as_current_span("sdk root"), tracer.start_as_current_span("sdk child") as child:
        child.set_attribute("gen_ai.request.model", "gpt-4o")
    provider.shutdown()
    connection = sqlite3.connect(db)
    try:
        found = connection.execute(
            "SELECT s.name, s.model, p.service, s.parent_id IS NULL FROM span s JOIN process p ON p.id = s.process"
            " WHERE s.name LIKE 'sdk %' ORDER BY s.start_ns"
        ).fetchall()
    finally:
        connection.close()
    assert found == [("sdk root", None, "from-sdk", 1), ("sdk child", "gpt-4o", "from-sdk", 0)]


def test_the_reply_has_the_encoding_of_the_request(client: httpx.Client) -> None:
    """Protobuf is answered in protobuf, JSON in JSON."""
    binary = client.post("/v1/traces", content=protobuf("binary"), headers=PROTOBUF)
    assert (binary.status_code, binary.headers["content-type"]) == (200, "application/x-protobuf")
    assert not ExportTraceServiceResponse.FromString(binary.content).HasField("partial_success")
    text = client.post("/v1/traces", json=request(span()))
    assert (text.status_code, text.headers["content-type"], text.json()) == (200, "application/json", {})


def test_a_path_that_was_not_appended_is_traces(client: httpx.Client, db: Path) -> None:
    """Some SDKs send to the address that they were given."""
    assert client.post("/", content=protobuf("at the root", b"\2" * 8), headers=PROTOBUF).status_code == 200
    assert spans_named(db, "at the root")


@pytest.mark.parametrize(
    ("encoding", "compress"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("identity", bytes)]
)
def test_compressed_bodies_are_accepted(encoding: str, compress: Any, client: httpx.Client, db: Path) -> None:
    """Collectors and edge workers always compress."""
    body = compress(protobuf(f"by {encoding}", encoding[:8].encode().ljust(8)))
    reply = client.post("/v1/traces", content=body, headers=PROTOBUF | {"content-encoding": encoding})
    assert reply.status_code == 200
    assert spans_named(db, f"by {encoding}")


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{", JSON, 400),
        (b"[]", JSON, 400),
        (b"\xff\xff\xff", PROTOBUF, 400),
        (b"no gzip", PROTOBUF | {"content-encoding": "gzip"}, 400),
        (gzip.compress(b"x" * 1_000, mtime=0)[:-9], PROTOBUF | {"content-encoding": "gzip"}, 400),
        (b"", PROTOBUF | {"content-encoding": "br"}, 415),
        (b"x", {"content-type": "text/plain"}, 415),
        (gzip.compress(b"\0" * (70 << 20), mtime=0), PROTOBUF | {"content-encoding": "gzip"}, 413),
    ],
    ids=[
        "json cut",
        "no object",
        "no message",
        "no gzip",
        "gzip cut",
        "brotli",
        "plain text",
        "bomb",
    ],  # the same in every process that collects
)
def test_a_request_that_is_wrong_is_refused_with_a_status_and_a_reason(
    body: bytes, headers: dict[str, str], status: int, client: httpx.Client
) -> None:
    """A `google.rpc.Status` in the encoding of the request; none of these is worth a repetition."""
    reply = client.post("/v1/traces", content=body, headers=headers)
    assert reply.status_code == status
    if headers["content-type"] == "application/x-protobuf":
        assert Status.FromString(reply.content).message
    else:
        assert reply.json()["message"]
    assert "retry-after" not in reply.headers


def test_refused_spans_are_counted_and_the_others_are_kept(client: httpx.Client, db: Path) -> None:
    """`partialSuccess` tells how many and why."""
    reply = client.post(
        "/v1/traces", json=request(span(name="kept", spanId="00000000000000ab"), span(spanId="nothing"))
    )
    assert reply.json()["partialSuccess"]["rejectedSpans"] == "1"
    assert "spanId" in reply.json()["partialSuccess"]["errorMessage"]
    assert spans_named(db, "kept")


def test_a_repeated_request_writes_nothing_twice(client: httpx.Client, db: Path) -> None:
    """An exporter that lost the reply sends the request again."""
    body = protobuf("once", b"\3" * 8)
    for _ in range(3):
        assert client.post("/v1/traces", content=body, headers=PROTOBUF).status_code == 200
    assert len(spans_named(db, "once")) == 1


def test_an_open_span_is_replaced_by_its_end(client: httpx.Client, db: Path) -> None:
    """The end 0 is a running span."""
    client.post("/v1/traces", content=protobuf("open", b"\4" * 8, end_time_unix_nano=0), headers=PROTOBUF)
    assert spans_named(db, "open") == [("open", None, None)]
    client.post("/v1/traces", content=protobuf("open", b"\4" * 8), headers=PROTOBUF)
    assert spans_named(db, "open") == [("open", "UNSET", 2_000)]


def test_pages_of_this_machine_may_send_spans_and_no_others(client: httpx.Client) -> None:
    """Browser SDKs ask first; the reply to the request itself has the header too."""
    asks = {
        "origin": "http://localhost:3000",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,traceparent",
    }
    allowed = client.options("/v1/traces", headers=asks)
    assert allowed.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert "traceparent" in allowed.headers["access-control-allow-headers"]
    sent = client.post("/v1/traces", json=request(span()), headers={"origin": "http://localhost:3000"})
    assert sent.headers["access-control-allow-origin"] == "http://localhost:3000"
    foreign = client.options("/v1/traces", headers=asks | {"origin": "https://example.com"})
    assert "access-control-allow-origin" not in foreign.headers


def test_logs_of_the_opentelemetry_sdk_become_part_of_their_span(receiver: ServerProcess, db: Path) -> None:
    """An unchanged SDK sends logs before or after the span that they belong to."""
    resource = Resource.create({"service.name": "from-sdk"})
    address = f"http://127.0.0.1:{receiver.port}"
    tracers, loggers = TracerProvider(resource=resource), LoggerProvider(resource=resource)
    tracers.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(endpoint=f"{address}/v1/traces")))
    loggers.add_log_record_processor(SimpleLogRecordProcessor(OTLPLogExporter(endpoint=f"{address}/v1/logs")))
    with tracers.get_tracer("t").start_as_current_span("logged") as one:
        context = set_span_in_context(one)
        loggers.get_logger("l").emit(context=context, event_name="before", body="early", timestamp=1)
    loggers.get_logger("l").emit(context=context, event_name="after", attributes={"a": 1}, timestamp=2)
    tracers.shutdown()
    loggers.shutdown()
    connection = sqlite3.connect(db)
    try:
        ((events,),) = connection.execute(
            "SELECT json_group_array(e.name) FROM events e JOIN spans s USING (span_id) WHERE s.name = 'logged'"
        ).fetchall()
    finally:
        connection.close()
    assert json.loads(events) == ["before", "after"]


def test_logs_and_metrics_are_answered_in_their_own_form(client: httpx.Client) -> None:
    """Metrics are not kept, and the reply says so."""
    logs = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"timeUnixNano": "1", "body": {"stringValue": "x"}}]}]}]}
    told = client.post("/v1/logs", json=logs).json()["partialSuccess"]
    assert (told["rejectedLogRecords"], told["errorMessage"]) == ("1", "the log record 'log' belongs to no span")
    metric = {"name": "m", "sum": {"dataPoints": [{"asInt": "1"}, {"asInt": 2}]}}
    metrics = {"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}]}
    told = client.post("/v1/metrics", json=metrics).json()["partialSuccess"]
    assert told["rejectedDataPoints"] == "2"
    binary = ParseDict(metrics, ExportMetricsServiceRequest()).SerializeToString()
    reply = client.post("/v1/metrics", content=binary, headers=PROTOBUF)
    assert ExportMetricsServiceResponse.FromString(reply.content).partial_success.rejected_data_points == 2
    assert client.post("/v1/metrics", content=b"\xff", headers=PROTOBUF).status_code == 400
    assert client.post("/v1/logs", json={}).status_code == 400


def test_a_confirmed_span_survives_the_death_of_the_receiver(tmp_path: Path) -> None:
    """Durable, then 200: a kill right after the reply loses nothing."""
    path = tmp_path / "traces.db"
    process = start_receiver(path, port=0)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{process.port}") as client:
            for number in range(1, 20):
                body = protobuf("durable", number.to_bytes(8))
                assert client.post("/v1/traces", content=body, headers=PROTOBUF).status_code == 200
        os.kill(process.pid, signal.SIGKILL)
    finally:
        process.end()
    assert len(spans_named(path, "durable")) == 19


def test_a_port_that_is_taken_names_the_way_out(tmp_path: Path) -> None:
    """Another tool on the default port is normal."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(CommandError, match="--port 0"):
        start_receiver(tmp_path / "traces.db", port=taken.getsockname()[1])


def test_a_sender_without_the_token_is_refused(tmp_path: Path) -> None:
    """Where a token is set, each request carries it as its bearer."""
    process = start_receiver(tmp_path / "traces.db", port=0, environment={**os.environ, "TRACETUI_TOKEN": "secret"})
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{process.port}") as client:
            body = json.dumps(request(span()))
            assert client.post("/v1/traces", content=body, headers=JSON).status_code == 401
            wrong = JSON | {"authorization": "Bearer other"}
            assert client.post("/v1/traces", content=body, headers=wrong).status_code == 401
            right = JSON | {"authorization": "Bearer secret"}
            assert client.post("/v1/traces", content=body, headers=right).status_code == 200
    finally:
        process.end()


def test_a_file_that_is_deleted_is_begun_again(client: httpx.Client, db: Path) -> None:
    """The explorer's user may delete the file at any time."""
    client.post("/v1/traces", content=protobuf("before", b"\5" * 8), headers=PROTOBUF)
    for suffix in ("", "-wal", "-shm"):
        db.with_name(db.name + suffix).unlink(missing_ok=True)
    assert client.post("/v1/traces", content=protobuf("after", b"\6" * 8), headers=PROTOBUF).status_code == 200
    assert spans_named(db, "after")
    assert not spans_named(db, "before")
