"""Raw and streaming responses of the clients of OpenAI, Anthropic and Groq: the answer is in the body.

Under `autolog` and under `trace` alone, the body read in every way that the clients have.
"""

from __future__ import annotations

import gc
import importlib
import inspect
import pickle
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, ExitStack
from typing import Any

import pytest

from tests.clients.wire import Wire
from tests.clients.wire_events import FIRST_TOKEN_S
from tests.support.recorded import Recorded
from tracetui import tracer

CLIENTS = ["openai", "responses", "anthropic", "groq"]
QUESTION = [{"role": "user", "content": "hi"}]
ASKED: dict[str, dict[str, Any]] = {
    "openai": {"model": "gpt-x", "messages": QUESTION},
    "responses": {"model": "gpt-x", "input": "hi"},
    "anthropic": {"model": "claude-x", "max_tokens": 64, "messages": QUESTION},
    "groq": {"model": "llama-x", "messages": QUESTION},
}

Asking = Callable[..., Any]


@pytest.fixture
async def methods(wire: Wire) -> AsyncIterator[Callable[..., Any]]:
    """Gives the object with `create`, of a client of this server."""
    opened: list[Any] = []

    def methods(name: str, *, is_async: bool = False) -> Any:
        module = importlib.import_module(name.replace("responses", "openai"))
        kind = {"openai": "OpenAI", "responses": "OpenAI", "anthropic": "Anthropic", "groq": "Groq"}[name]
        url = f"{wire.url}/v1" if kind == "OpenAI" else wire.url
        client = getattr(module, f"Async{kind}" if is_async else kind)(base_url=url, api_key="none", max_retries=0)
        opened.append(client)
        if name == "responses":
            return client.responses
        return client.messages if name == "anthropic" else client.chat.completions

    yield methods
    for client in opened:
        if (closing := client.close()) is not None:
            await closing


@pytest.fixture(params=["autolog", "trace"])
def recording(request: pytest.FixtureRequest, autologged: Callable[..., Any]) -> Callable[[str], Callable[[Any], Any]]:
    """Has a client recorded by its name: gives what a method is passed through."""

    def record(name: str) -> Callable[[Any], Any]:
        if request.param == "autolog":
            autologged(name.replace("responses", "openai"))
            return lambda method: method
        return lambda method: tracer.trace(method, name="call", span_type="LLM")

    return record


def calls(recorded: Recorded) -> list[dict[str, Any]]:
    """The spans of the calls; a client may have traced itself below."""
    return [span for span in recorded.spans() if span["parent_id"] is None]


def assert_is_the_answer(span: dict[str, Any], *, is_stream: bool) -> None:
    """Text, model, tokens, and of a stream the time to its first token."""
    assert (span["status"], span["status_message"]) == ("OK", None)
    assert "Hello you" in str(span["outputs"])
    assert span["response_model"].endswith("-x-2026-09")
    assert span["kind"] == "LLM"
    if not is_stream or span["model"].startswith(("claude", "gpt")):
        assert span["output_tokens"] in (7, None)
    if is_stream:
        assert FIRST_TOKEN_S * 1e3 * 0.95 < span["ttft_ms"] < span["duration_ms"]
    else:
        assert (span["ttft_ms"], span["chunk_count"], span["output_tokens"]) == (None, None, 7)


READ: dict[str, Callable[[Any], Any]] = {
    "lines": lambda response: list(response.iter_lines()),
    "text in pieces": lambda response: list(response.iter_text()),
    "bytes in pieces": lambda response: list(response.iter_bytes(7)),
    "bytes": lambda response: response.read(),
    "text": lambda response: response.text(),
    "parsed": lambda response: response.parse(),
}


@pytest.mark.parametrize("name", CLIENTS)
def test_a_streaming_response_is_recorded_however_it_is_read(
    recording: Any, methods: Any, name: str, recorded: Recorded
) -> None:
    """Its span ends when its body has been read, not before."""
    create = recording(name)(methods(name).with_streaming_response.create)
    ways: list[Callable[[Any], Any]] = [*READ.values(), lambda response: response.json()]
    for number, read in enumerate(ways):
        with create(**ASKED[name]) as response:
            assert calls(recorded)[number]["status"] == "RUNNING", "nothing was read yet"
            assert read(response)
            assert_is_the_answer(calls(recorded)[number], is_stream=False)
    assert len(calls(recorded)) == len(READ) + 1


@pytest.mark.parametrize("name", CLIENTS)
def test_a_stream_in_a_streaming_response_is_measured_however_it_is_read(
    recording: Any, methods: Any, name: str, recorded: Recorded
) -> None:
    """By its lines as by its parsed chunks."""
    create = recording(name)(methods(name).with_streaming_response.create)
    for read in READ.values():
        with create(**ASKED[name], stream=True) as response:
            list(read(response))
    spans = calls(recorded)
    assert len(spans) == len(READ)
    for span in spans:
        assert_is_the_answer(span, is_stream=True)


@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("name", CLIENTS)
def test_a_raw_response_is_recorded(
    recording: Any, methods: Any, name: str, is_stream: bool, recorded: Recorded
) -> None:
    """People ask for it to have its headers."""
    create = recording(name)(methods(name).with_raw_response.create)
    response = create(**ASKED[name], stream=is_stream)
    assert response.headers["content-type"]
    parsed = response.parse()
    if is_stream:
        list(parsed)
    (span,) = calls(recorded)
    assert_is_the_answer(span, is_stream=is_stream)


ASYNC_READ: dict[str, Callable[[Any], Any]] = {
    "lines": lambda response: response.iter_lines(),
    "text in pieces": lambda response: response.iter_text(),
    "bytes in pieces": lambda response: response.iter_bytes(7),
    "bytes": lambda response: response.read(),
    "parsed": lambda response: response.parse(),
}


async def read_by(way: str, response: Any) -> None:
    """Read a body of an asynchronous client to its end."""
    reading = ASYNC_READ[way](response)
    if hasattr(reading, "__aiter__"):
        async for _ in reading:
            pass
    elif hasattr(parsed := await reading, "__aiter__"):
        async for _ in parsed:
            pass


@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("name", CLIENTS)
async def test_an_asynchronous_streaming_response_is_recorded_alike(
    recording: Any, methods: Any, name: str, is_stream: bool, recorded: Recorded
) -> None:
    """As the synchronous one is."""
    create = recording(name)(methods(name, is_async=True).with_streaming_response.create)
    for number, way in enumerate(ASYNC_READ):
        async with create(**ASKED[name], stream=is_stream) as response:
            await read_by(way, response)
        assert_is_the_answer(calls(recorded)[number], is_stream=is_stream)


@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("name", CLIENTS)
async def test_an_asynchronous_raw_response_is_recorded_alike(
    recording: Any, methods: Any, name: str, is_stream: bool, recorded: Recorded
) -> None:
    """As the synchronous one is."""
    create = recording(name)(methods(name, is_async=True).with_raw_response.create)
    response = await create(**ASKED[name], stream=is_stream)
    parsed = response.parse()
    parsed = await parsed if hasattr(parsed, "__await__") else parsed
    if is_stream:
        async for _ in parsed:
            pass
    (span,) = calls(recorded)
    assert_is_the_answer(span, is_stream=is_stream)


@pytest.mark.parametrize("name", CLIENTS)
def test_a_response_that_is_closed_early_is_cancelled(
    recording: Any, methods: Any, name: str, wire: Wire, recorded: Recorded
) -> None:
    """With what had been read."""
    wire.before_last.clear()
    create = recording(name)(methods(name).with_streaming_response.create)
    with create(**ASKED[name], stream=True) as response:
        for line in response.iter_lines():
            if '"lo"' in line:
                break
    (span,) = calls(recorded)
    assert span["status"] == "CANCELLED"
    assert span["outputs"] in ("Hello", "Hello you"), "what came with the same bytes was read as well"
    assert span["status_message"].startswith("the consumer left the stream after")


@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "stream"])
def test_a_response_that_nobody_reads_is_cancelled(
    recording: Any, methods: Any, is_stream: bool, recorded: Recorded
) -> None:
    """Whether it is closed or let go of."""
    create = recording("openai")(methods("openai").with_streaming_response.create)
    with create(**ASKED["openai"], stream=is_stream):
        pass
    raw = recording("openai")(methods("openai").with_raw_response.create)(**ASKED["openai"], stream=True)
    del raw
    gc.collect()
    assert [span["status"] for span in calls(recorded)] == ["CANCELLED", "CANCELLED"]


def test_who_leaves_with_the_last_event_leaves_nothing_out(recording: Any, methods: Any, recorded: Recorded) -> None:
    """Many programs break at `[DONE]`."""
    create = recording("openai")(methods("openai").with_streaming_response.create)
    with create(**ASKED["openai"], stream=True) as response:
        for line in response.iter_lines():
            if line == "data: [DONE]":
                break
    (span,) = calls(recorded)
    assert (span["status"], span["outputs"]) == ("OK", "Hello you")


def test_a_failure_in_a_body_is_an_error(recording: Any, methods: Any, wire: Wire, recorded: Recorded) -> None:
    """In a document as in an event."""
    wire.reply = {"error": {"message": "no credits", "code": 402}}
    create = recording("openai")(methods("openai").with_streaming_response.create)
    with create(**ASKED["openai"]) as response:
        response.json()
    wire.reply = [(0, "", {"error": {"message": "no credits", "code": 402}})]
    with create(**ASKED["openai"], stream=True) as response:
        list(response.iter_lines())
    for span in calls(recorded):
        assert (span["status"], span["status_message"]) == ("ERROR", "402: no credits")


@pytest.mark.parametrize("name", CLIENTS)
def test_a_body_that_breaks_off_is_an_error(
    recording: Any, methods: Any, name: str, wire: Wire, recorded: Recorded
) -> None:
    """The connection is closed before the answer is complete."""
    with methods(name).with_streaming_response.create(**ASKED[name], stream=True) as response:
        events = [line for line in response.iter_lines() if line]
    cut = next(place for place, line in enumerate(events) if "Hel" in line)
    wire.reply = [(0, "", line.removeprefix("data: ")) for line in events[: cut + 1] if line.startswith("data: ")]
    create = recording(name)(methods(name).with_streaming_response.create)
    with create(**ASKED[name], stream=True) as response:
        list(response.iter_lines())
    span = calls(recorded)[-1]
    assert (span["status"], span["status_message"]) == ("ERROR", "the stream ended without a finish reason")
    assert span["outputs"] == "Hel"


def test_a_response_is_what_it_was(recording: Any, methods: Any, recorded: Recorded) -> None:
    """Of its own class when it has been read, and to be pickled before as after."""
    create = recording("groq")(methods("groq").with_streaming_response.create)
    with create(**ASKED["groq"]) as response:
        http = response.http_response
        kind = importlib.import_module("httpx").Response
        assert isinstance(http, kind)
        response.read()
        assert type(http) is kind
        assert pickle.loads(pickle.dumps(http)).content == http.content
    assert recorded.spans()


def test_a_request_that_is_refused_is_an_error(recording: Any, methods: Any, wire: Wire, recorded: Recorded) -> None:
    """When the manager is entered."""
    openai = importlib.import_module("openai")
    wire.status = 429
    create = recording("openai")(methods("openai").with_streaming_response.create)
    with pytest.raises(openai.RateLimitError), create(**ASKED["openai"]):
        pass
    (span,) = calls(recorded)
    assert span["status"] == "ERROR"
    assert "slow down" in span["status_message"]


@pytest.mark.parametrize("name", CLIENTS)
@pytest.mark.parametrize(("kind", "is_stream"), [("with_raw_response", False), ("with_streaming_response", True)])
@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("is_method", [False, True], ids=["object", "method"])
async def test_what_was_taken_from_a_client_before_autolog_is_recorded(
    autologged: Any,
    methods: Any,
    name: str,
    kind: str,
    is_stream: bool,
    is_async: bool,
    is_method: bool,
    recorded: Recorded,
) -> None:
    """A program keeps `client.messages.with_raw_response`, or a function of it, made of the method of then."""
    kept = getattr(methods(name, is_async=is_async), kind)
    create = kept.create if is_method else None
    autologged(name.replace("responses", "openai"))
    asked = (create or kept.create)(**ASKED[name], **({"stream": True} if is_stream else {}))
    if is_async:
        async with AsyncExitStack() as stack:
            response = await (asked if kind == "with_raw_response" else stack.enter_async_context(asked))
            parsed = response.parse()
            answer = await parsed if inspect.isawaitable(parsed) else parsed
            assert [chunk async for chunk in answer] if is_stream else answer
    else:
        with ExitStack() as stack:
            response = asked if kind == "with_raw_response" else stack.enter_context(asked)
            answer = response.parse()
            assert list(answer) if is_stream else answer
    (span,) = calls(recorded)
    assert_is_the_answer(span, is_stream=is_stream)
