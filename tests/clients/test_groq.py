"""The Groq client, recorded by `autolog`: its instrumentor knows no streams and no cancelled calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.conftest import assert_ttft_is_of_the_first_content, cancelled, leave_after_the_first_word
from tests.clients.wire import Wire
from tests.support.recorded import Recorded
from tracetui import tracer

QUESTION = [{"role": "user", "content": "hi"}]


@pytest.fixture
def client(wire: Wire, autologged: Callable[..., Any]) -> Any:
    """The synchronous client."""
    with autologged("groq").Groq(base_url=wire.url, api_key="none", max_retries=0) as client:
        yield client


@pytest.fixture
def async_client(wire: Wire, autologged: Callable[..., Any]) -> Any:
    """The asynchronous client."""
    return autologged("groq").AsyncGroq(base_url=wire.url, api_key="none", max_retries=0)


def test_a_call_is_an_llm_span_below_ours(client: Any, recorded: Recorded) -> None:
    """Model, provider, tokens, messages in and out."""
    with tracer.start_span("request") as request:
        client.chat.completions.create(model="llama-x", messages=QUESTION)
    span = recorded.span("Completions")
    assert (span["parent_id"], span["kind"], span["status"]) == (request.span_id, "LLM", "OK")
    assert (span["model"], span["response_model"], span["provider"]) == ("llama-x", "llama-x-2026-09", "groq")
    assert (span["input_tokens"], span["output_tokens"], span["cache_read_tokens"]) == (11, 7, 4)
    assert span["outputs"]["choices"][0]["message"]["content"] == "Hello you"


def test_a_stream_is_measured(client: Any, recorded: Recorded) -> None:
    """Its span goes on until the last chunk, and has the text."""
    with tracer.start_span("request"):
        assert len(list(client.chat.completions.create(model="llama-x", messages=QUESTION, stream=True))) == 5
    span = recorded.span("Completions")
    assert (span["status"], span["outputs"], span["chunk_count"]) == ("OK", "Hello you", 5)
    assert_ttft_is_of_the_first_content(span)


async def test_an_async_stream_is_measured(async_client: Any, recorded: Recorded) -> None:
    """As the synchronous one is."""
    stream = await async_client.chat.completions.create(model="llama-x", messages=QUESTION, stream=True)
    assert len([chunk async for chunk in stream]) == 5
    span = recorded.span("AsyncCompletions")
    assert (span["status"], span["outputs"]) == ("OK", "Hello you")
    assert_ttft_is_of_the_first_content(span)


def test_a_stream_that_is_left_is_cancelled(client: Any, recorded: Recorded) -> None:
    """With what had arrived."""
    leave_after_the_first_word(client.chat.completions.create(model="llama-x", messages=QUESTION, stream=True))
    span = recorded.span("Completions")
    assert (span["status"], span["outputs"]) == ("CANCELLED", "Hel")


async def test_a_cancelled_call_is_cancelled(async_client: Any, wire: Wire, recorded: Recorded) -> None:
    """It has ended, and has its kind."""
    wire.before_answer.clear()
    await cancelled(
        async_client.chat.completions.create(model="llama-x", messages=QUESTION), when=lambda: wire.requests
    )
    span = recorded.span("AsyncCompletions")
    assert (span["status"], span["kind"], span["model"]) == ("CANCELLED", "LLM", "llama-x")


def test_a_refused_call_is_an_error(client: Any, wire: Wire, recorded: Recorded) -> None:
    """It reaches the program as it was."""
    import groq

    wire.status = 429
    with pytest.raises(groq.RateLimitError):
        client.chat.completions.create(model="llama-x", messages=QUESTION)
    assert recorded.span("Completions")["status"] == "ERROR"


def test_what_a_stream_says_beside_its_text_is_kept(client: Any, wire: Wire, recorded: Recorded) -> None:
    """Its reasoning, which is its first token, and an error that a chunk reports."""
    chunk: dict[str, Any] = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "llama-x"}
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}, {"reasoning": "because"}, {"content": "42"}]
    events = [(0, "", {**chunk, "choices": [{"index": 0, "delta": delta}]}) for delta in deltas]
    failed = {**chunk, "choices": [{"index": 0, "delta": {}}], "x_groq": {"id": "r", "error": "over capacity"}}
    wire.reply = [*events, (0, "", failed)]
    list(client.chat.completions.create(model="llama-x", messages=QUESTION, stream=True))
    span = recorded.span("Completions")
    assert (span["status"], span["status_message"]) == ("ERROR", "over capacity")
    assert span["outputs"] == {"content": "42", "reasoning": "because"}
    assert span["ttft_ms"] is not None


def test_a_stream_that_breaks_off_is_an_error(client: Any, wire: Wire, recorded: Recorded) -> None:
    """Only its last chunk says why it ends."""
    wire.reply = [(0, "", {"id": "c", "model": "m", "choices": [{"index": 0, "delta": {"content": "Hel"}}]})]
    list(client.chat.completions.create(model="llama-x", messages=QUESTION, stream=True))
    span = recorded.span("Completions")
    assert (span["status"], span["status_message"]) == ("ERROR", "the stream ended without a finish reason")
