"""Bodies that web frameworks ask for when the traced handler has returned: what makes them is below the handler."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from tests.support.recorded import Recorded
from tracetui import tracer
from tracetui.tracer import ASGIMiddleware, WSGIMiddleware, get_current_active_span, start_span

WORDS = ["one ", "two "]


def words() -> Iterator[str]:
    """Makes a body, with a span for each piece."""
    for word in WORDS:
        with start_span("word"):
            pass
        yield word


async def async_words() -> AsyncIterator[str]:
    """The same."""
    for word in words():
        await asyncio.sleep(0)
        yield word


async def events() -> AsyncIterator[dict[str, str]]:
    """The same, for a stream of server-sent events."""
    for word in words():
        yield {"data": word}


async def broken_words() -> AsyncIterator[str]:
    """The same, with a fault."""
    async for word in async_words():
        yield word
        raise LookupError("no more words")


class Words:
    """An asynchronous iterator that is no generator."""

    def __init__(self) -> None:
        self._words = async_words()

    def __aiter__(self) -> Words:
        return self

    async def __anext__(self) -> str:
        return await anext(self._words)


def expect_one_tree(recorded: Recorded, request: str | None, outputs: Any = "one two ") -> None:
    """Of one request: the handler's span with the body, and below it the spans that made the body."""
    spans = recorded.spans()
    names = {span["span_id"]: span["name"] for span in spans}
    tree = [(span["name"], names.get(span["parent_id"])) for span in spans if span["name"] != request]
    assert tree == [("handler", request), ("word", "handler"), ("word", "handler")]
    handler = recorded.span("handler")
    assert (handler["status"], handler["outputs"]) == ("OK", outputs)
    assert all(handler["start_ns"] <= span["start_ns"] <= span["end_ns"] <= handler["end_ns"] for span in spans[-2:])
    assert get_current_active_span() is None


@pytest.mark.parametrize("has_middleware", [False, True])
@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("body", [words, async_words, Words, events])
def test_a_streaming_response_of_fastapi_is_made_below_its_handler(
    body: Callable[[], Any], is_async: bool, has_middleware: bool, recorded: Recorded
) -> None:
    """Of an untraced generator, which the server reads in a task of its own; and an `EventSourceResponse`."""
    fastapi = pytest.importorskip("fastapi")
    responses = pytest.importorskip("fastapi.responses")
    testing = pytest.importorskip("fastapi.testclient")
    respond = responses.StreamingResponse
    if body is events:
        respond = pytest.importorskip("sse_starlette").EventSourceResponse

    @tracer.trace(name="handler")
    def handler() -> Any:
        return respond(body())

    @tracer.trace(name="handler")
    async def async_handler() -> Any:
        return respond(body())

    app = fastapi.FastAPI()
    app.add_api_route("/words", async_handler if is_async else handler)
    if has_middleware:
        app.add_middleware(ASGIMiddleware)
    assert "two" in testing.TestClient(app).get("/words").text
    outputs = [{"data": word} for word in WORDS] if body is events else "one two "
    expect_one_tree(recorded, "GET /words" if has_middleware else None, outputs)


def test_a_body_that_fails_is_its_handlers_error(recorded: Recorded) -> None:
    """The status has been sent by then; the span tells."""
    fastapi = pytest.importorskip("fastapi")
    responses = pytest.importorskip("fastapi.responses")
    testing = pytest.importorskip("fastapi.testclient")
    app = fastapi.FastAPI()

    @app.get("/words")
    @tracer.trace(name="handler")
    async def handler() -> Any:
        return responses.StreamingResponse(broken_words())

    with pytest.raises(LookupError):
        testing.TestClient(app).get("/words")
    span = recorded.span("handler")
    assert (span["status"], span["status_message"], span["outputs"]) == ("ERROR", "LookupError: no more words", "one ")


def test_what_makes_the_body_of_a_handler_that_is_sampled_out_is_so_too(recorded: Recorded) -> None:
    """Its spans would be traces without their beginning."""
    fastapi = pytest.importorskip("fastapi")
    responses = pytest.importorskip("fastapi.responses")
    testing = pytest.importorskip("fastapi.testclient")
    app = fastapi.FastAPI()

    @app.get("/words")
    @tracer.trace(sampling_ratio_override=0.0)
    async def handler() -> Any:
        return responses.StreamingResponse(async_words())

    assert testing.TestClient(app).get("/words").text == "one two "
    assert tracer.flush()
    assert not recorded.path.exists() or recorded.spans() == []


@pytest.mark.parametrize("has_middleware", [False, True])
@pytest.mark.parametrize("keeps_request", [False, True])
def test_a_response_of_flask_is_made_below_its_handler(
    keeps_request: bool, has_middleware: bool, recorded: Recorded
) -> None:
    """`Response(generator)`, also in `stream_with_context`."""
    flask = pytest.importorskip("flask")
    app: Any = flask.Flask("words")

    @app.get("/words")
    @tracer.trace(name="handler")
    def handler() -> Any:
        return flask.Response(flask.stream_with_context(words()) if keeps_request else words())

    if has_middleware:
        app.wsgi_app = WSGIMiddleware(app.wsgi_app)
    assert app.test_client().get("/words").text == "one two "
    expect_one_tree(recorded, "GET /words" if has_middleware else None)


@pytest.mark.parametrize("is_async", [False, True])
def test_a_streaming_response_of_django_is_made_below_its_handler(is_async: bool, recorded: Recorded) -> None:
    """`StreamingHttpResponse`, of a view and of an asynchronous one."""
    http = pytest.importorskip("django.http")
    settings = pytest.importorskip("django.conf").settings
    if not settings.configured:
        settings.configure()

    @tracer.trace(name="handler")
    def view() -> Any:
        return http.StreamingHttpResponse(words())

    @tracer.trace(name="handler")
    async def async_view() -> Any:
        return http.StreamingHttpResponse(async_words())

    async def served() -> bytes:
        return b"".join([piece async for piece in await async_view()])

    assert (asyncio.run(served()) if is_async else b"".join(view())) == b"one two "
    expect_one_tree(recorded, None)


@pytest.mark.parametrize("with_response", [False, True], ids=["generator", "response"])
def test_a_body_beside_its_status_is_made_below_its_handler(with_response: bool, recorded: Recorded) -> None:
    """As Flask takes them: body, status and headers."""
    flask = pytest.importorskip("flask")
    app: Any = flask.Flask("words")

    @app.get("/words")
    @tracer.trace(name="handler")
    def handler() -> Any:
        return (flask.Response(words()) if with_response else words()), 201, {"X-Words": "2"}

    answer = app.test_client().get("/words")
    assert (answer.text, answer.status_code, answer.headers["X-Words"]) == ("one two ", 201, "2")
    expect_one_tree(recorded, None)


@pytest.mark.parametrize("form", ["response", "generator", "beside a status"])
def test_a_handler_whose_body_nobody_asks_for_has_succeeded(form: str, recorded: Recorded) -> None:
    """As of a HEAD request."""
    flask = pytest.importorskip("flask")
    app: Any = flask.Flask("words")

    @app.get("/words")
    @tracer.trace(name="handler")
    def handler() -> Any:
        return {"response": flask.Response(words()), "generator": words(), "beside a status": (words(), 200)}[form]

    assert app.test_client().head("/words").status_code == 200
    assert [(span["name"], span["status"]) for span in recorded.spans()] == [("handler", "OK")]


@pytest.mark.parametrize("form", ["response", "generator", "beside a status"])
@pytest.mark.parametrize("body", [words, async_words])
async def test_a_response_of_quart_is_made_below_its_handler(
    body: Callable[[], Any], form: str, recorded: Recorded
) -> None:
    """It keeps a body of its own around the generator."""
    quart = pytest.importorskip("quart")
    app: Any = quart.Quart("words")

    @app.get("/words")
    @tracer.trace(name="handler")
    async def handler() -> Any:
        if form == "response":
            return quart.Response(body())
        return body() if form == "generator" else (body(), 200)

    answer = await app.test_client().get("/words")
    assert await answer.get_data() == b"one two "
    expect_one_tree(recorded, None)


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("body", [words, async_words])
@pytest.mark.parametrize("kind", ["Stream", "ServerSentEvent"])
def test_a_response_of_litestar_is_made_below_its_handler(
    kind: str, body: Callable[[], Any], is_async: bool, recorded: Recorded
) -> None:
    """Of plain text, and of server-sent events, which it makes of the texts."""
    litestar = pytest.importorskip("litestar")
    responses = pytest.importorskip("litestar.response")
    testing = pytest.importorskip("litestar.testing")
    response = getattr(responses, kind)

    def handler() -> Any:
        return response(body())

    async def async_handler() -> Any:
        return response(body())

    plain: Any = async_handler if is_async else handler
    plain.__annotations__["return"] = response
    route = litestar.get("/words", **({} if is_async else {"sync_to_thread": False}))
    with testing.TestClient(litestar.Litestar([route(tracer.trace(name="handler")(plain))])) as client:
        assert "two" in client.get("/words").text
    outputs = "one two " if kind == "Stream" else [f"data: {word}\r\n\r\n" for word in WORDS]
    expect_one_tree(recorded, None, outputs)
