"""A small HTTP/1.1 server on asyncio streams: requests with a body, keep-alive, chunked answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus

import orjson

MAX_HEAD_BYTES = 16 * 1024
MAX_BODY_BYTES = 1024 * 1024
IDLE_S = 30.0
"""How long a connection may wait for its next request."""


class ClientGoneError(Exception):
    """The client closed the connection before the answer was complete."""


class RequestError(Exception):
    """A request that cannot be served; `status` says why."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True)
class Request:
    """One request with its whole body; names of headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    keep_alive: bool
    chunked: bool
    """Whether the client understands a chunked answer: HTTP/1.1 and later."""


class Exchange:
    """One request and the answer to it: either `respond` once, or `send` any number of times."""

    def __init__(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.request = request
        self.started = False
        self.keep_alive = request.keep_alive
        self._reader = reader
        self._writer = writer

    async def respond(self, status: HTTPStatus, content: object) -> None:
        """Answer with a whole JSON document."""
        body = orjson.dumps(content) + b"\n"
        self._head(status, {"Content-Type": "application/json", "Content-Length": str(len(body))})
        # The answer to HEAD is the head alone.
        self._writer.write(b"" if self.request.method == "HEAD" else body)
        await self._writer.drain()

    async def send(self, chunk: bytes, content_type: str) -> None:
        """Answer with one more piece of a stream; raises ClientGoneError when nobody reads any more."""
        if self._reader.at_eof() or self._writer.is_closing():
            raise ClientGoneError("the client closed the connection")
        if not self.started:
            framing = {"Transfer-Encoding": "chunked"} if self.request.chunked else {}
            self.keep_alive = self.keep_alive and self.request.chunked
            self._head(HTTPStatus.OK, {"Content-Type": content_type, "Cache-Control": "no-store", **framing})
        self._writer.write(b"%x\r\n%b\r\n" % (len(chunk), chunk) if self.request.chunked else chunk)
        try:
            await self._writer.drain()
        except ConnectionError as error:
            raise ClientGoneError("the client closed the connection") from error

    async def finish(self) -> None:
        """End the stream."""
        if self.request.chunked:
            self._writer.write(b"0\r\n\r\n")
        await self._writer.drain()

    def _head(self, status: HTTPStatus, headers: Mapping[str, str]) -> None:
        self.started = True
        connection = {"Connection": "keep-alive" if self.keep_alive else "close"}
        lines = [f"HTTP/1.1 {status.value} {status.phrase}"]
        lines += [f"{name}: {value}" for name, value in {**headers, **connection}.items()]
        self._writer.write("\r\n".join([*lines, "", ""]).encode("ascii"))


Handler = Callable[[Exchange], Awaitable[None]]


async def serve(handler: Handler, port: int) -> asyncio.Server:
    """Listen on 127.0.0.1; port 0 takes one that is free. Raises OSError for a port that is taken."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _converse(handler, reader, writer)
        except (ConnectionError, TimeoutError, asyncio.CancelledError):
            # A broken connection ends here; a cancelled one is the server closing down.
            pass
        finally:
            writer.close()
            with suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    return await asyncio.start_server(connected, "127.0.0.1", port, limit=MAX_HEAD_BYTES)


async def _converse(handler: Handler, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        try:
            request = await _read_request(reader)
        except RequestError as error:
            refused = Request("GET", "", {}, b"", keep_alive=False, chunked=False)
            await Exchange(refused, reader, writer).respond(error.status, {"error": str(error)})
            return
        if request is None:
            return
        exchange = Exchange(request, reader, writer)
        try:
            await handler(exchange)
        except ClientGoneError:
            return
        if not exchange.keep_alive:
            return


async def _read_request(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), IDLE_S)
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError as error:
        raise RequestError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the head of the request is too long") from error
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    try:
        method, target, version = first.split(" ")
    except ValueError as error:
        raise RequestError(HTTPStatus.BAD_REQUEST, f"not a request line: {first[:80]!r}") from error
    if version not in ("HTTP/1.0", "HTTP/1.1"):
        raise RequestError(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, f"cannot speak {version[:20]!r}")
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise RequestError(HTTPStatus.BAD_REQUEST, f"not a header: {line[:80]!r}")
        headers[name.lower()] = value.strip()
    body = await asyncio.wait_for(reader.readexactly(_body_bytes(headers)), IDLE_S)
    modern = version == "HTTP/1.1"
    connection = headers.get("connection", "keep-alive" if modern else "close").lower()
    return Request(method, target.partition("?")[0], headers, body, connection != "close", modern)


def _body_bytes(headers: Mapping[str, str]) -> int:
    if "transfer-encoding" in headers:
        raise RequestError(HTTPStatus.LENGTH_REQUIRED, "send the body with a Content-Length")
    length = headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit():
        raise RequestError(HTTPStatus.BAD_REQUEST, f"not a Content-Length: {length[:20]!r}")
    if int(length) > MAX_BODY_BYTES:
        raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body may have {MAX_BODY_BYTES} bytes")
    return int(length)
