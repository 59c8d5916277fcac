"""Requests as spans: ASGI and WSGI."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext, suppress
from typing import Any
from wsgiref.util import FileWrapper, setup_testing_defaults
from wsgiref.validate import validator

import httpx
import pytest

from tests.support.recorded import Recorded
from tracetui.tracer import (
    ASGIMiddleware,
    WSGIMiddleware,
    get_tracing_context_headers_for_http_request,
    start_span,
    trace,
)

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@trace
def answer() -> bytes:
    return b"hello"


async def asgi_app(scope: Any, receive: Any, send: Any) -> None:
    """Answers, streams, fails, or says 500, by path."""
    if scope["type"] == "lifespan":
        await send({"type": "lifespan.startup.complete"})
        return
    path = scope["path"]
    if path == "/raises":
        raise ValueError("broken")
    status = 503 if path == "/unavailable" else 200
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": answer(), "more_body": True})
    if path == "/hangs":
        await asyncio.Event().wait()
    await send({"type": "http.response.body", "body": b""})


async def get(path: str, headers: dict[str, str] | None = None, **options: Any) -> httpx.Response:
    transport = httpx.ASGITransport(ASGIMiddleware(asgi_app, **options))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.get(path, headers=headers)


async def test_asgi_request_is_a_span_below_its_caller(recorded: Recorded) -> None:
    """The span has method, path, query and status, and is below the span in the headers."""
    assert (await get("/chat?q=1", {"traceparent": TRACEPARENT})).text == "hello"
    span = recorded.span("GET /chat")
    assert span["trace_id"] == TRACEPARENT[3:35]
    assert span["parent_id"] == TRACEPARENT[36:52]
    assert (span["kind"], span["status"]) == ("REQUEST", "OK")
    assert span["attributes"] == {
        "http.request.method": "GET",
        "url.path": "/chat",
        "url.query": "q=1",
        "http.response.status_code": 200,
    }
    assert recorded.span("answer")["parent_id"] == span["span_id"]


async def test_two_services_of_one_request_are_one_trace(recorded: Recorded) -> None:
    """The spans of a client, of the service it calls, and of the service that this one calls are one tree."""

    async def front(scope: Any, receive: Any, send: Any) -> None:
        await get("/back", get_tracing_context_headers_for_http_request())
        await asgi_app(scope, receive, send)

    with start_span("client"):
        headers = get_tracing_context_headers_for_http_request()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(ASGIMiddleware(front)), base_url="http://t") as client:
        await client.get("/front", headers=headers)
    (row,) = recorded.traces()
    assert (row["name"], row["span_count"], row["open_count"]) == ("client", 5, 0)
    assert recorded.span("GET /back")["parent_id"] == recorded.span("GET /front")["span_id"]


async def test_asgi_errors_pass_on_and_show(recorded: Recorded) -> None:
    """The server receives the exception. An exception, and a status of 500 or more, make the span an ERROR."""
    with pytest.raises(ValueError, match="broken"):
        await get("/raises")
    await get("/unavailable")
    assert recorded.span("GET /raises")["status_message"] == "ValueError: broken"
    assert recorded.span("GET /unavailable")["status"] == "ERROR"


async def test_a_cancelled_asgi_request_is_cancelled(recorded: Recorded) -> None:
    """The span of a request whose task is cancelled ends with CANCELLED."""
    task = asyncio.create_task(get("/hangs"))
    while not recorded.path.exists() or not recorded.rows("SELECT 1 FROM spans WHERE name = 'answer'"):
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert recorded.span("GET /hangs")["status"] == "CANCELLED"


@pytest.mark.parametrize("how", ["stops", "raises", "raises another"])
async def test_an_asgi_client_that_disconnects_cancels_the_request(recorded: Recorded, how: str) -> None:
    """Frameworks stop silently; servers of ASGI 2.4 raise an exception at the next part, which frameworks pass on."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            await send({"type": "http.response.body", "body": b"a", "more_body": True})
        except OSError as error:
            if how == "raises another":
                raise RuntimeError("the client disconnected") from error
            raise

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body" and how != "stops":
            raise OSError("closed")

    scope = {"type": "http", "method": "GET", "path": "/stream", "headers": []}
    with nullcontext() if how == "stops" else pytest.raises((OSError, RuntimeError)):
        await ASGIMiddleware(app)(scope, None, send)  # type: ignore[arg-type]
    span = recorded.span("GET /stream")
    assert (span["status"], span["status_message"]) == (
        "CANCELLED",
        "the client disconnected before the end of the response",
    )


async def test_an_asgi_error_after_a_disconnect_is_an_error(recorded: Recorded) -> None:
    """An exception of the program in the middle of a response."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        with suppress(OSError):
            await send({"type": "http.response.body", "body": b"a", "more_body": True})
        raise ValueError("broken")

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            raise OSError("closed")

    with pytest.raises(ValueError, match="broken"):
        await ASGIMiddleware(app)({"type": "http", "method": "GET", "path": "/stream", "headers": []}, None, send)  # type: ignore[arg-type]
    assert recorded.span("GET /stream")["status_message"] == "ValueError: broken"


async def test_excluded_paths_and_lifespan_have_no_span(recorded: Recorded) -> None:
    """A health check has no span; a span inside it goes below the span of the caller."""
    sent: list[Any] = []

    async def keep(message: Any) -> None:
        sent.append(message)

    await ASGIMiddleware(asgi_app)({"type": "lifespan"}, None, keep)  # type: ignore[arg-type]
    assert sent == [{"type": "lifespan.startup.complete"}]
    await get("/health", {"traceparent": TRACEPARENT}, exclude=["/health"])
    (span,) = recorded.spans()
    assert (span["name"], span["parent_id"]) == ("answer", TRACEPARENT[36:52])


@pytest.mark.parametrize("scope", [{"type": "http"}, {"type": "http", "path": None, "headers": [(b"traceparent",)]}])
async def test_incomplete_asgi_scopes_are_answered(recorded: Recorded, scope: dict[str, Any]) -> None:
    """A scope with missing fields, or with headers that are not pairs, raises nothing."""
    called = []

    async def app(*_: Any) -> None:
        called.append(1)

    await ASGIMiddleware(app)(scope, None, None)  # type: ignore[arg-type]
    assert called == [1]


async def test_requests_at_once_do_not_mix(recorded: Recorded) -> None:
    """A hundred concurrent requests are a hundred traces of two spans."""
    await asyncio.gather(*(get(f"/{n}") for n in range(100)))
    assert {row["span_count"] for row in recorded.traces()} == {2}
    assert len(recorded.traces()) == 100


def call(app: Callable[..., Iterable[bytes]], path: str = "/", **environ: Any) -> tuple[str, bytes]:
    """Call a WSGI application as a server that checks the standard does."""
    setup_testing_defaults(environ)
    environ["PATH_INFO"] = path
    environ["QUERY_STRING"] = ""
    statuses: list[str] = []

    def start_response(status: str, headers: Any, exc_info: Any = None) -> Callable[[bytes], None]:
        statuses.append(status)
        return lambda _: None

    body = validator(app)(environ, start_response)
    try:
        return statuses[0] if statuses else "", b"".join(body)
    finally:
        body.close()  # type: ignore[attr-defined]


def wsgi_app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answers, streams or fails by path."""
    path = environ["PATH_INFO"]
    if path == "/raises":
        raise ValueError("broken")
    start_response("500 Oops" if path == "/fails" else "200 OK", [("Content-Type", "text/plain")])
    if path == "/stream":
        return pieces()
    if path == "/file":
        return FileWrapper(io.BytesIO(b"file"))
    return [answer()]


def pieces() -> Iterator[bytes]:
    yield answer()
    yield answer()


def test_wsgi_request_is_a_span_below_its_caller(recorded: Recorded) -> None:
    """A request to Flask or Django under a WSGI server continues the trace of its caller."""
    assert call(WSGIMiddleware(wsgi_app), "/chat", HTTP_TRACEPARENT=TRACEPARENT) == ("200 OK", b"hello")
    span = recorded.span("GET /chat")
    assert (span["trace_id"], span["status"]) == (TRACEPARENT[3:35], "OK")
    assert span["attributes"]["http.response.status_code"] == 200


def test_wsgi_streamed_body_belongs_to_its_request(recorded: Recorded) -> None:
    """The span is current while a piece is made, not between pieces, and ends with the last piece."""
    assert call(WSGIMiddleware(wsgi_app), "/stream")[1] == b"hellohello"
    (row,) = recorded.traces()
    assert (row["span_count"], row["open_count"]) == (3, 0)


def test_a_wsgi_client_that_disconnects_ends_the_span(recorded: Recorded) -> None:
    """A server closes a body that no client reads; the span then ends."""
    environ: dict[str, Any] = {}
    setup_testing_defaults(environ)
    environ["PATH_INFO"] = "/stream"
    body = WSGIMiddleware(wsgi_app)(environ, lambda *_: None)
    next(iter(body))
    body.close()  # type: ignore[attr-defined]
    assert recorded.traces()[0]["open_count"] == 0


def test_wsgi_errors_pass_on_and_show(recorded: Recorded) -> None:
    """An exception or a status of 500 is an ERROR; the server receives the exception."""
    with pytest.raises(ValueError, match="broken"):
        call(WSGIMiddleware(wsgi_app), "/raises")
    call(WSGIMiddleware(wsgi_app), "/fails")
    assert [span["status"] for span in recorded.spans() if span["kind"] == "REQUEST"] == ["ERROR", "ERROR"]


def test_wsgi_excluded_path_continues_its_caller(recorded: Recorded) -> None:
    """A span inside a request to an excluded path goes below the span of the caller."""
    call(WSGIMiddleware(wsgi_app, exclude=["/health"]), "/health", HTTP_TRACEPARENT=TRACEPARENT)
    (span,) = recorded.spans()
    assert span["parent_id"] == TRACEPARENT[36:52]


def test_wsgi_files_reach_the_server_unwrapped(recorded: Recorded) -> None:
    """A file that the server can send directly is returned unchanged."""
    environ: dict[str, Any] = {"wsgi.file_wrapper": FileWrapper}
    setup_testing_defaults(environ)
    environ["PATH_INFO"] = "/file"
    assert isinstance(WSGIMiddleware(wsgi_app)(environ, lambda *_: None), FileWrapper)
    assert recorded.span("GET /file")["status"] == "OK"
