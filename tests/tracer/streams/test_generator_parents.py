"""A traced generator belongs where its function was called, wherever it is read."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.known import known
from tests.support.recorded import Recorded
from tracetui import tracer
from tracetui.tracer import ASGIMiddleware, WSGIMiddleware, start_span


@tracer.trace
def words(count: int = 2) -> Iterator[str]:
    for n in range(count):
        with start_span(f"word {n}"):
            pass
        yield f"{n} "


@tracer.trace
async def words_async(count: int = 2) -> AsyncIterator[str]:
    for n in range(count):
        with start_span(f"word {n}"):
            pass
        yield f"{n} "


@tracer.trace(name="handler")
def handler(generator: Callable[..., Any] = words) -> dict[str, Any]:
    return {"body": generator()}


def parent_of(recorded: Recorded, name: str) -> str | None:
    """The name of the parent of the one span of that name."""
    spans = recorded.spans()
    (parent_id,) = [span["parent_id"] for span in spans if span["name"] == name]
    return next((span["name"] for span in spans if span["span_id"] == parent_id), None)


async def read(chunks: Any) -> list[str]:
    return [chunk async for chunk in chunks]


READERS: dict[str, tuple[Callable[..., Any], Callable[[Any], Any]]] = {
    "here": (words, list),
    "in a thread of a pool": (words, lambda body: ThreadPoolExecutor(1).submit(list, body).result()),
    "in a loop of its own": (words_async, lambda body: asyncio.run(read(body))),
}


@pytest.mark.parametrize("reader", READERS)
def test_a_generator_is_below_the_call_that_made_it(recorded: Recorded, reader: str) -> None:
    """A response that is sent after its handler has returned, by other code, is one trace with the handler."""
    generator, reading = READERS[reader]
    body = handler(generator)["body"]
    with start_span("sending"):
        assert reading(body) == ["0 ", "1 "]
        assert known(tracer.get_current_active_span()).name == "sending"
    assert parent_of(recorded, generator.__name__) == "handler"
    assert parent_of(recorded, "word 1") == generator.__name__
    assert [trace["span_count"] for trace in recorded.traces()] == [4, 1]


def test_a_generator_keeps_the_labels_of_its_call(recorded: Recorded) -> None:
    """A generator that begins a trace has the session that it was called in."""
    with tracer.tracing.context(session_id="s-1"):
        body = words()
    with tracer.tracing.context(enabled=False):
        unseen = words()
    assert list(body) == list(unseen)
    (trace,) = recorded.traces()
    assert trace["session_id"] == "s-1"


def test_a_generator_that_is_never_read_has_no_span(recorded: Recorded) -> None:
    """Nothing of it ran; wrong arguments are said at the call, as without us."""
    with start_span("handler"):
        words()
        words_async()
        with pytest.raises(TypeError):
            words(1, 2, 3)  # type: ignore[call-arg]
    assert [span["name"] for span in recorded.spans()] == ["handler"]


def test_a_traced_generator_function_looks_like_one(recorded: Recorded) -> None:
    """To frameworks that ask what a function is; and what it gives has the function's name."""
    assert inspect.isgeneratorfunction(words)
    assert inspect.isasyncgenfunction(words_async)
    assert inspect.isfunction(words)
    assert inspect.isfunction(words_async)
    assert inspect.isgenerator(words())
    assert inspect.isasyncgen(words_async())
    assert words().__name__ == "words"
    assert words_async().__qualname__ == "words_async"


async def test_a_streamed_body_is_below_its_handler_in_the_request(recorded: Recorded) -> None:
    """Not beside it: the handler has returned when the first chunk is asked for."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body = handler(words_async)["body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        async for chunk in body:
            await send({"type": "http.response.body", "body": chunk.encode(), "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def nothing(message: Any = None) -> Any:
        return {"type": "http.request"}

    await ASGIMiddleware(app)({"type": "http", "method": "GET", "path": "/", "headers": []}, nothing, nothing)
    assert parent_of(recorded, "words_async") == "handler"
    assert parent_of(recorded, "handler") == "GET /"
    assert len(recorded.traces()) == 1


def test_a_streamed_body_of_wsgi_is_below_its_handler_too(recorded: Recorded) -> None:
    """And what the body has open at a piece is around what it does for the next."""

    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        body = handler()["body"]
        start_response("200 OK", [])

        def pieces() -> Iterator[bytes]:
            with start_span("page"):
                yield b"begin "
                with start_span("footer"):
                    pass
                for word in body:
                    yield word.encode()

        return pieces()

    body = WSGIMiddleware(app)({"REQUEST_METHOD": "GET", "PATH_INFO": "/"}, lambda *_: None)
    for piece in body:
        assert piece
        assert tracer.get_current_active_span() is None
    assert parent_of(recorded, "words") == "handler"
    assert parent_of(recorded, "footer") == "page"
    assert parent_of(recorded, "page") == "GET /"
    assert len(recorded.traces()) == 1
