"""The other end of the chat: asks over HTTP and reads the streamed answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass(slots=True)
class Reply:
    """What came back: the status, and the text as far as it was read."""

    status: int = 0
    text: str = ""
    error: str = ""
    left: bool = False
    """Whether the client went away before the end."""
    pieces: int = field(default=0, repr=False)


async def ask(port: int, question: dict[str, Any], patience_pieces: int | None = None) -> Reply:
    """POST a question to /chat on this machine; hang up after `patience_pieces` pieces of the answer.

    Raises OSError when nobody listens, ConnectionError when the server goes away.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        body = orjson.dumps(question)
        writer.write(
            b"POST /chat HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
            b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )
        await writer.drain()
        status, chunked = await _read_head(reader)
        reply = Reply(status)
        if not chunked:
            reply.error = orjson.loads(await reader.read())["error"]
            return reply
        async for event in _events(reader):
            reply.pieces += 1
            reply.text += event.get("text", "")
            reply.error = event.get("error", reply.error)
            if patience_pieces is not None and reply.pieces >= patience_pieces:
                reply.left = True
                break
        return reply
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def _read_head(reader: asyncio.StreamReader) -> tuple[int, bool]:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    except asyncio.IncompleteReadError as error:
        raise ConnectionError("the server closed the connection without an answer") from error
    return int(head.split(" ", 2)[1]), "transfer-encoding: chunked" in head


async def _events(reader: asyncio.StreamReader) -> AsyncIterator[dict[str, Any]]:
    """The JSON documents of a chunked text/event-stream; the server sends one event in one chunk."""
    try:
        while size := int((await reader.readline()).strip() or b"0", 16):
            chunk = await reader.readexactly(size + 2)
            for line in chunk.splitlines():
                if line.startswith(b"data: "):
                    yield orjson.loads(line[6:])
    except asyncio.IncompleteReadError as error:
        raise ConnectionError("the server closed the connection in the middle of an answer") from error
