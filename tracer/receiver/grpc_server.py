"""The gRPC side of the receiver: OTLP over gRPC. Importing this module needs the extra `grpc`."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import grpc

from ...store.exchange.document import FormatError
from . import replies
from .bodies import MAX_BODY_BYTES
from .recorder import LOGS, METRICS, TRACES, ReceiverRecorder
from .tokens import is_right

_SERVICES: Final = {
    "opentelemetry.proto.collector.trace.v1.TraceService": TRACES,
    "opentelemetry.proto.collector.logs.v1.LogsService": LOGS,
    "opentelemetry.proto.collector.metrics.v1.MetricsService": METRICS,
}

_AT_ONCE = 8
"""The most requests that wait to be written; others are answered with RESOURCE_EXHAUSTED, and sent again."""

_OPTIONS = [("grpc.max_receive_message_length", MAX_BODY_BYTES), ("grpc.so_reuseport", 0)]


class PortTakenError(Exception):
    """Another program has the port."""


def start(recorder: ReceiverRecorder, address: str, *, token: str | None) -> tuple[Any, int]:
    """Listen on `address`, `HOST:PORT`; return the server, which `stop(seconds)` ends, and its port.

    With a `token`, each request must carry it as its bearer. Raises PortTakenError.
    """
    server = grpc.server(ThreadPoolExecutor(_AT_ONCE), options=_OPTIONS, maximum_concurrent_rpcs=_AT_ONCE)
    for service, signal in _SERVICES.items():
        # Without a deserializer the request arrives as bytes, which the recorder decodes.
        export = grpc.unary_unary_rpc_method_handler(_export(recorder, signal, token))
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {"Export": export}),))
    try:
        port = server.add_insecure_port(address)
    except RuntimeError as error:
        raise PortTakenError(str(error)) from None
    server.start()
    return server, port


def _export(recorder: ReceiverRecorder, signal: str, token: str | None) -> Callable[[bytes, Any], bytes]:
    def export(body: bytes, context: Any) -> bytes:
        sent = dict(context.invocation_metadata()).get("authorization", "")
        if token is not None and not is_right(sent, token):
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "the bearer token is missing or wrong")
        try:
            outcome = recorder.record_now(body, signal)
        except FormatError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        except sqlite3.OperationalError as error:
            context.abort(grpc.StatusCode.UNAVAILABLE, f"the trace file cannot be written: {error}")
        except Exception as error:
            print(f"tracetui: a request is refused: {error!r}", file=sys.stderr, flush=True)
            context.abort(grpc.StatusCode.INTERNAL, f"the {signal} cannot be written: {error!r}")
        return replies.message(signal, outcome.counts.refused, outcome.reasons).SerializeToString()

    return export
