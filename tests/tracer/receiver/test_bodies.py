"""Bodies are bounded in size, in time and in their sum."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

import pytest
from starlette.requests import Request

from tracetui.tracer.receiver import bodies
from tracetui.tracer.receiver.bodies import BodyError, BodyReader

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


def arriving(*chunks: bytes, then: Callable[[], Awaitable[None]] | None = None) -> Request:
    """A request whose body arrives in chunks; `then` is awaited before its end."""

    async def messages() -> AsyncIterator[MutableMapping[str, Any]]:
        for chunk in chunks:
            yield {"type": "http.request", "body": chunk, "more_body": True}
        if then is not None:
            await then()
        yield {"type": "http.request", "body": b"", "more_body": False}

    receive: Receive = messages().__anext__
    return Request({"type": "http", "method": "POST", "path": "/", "headers": []}, receive)


async def test_a_body_that_does_not_end_is_given_up() -> None:
    """A slow sender does not hold memory for ever."""
    reader = BodyReader()
    with pytest.raises(BodyError) as failed:
        await reader.read(arriving(b"x", then=lambda: asyncio.Event().wait()), timeout_s=0.01)  # type: ignore[arg-type, return-value]
    assert failed.value.http_status == 408


async def test_bodies_that_wait_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound a sender is told to come back; when a body is released there is room again."""
    monkeypatch.setattr(bodies, "MAX_WAITING_BYTES", 10)
    reader = BodyReader()
    first = await reader.read(arriving(b"12345678"))
    with pytest.raises(BodyError) as failed:
        await reader.read(arriving(b"123", b"456"))
    assert (failed.value.http_status, failed.value.retry_after_s) == (429, 1)
    reader.release(first)
    assert await reader.read(arriving(b"123", b"456")) == b"123456"
