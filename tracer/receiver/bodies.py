"""The bodies of requests: read within limits of size and time, and decompressed."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable
from typing import Final

from starlette.requests import ClientDisconnect, Request

MAX_BODY_BYTES: Final = 64 << 20
"""The largest body, after it is decompressed."""

MAX_WAITING_BYTES: Final = 256 << 20
"""The most bytes of bodies in memory, of all requests together."""

BODY_S: Final = 30.0
"""How long the body of a request may take to arrive."""

_PIECE_BYTES = 1 << 20

_WINDOW_BITS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


class BodyError(Exception):
    """A request whose body is not accepted."""

    def __init__(self, http_status: int, message: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.http_status = http_status
        self.retry_after_s = retry_after_s
        """The seconds after which the same request may succeed."""


class BodyReader:
    """Reads bodies, and counts the bytes that are in memory until `release`."""

    def __init__(self) -> None:
        self._waiting_bytes = 0

    async def read(self, request: Request, timeout_s: float = BODY_S) -> bytes:
        """Return the decompressed body of a request; the caller calls `release` with it. Raises BodyError."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._read(request)
        except TimeoutError:
            raise BodyError(408, f"the body did not arrive within {timeout_s:.0f} s") from None
        except ClientDisconnect:
            raise BodyError(400, "the connection was closed before the body was complete") from None

    def release(self, body: bytes) -> None:
        """Forget the bytes of a body."""
        self._waiting_bytes -= len(body)

    async def _read(self, request: Request) -> bytes:
        decompress = _decompressor(request.headers.get("content-encoding", "identity"))
        pieces: list[bytes] = []
        size = 0
        try:
            async for chunk in request.stream():
                for piece in decompress(chunk):
                    size += len(piece)
                    self._waiting_bytes += len(piece)
                    if size > MAX_BODY_BYTES:
                        raise BodyError(413, f"the body is larger than {MAX_BODY_BYTES >> 20} MB when decompressed")
                    if self._waiting_bytes > MAX_WAITING_BYTES:
                        raise BodyError(429, "too many spans are waiting to be written", retry_after_s=1)
                    pieces.append(piece)
            for piece in decompress(b""):
                raise AssertionError(piece)  # a decompressor has given all by its last chunk
        except BaseException:
            self._waiting_bytes -= size
            raise
        return b"".join(pieces)


def _decompressor(encoding: str) -> Callable[[bytes], list[bytes]]:
    """Return a function that decompresses the chunks of a body in turn, with b"" at the end. Raises BodyError."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return lambda chunk: [chunk] if chunk else []
    bits = _WINDOW_BITS.get(encoding)
    if bits is None:
        raise BodyError(415, f"the content encoding {encoding!r:.40} is not known; send gzip, deflate or none")
    inflater = zlib.decompressobj(bits)

    def decompress(chunk: bytes) -> list[bytes]:
        try:
            if not chunk and not inflater.eof:
                raise BodyError(400, f"the {encoding} body ends before its end")
            pieces = [inflater.decompress(chunk, _PIECE_BYTES)] if chunk else []
            while inflater.unconsumed_tail and sum(map(len, pieces)) <= MAX_BODY_BYTES:
                pieces.append(inflater.decompress(inflater.unconsumed_tail, _PIECE_BYTES))
        except zlib.error as error:
            raise BodyError(400, f"the body is not {encoding}: {error}") from None
        return pieces

    return decompress
