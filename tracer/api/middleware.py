"""A span for each request that a web server answers, below the span of the caller: ASGI and WSGI, for any framework.

app = ASGIMiddleware(app)   # FastAPI, Starlette, Django, Quart ...; or app.add_middleware(ASGIMiddleware)
app.wsgi_app = WSGIMiddleware(app.wsgi_app)   # Flask
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, MutableMapping
from typing import Any

from ...store.model.rows import CANCELLED
from .. import guard
from ..spans.begin import begin, unless_disabled
from ..spans.current import current, current_span, detach_span, restore
from ..spans.no_op_span import NoOpSpan
from ..spans.propagation import TRACEPARENT, TRACESTATE, extract_parent
from ..spans.remote_parent import RemoteParent
from ..spans.span import Span
from ..spans.uninterrupted import uninterrupted_start

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
StartResponse = Callable[..., Any]
WSGIApp = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

KIND = "REQUEST"
"""The type of the span of a request."""

_NOTHING = (None, None, None)
"""The arguments of `__exit__` for a block that ended without an exception."""


class ASGIMiddleware:
    """Wraps an ASGI application: a span for each HTTP request and websocket, below the span in its `traceparent`.

    The span ends when the last byte of the response is sent. A status of 500 or above, or an exception, makes it an
    ERROR; a client that disconnects makes it CANCELLED. `exclude` lists paths whose requests get no span, such as
    health checks; spans that begin inside such a request go below the span of the caller.
    """

    def __init__(self, app: ASGIApp, *, exclude: Collection[str] = ()) -> None:
        self.app = app
        self._exclude = frozenset(exclude)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Other ASGI scopes, such as `lifespan`, pass unchanged."""
        if scope.get("type") not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        with _Request(
            extract_parent(scope.get("headers") or ()), lambda: _asgi_request(scope), self._exclude
        ) as request:
            span = request.span
            if span is None:
                await self.app(scope, receive, send)
                return

            async def send_and_record(message: Message) -> None:
                if message.get("type") == "http.response.start":
                    request.record_status(message.get("status"), getattr(scope.get("route"), "path", None))
                try:
                    await send(message)
                except OSError as error:
                    request.send_error = error
                    raise
                request.record_sent(message)

            await self.app(scope, receive, send_and_record)


class WSGIMiddleware:
    """Wraps a WSGI application: a span for each HTTP request, as `ASGIMiddleware` does for ASGI.

    The span of a response that is sent in pieces ends with the last piece, and is current while each piece is made.
    """

    def __init__(self, app: WSGIApp, *, exclude: Collection[str] = ()) -> None:
        self.app = app
        self._exclude = frozenset(exclude)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        names = {TRACEPARENT: "HTTP_TRACEPARENT", TRACESTATE: "HTTP_TRACESTATE"}
        headers = {name: environ[key] for name, key in names.items() if key in environ}
        request = _Request(extract_parent(headers), lambda: _wsgi_request(environ), self._exclude)
        if (span := request.span) is None:
            with request:
                return self.app(environ, start_response)

        def start_and_record(status: str, *args: Any, **kwargs: Any) -> Any:
            request.record_status(status[:3], None)
            return start_response(status, *args, **kwargs)

        token = current.set(span)
        try:
            span.enqueue()
            body = self.app(environ, start_and_record)
        except BaseException as error:
            span.fail(error)
            span.end()
            raise
        finally:
            restore(token)
        file_wrapper = environ.get("wsgi.file_wrapper")
        if isinstance(body, list | tuple) or (isinstance(file_wrapper, type) and isinstance(body, file_wrapper)):
            span.end()  # the body is complete; a wrapper would hide from the server that it is a list or a file
            return body
        return _Body(body, span)


class _Body:
    """The body of a response in pieces. The span ends with the last piece."""

    def __init__(self, body: Iterable[bytes], span: Span | NoOpSpan) -> None:
        self._body = body
        self._pieces = iter(body)
        self._span = span
        self._inside: Any = span
        """The current span of the body: the span of the request, or one that the body has entered since."""

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        token = current.set(self._inside)
        try:
            return next(self._pieces)
        except StopIteration:
            self._span.end()
            raise
        except BaseException as error:
            self._span.fail(error)
            self._span.end()
            raise
        finally:
            self._inside = current.get()
            restore(token)

    def close(self) -> None:
        """End the span: the server has sent the body, or the client has disconnected."""
        token = current.set(self._inside)
        try:
            if close := getattr(self._body, "close", None):
                close()
        finally:
            restore(token)
            self._span.end()


class _Request:
    """The span of one request; for an excluded path, the span of its caller as the current one."""

    def __init__(
        self, parent: RemoteParent | None, describe: Callable[[], tuple[str, dict[str, Any]]], exclude: Collection[str]
    ) -> None:
        self.span: Span | NoOpSpan | None = None
        self.send_error: OSError | None = None
        """The exception of an ASGI server (since ASGI 2.4) that sent a response to a client that had disconnected."""
        self._is_sending = False
        """Whether the response has begun and is not complete."""
        self._parent = parent
        self._token: Any = None
        try:
            name, attributes = describe()
            if attributes["url.path"] not in exclude:
                self.span = begin(name, KIND, unless_disabled(parent or current_span()), attributes)
        except Exception:
            guard.fault("describing a request")

    def __enter__(self) -> _Request:
        if self.span is not None:
            self.span.__enter__()
        elif self._parent is not None:
            self._parent.context_token = self._token = current.set(self._parent)
        return self

    @uninterrupted_start
    def __exit__(self, *raised: Any) -> None:
        try:
            if self._is_disconnected(raised[1]):
                raised = _NOTHING
        finally:
            if self.span is not None:
                self.span.__exit__(*raised)
            detach_span(self._parent, self._token)

    def _is_disconnected(self, error: BaseException | None) -> bool:
        """Whether the client disconnected. Frameworks then stop silently, or raise the exception of the server."""
        send_error, self.send_error = self.send_error, None  # its traceback would keep the response alive
        if error is not None and (send_error is None or send_error not in (error, error.__context__)):
            return False
        if send_error is None and not self._is_sending:
            return False
        if type(self.span) is Span and self.span.status_code is None:
            self.span.status_code = CANCELLED
            self.span.status_message = "the client disconnected before the end of the response"
        return True

    def record_sent(self, message: Message) -> None:
        """Record whether the response is complete after this message."""
        kind = message.get("type")
        if isinstance(kind, str) and kind.startswith("http.response."):
            self._is_sending = kind == "http.response.start" or bool(message.get("more_body"))

    def record_status(self, status: Any, route: str | None) -> None:
        """Record the status of the response, and the route that the framework found, when the response begins."""
        try:
            assert self.span is not None
            code = int(status)
            self.span.set_attribute("http.response.status_code", code)
            if route:
                self.span.set_attribute("http.route", route)
            if code >= 500:
                self.span.set_status("ERROR")
        except Exception:
            guard.fault("recording the status of a response")


def _asgi_request(scope: Scope) -> tuple[str, dict[str, Any]]:
    method = scope.get("method") or "WEBSOCKET"
    path = str(scope.get("path") or "/")
    attributes = {"http.request.method": method, "url.path": path}
    if query := scope.get("query_string"):
        attributes["url.query"] = query.decode("latin-1") if isinstance(query, bytes) else str(query)
    return f"{method} {path}", attributes


def _wsgi_request(environ: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    method = str(environ.get("REQUEST_METHOD") or "GET")
    raw = str(environ.get("SCRIPT_NAME", "")) + str(environ.get("PATH_INFO", ""))
    path = raw.encode("latin-1", "replace").decode("utf-8", "replace") or "/"
    attributes = {"http.request.method": method, "url.path": path}
    if query := environ.get("QUERY_STRING"):
        attributes["url.query"] = str(query)
    return f"{method} {path}", attributes
