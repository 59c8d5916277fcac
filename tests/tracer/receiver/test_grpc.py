"""The receiver speaks OTLP over gRPC too, where SDKs in Go and Gemini CLI send by default."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

grpc = pytest.importorskip("grpc")
pytest.importorskip("opentelemetry.exporter.otlp.proto.grpc")

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter  # noqa: E402
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest  # noqa: E402
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2_grpc import MetricsServiceStub  # noqa: E402
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest  # noqa: E402
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub  # noqa: E402
from opentelemetry.sdk.resources import Resource  # noqa: E402
from opentelemetry.sdk.trace import TracerProvider  # noqa: E402
from opentelemetry.sdk.trace.export import SimpleSpanProcessor  # noqa: E402

from tracetui.tui.child_processes.receiver import start_receiver  # noqa: E402
from tracetui.tui.child_processes.server import ServerProcess  # noqa: E402


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("receiver") / "traces.db"


@pytest.fixture(scope="module")
def receiver(db: Path) -> Iterator[ServerProcess]:
    """A receiver on free ports that wants a token."""
    process = start_receiver(db, port=0, grpc_port=0, environment={**os.environ, "TRACETUI_TOKEN": "secret"})
    try:
        yield process
    finally:
        process.end()


def address(receiver: ServerProcess) -> str:
    word, port = receiver.note.split()
    assert word == "grpc"
    return f"127.0.0.1:{port}"


def code_of(call: Any, request: Any, *metadata: tuple[str, str]) -> Any:
    """The status of a call that fails."""
    with pytest.raises(grpc.RpcError) as failed:
        call(request, metadata=metadata)
    return failed.value.code()


def test_the_opentelemetry_sdk_sends_its_spans_over_grpc(receiver: ServerProcess, db: Path) -> None:
    """Compressed, with the official exporter."""
    provider = TracerProvider(resource=Resource.create({"service.name": "over-grpc"}))
    exporter = OTLPSpanExporter(
        address(receiver), insecure=True, headers={"authorization": "Bearer secret"}, compression=grpc.Compression.Gzip
    )
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with provider.get_tracer("t").start_as_current_span("sent"):
        pass
    provider.shutdown()
    connection = sqlite3.connect(db)
    try:
        found = connection.execute("SELECT s.name, p.service FROM span s JOIN process p ON p.id = s.process").fetchall()
    finally:
        connection.close()
    assert found == [("sent", "over-grpc")]


def test_a_request_that_is_wrong_is_refused_with_a_status(receiver: ServerProcess) -> None:
    """Without the token, and with a body that is no message."""
    allowed = ("authorization", "Bearer secret")
    with grpc.insecure_channel(address(receiver)) as channel:
        traces = TraceServiceStub(channel).Export  # type: ignore[no-untyped-call]
        assert code_of(traces, ExportTraceServiceRequest()) is grpc.StatusCode.UNAUTHENTICATED
        raw = channel.unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")
        assert code_of(raw, b"\xff", allowed) is grpc.StatusCode.INVALID_ARGUMENT
        metrics = MetricsServiceStub(channel).Export  # type: ignore[no-untyped-call]
        reply = metrics(ExportMetricsServiceRequest(), metadata=[allowed])
        assert not reply.HasField("partial_success")


def test_a_port_that_is_taken_leaves_http(receiver: ServerProcess, tmp_path: Path) -> None:
    """The collector of another tool on 4317 is normal."""
    taken = int(address(receiver).rpartition(":")[2])
    process = start_receiver(tmp_path / "traces.db", port=0, grpc_port=taken)
    try:
        assert process.port
        assert process.note.startswith("no grpc")
    finally:
        process.end()
