"""The HTTP side of the receiver: OTLP/HTTP in protobuf and JSON."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ...store.exchange.document import FormatError
from . import replies
from .bodies import BodyError, BodyReader
from .recorder import LOGS, METRICS, TRACES, ReceiverRecorder
from .tokens import is_right

_PAGES = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?"
"""The origins of web pages that may send spans: those of this machine."""

RETRY_AFTER_S = 2

_SIGNAL_OF_PATH = {"/": TRACES, **{f"/v1/{signal}": signal for signal in (TRACES, LOGS, METRICS)}}
"""Some SDKs do not append the path to the address that they are given."""


def receiver_app(recorder: ReceiverRecorder, *, token: str | None) -> Starlette:
    """Return the application; with a `token`, each request must carry it as its bearer."""
    bodies = BodyReader()

    async def receive(request: Request) -> Response:
        content_type = _content_type(request)
        if content_type is None:
            return replies.failure(replies.JSON, 415, "send application/x-protobuf or application/json")
        if token is not None and not is_right(request.headers.get("authorization", ""), token):
            return replies.failure(content_type, 401, "the bearer token is missing or wrong")
        signal = _SIGNAL_OF_PATH.get(request.url.path, TRACES)
        try:
            body = await bodies.read(request)
        except BodyError as error:
            return replies.failure(content_type, error.http_status, str(error), error.retry_after_s)
        try:
            outcome = await recorder.record(body, is_json=content_type == replies.JSON, signal=signal)
        except FormatError as error:
            return replies.failure(content_type, 400, str(error))
        except sqlite3.OperationalError as error:
            return replies.failure(content_type, 503, f"the trace file cannot be written: {error}", RETRY_AFTER_S)
        except Exception as error:
            print(f"tracetui: a request is refused: {error!r}", file=sys.stderr, flush=True)
            return replies.failure(content_type, 500, f"the {signal} cannot be written: {error!r}")
        finally:
            bodies.release(body)
        return replies.success(content_type, signal, outcome.counts.refused, outcome.reasons)

    async def unknown(request: Request) -> Response:
        kind = _content_type(request) or replies.JSON
        return replies.failure(
            kind, 404, f"nothing is received at {request.url.path}; send to /v1/traces, /v1/logs or /v1/metrics"
        )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        beat = asyncio.create_task(recorder.beat_for_ever())
        yield
        beat.cancel()
        with suppress(asyncio.CancelledError):
            await beat

    return Starlette(
        routes=[*(_post(path, receive) for path in _SIGNAL_OF_PATH), _post("/{path:path}", unknown)],
        middleware=[
            Middleware(
                CORSMiddleware, allow_origin_regex=_PAGES, allow_methods=["POST"], allow_headers=["*"], max_age=3600
            )
        ],
        lifespan=lifespan,
    )


def _post(path: str, endpoint: Callable[[Request], Awaitable[Response]]) -> Route:
    return Route(path, endpoint, methods=["POST"])


def _content_type(request: Request) -> str | None:
    named = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if named in ("application/x-protobuf", "application/protobuf"):
        return replies.PROTOBUF
    return replies.JSON if named == replies.JSON else None
