"""The Anthropic client, recorded by `autolog`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.conftest import assert_ttft_is_of_the_first_content, cancelled_in_turn
from tests.clients.wire import Wire
from tests.support.recorded import Recorded
from tracetui import tracer

REQUEST: dict[str, Any] = {
    "model": "claude-x",
    "max_tokens": 64,
    "messages": [{"role": "user", "content": "hi"}],
}


@pytest.fixture
def client(wire: Wire, autologged: Callable[..., Any]) -> Any:
    """The synchronous client."""
    with autologged("anthropic").Anthropic(base_url=wire.url, api_key="none", max_retries=0) as client:
        yield client


@pytest.fixture
def async_client(wire: Wire, autologged: Callable[..., Any]) -> Any:
    """The asynchronous client."""
    return autologged("anthropic").AsyncAnthropic(base_url=wire.url, api_key="none", max_retries=0)


def assert_is_the_message(span: dict[str, Any]) -> None:
    """Kind, model, provider, tokens and what was asked are right."""
    assert (span["kind"], span["status"]) == ("LLM", "OK")
    assert span["model"].startswith("claude-x")
    assert span["provider"] == "anthropic"
    assert span["inputs"]["messages"] == REQUEST["messages"]
    assert span["output_tokens"] == 7
    assert (span["cache_read_tokens"], span["cache_write_tokens"]) == (4, 2)


def test_a_call_is_an_llm_span_below_ours(client: Any, recorded: Recorded) -> None:
    """No TTFT, for nothing was streamed."""
    with tracer.start_span("request") as request:
        client.messages.create(**REQUEST)
    span = recorded.spans()[1]
    assert span["parent_id"] == request.span_id
    assert_is_the_message(span)
    assert "Hello you" in str(span["outputs"])
    assert span["ttft_ms"] is None


async def test_an_async_call_is_recorded_alike(async_client: Any, recorded: Recorded) -> None:
    """As the synchronous one is."""
    async with async_client:
        await async_client.messages.create(**REQUEST)
    (span,) = recorded.spans()
    assert_is_the_message(span)


def test_a_stream_of_events_is_measured(client: Any, recorded: Recorded) -> None:
    """`stream=True`: the start of a message and of its block hold no token yet."""
    events = list(client.messages.create(**REQUEST, stream=True))
    (span,) = recorded.spans()
    assert_is_the_message(span)
    assert_ttft_is_of_the_first_content(span)
    assert span["chunk_count"] == len(events)
    assert "Hello you" in str(span["outputs"])


async def test_an_async_stream_of_events_is_measured(async_client: Any, recorded: Recorded) -> None:
    """As the synchronous one is."""
    async with async_client:
        async for _ in await async_client.messages.create(**REQUEST, stream=True):
            pass
    (span,) = recorded.spans()
    assert_is_the_message(span)
    assert_ttft_is_of_the_first_content(span)


def test_the_stream_helper_is_measured(client: Any, recorded: Recorded) -> None:
    """`messages.stream()`, whose request is sent when it is entered."""
    with tracer.start_span("request") as request, client.messages.stream(**REQUEST) as stream:
        assert tracer.get_current_active_span() is request
        assert list(stream.text_stream) == ["Hel", "lo", " you"]
    span = recorded.spans()[1]
    assert span["parent_id"] == request.span_id
    assert_is_the_message(span)
    assert_ttft_is_of_the_first_content(span)
    assert "Hello you" in str(span["outputs"])


async def test_the_async_stream_helper_is_measured(async_client: Any, recorded: Recorded) -> None:
    """As the synchronous one is."""
    async with async_client, async_client.messages.stream(**REQUEST) as stream:
        assert [text async for text in stream.text_stream] == ["Hel", "lo", " you"]
    (span,) = recorded.spans()
    assert_is_the_message(span)
    assert_ttft_is_of_the_first_content(span)


def test_a_stream_that_is_left_is_cancelled(client: Any, recorded: Recorded) -> None:
    """With what had arrived."""
    with client.messages.create(**REQUEST, stream=True) as stream:
        for event in stream:
            if event.type == "content_block_delta":
                break
    (span,) = recorded.spans()
    assert span["status"] == "CANCELLED"
    assert "Hel" in str(span["outputs"])


@pytest.mark.parametrize("is_stream", [False, True])
async def test_a_cancelled_call_is_cancelled(
    async_client: Any, wire: Wire, recorded: Recorded, is_stream: bool
) -> None:
    """Neither OK nor an error, before the answer and within a stream."""
    await cancelled_in_turn(wire, async_client.messages.create(**REQUEST, stream=is_stream), is_stream=is_stream)
    (span,) = recorded.spans()
    assert (span["status"], span["status_message"]) == ("CANCELLED", "CancelledError")
    assert span["model"].startswith(REQUEST["model"])


def test_a_refused_call_is_an_error(client: Any, wire: Wire, recorded: Recorded) -> None:
    """It reaches the program as it was."""
    import anthropic

    wire.status = 429
    with pytest.raises(anthropic.RateLimitError):
        client.messages.create(**REQUEST)
    (span,) = recorded.spans()
    assert span["status"] == "ERROR"
    assert span["events"][0]["attributes"]["exception.type"] == "anthropic.RateLimitError"


def test_a_call_is_one_span_whatever_the_client_records_of_itself(client: Any, recorded: Recorded) -> None:
    """Anthropic's client makes spans of its own; the counting of tokens is no model call."""
    client.messages.create(**REQUEST)
    assert [span["kind"] for span in recorded.spans()] == ["LLM"]


def test_counting_tokens_is_no_model_call(client: Any, wire: Wire, recorded: Recorded) -> None:
    """It asks no model, and costs nothing."""
    wire.reply = {"input_tokens": 5}
    client.messages.count_tokens(model=REQUEST["model"], messages=REQUEST["messages"])
    assert "LLM" not in {span["kind"] for span in recorded.spans()}


@pytest.mark.parametrize("is_streamed", [True, False], ids=["streamed", "whole"])
def test_cache_writes_of_an_hour_have_their_own_price(
    is_streamed: bool, client: Any, wire: Wire, recorded: Recorded
) -> None:
    """Twice the price of input, where those of five minutes have one and a quarter."""
    usage: dict[str, Any] = {
        "input_tokens": 10,
        "cache_read_input_tokens": 900,
        "cache_creation_input_tokens": 90,
        "output_tokens": 20,
    }
    usage |= {"cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 90}}
    message: dict[str, Any] = {"id": "m", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5-20250929"}
    message |= {"content": [], "stop_reason": "end_turn", "stop_sequence": None, "usage": usage}
    wire.reply = message
    if is_streamed:
        delta = {"stop_reason": "end_turn", "stop_sequence": None}
        wire.reply = [
            (0, "message_start", {"type": "message_start", "message": {**message, "stop_reason": None}}),
            (0, "message_delta", {"type": "message_delta", "delta": delta, "usage": {"output_tokens": 20}}),
            (0, "message_stop", {"type": "message_stop"}),
        ]
    answered = client.messages.create(**{**REQUEST, "model": "claude-sonnet-4-5"}, stream=is_streamed)
    if is_streamed:
        list(answered)
    (span,) = recorded.spans()
    assert span["cost_usd"] == pytest.approx((10 * 3 + 900 * 0.3 + 90 * 6 + 20 * 15) / 1e6)


def test_a_stream_that_breaks_off_is_an_error(client: Any, wire: Wire, recorded: Recorded) -> None:
    """Of events as of the helper; with what had arrived."""
    from tests.clients.wire_anthropic import messages_stream

    wire.reply = messages_stream("claude-x")[:4]
    list(client.messages.create(**REQUEST, stream=True))
    with client.messages.stream(**REQUEST) as stream:
        list(stream)
    for span in recorded.spans():
        assert (span["status"], span["status_message"]) == ("ERROR", "the stream ended without a finish reason")
        assert "Hel" in str(span["outputs"])


def test_an_error_in_a_stream_is_an_error(client: Any, wire: Wire, recorded: Recorded) -> None:
    """An event, which the client raises."""
    import anthropic

    from tests.clients.wire_anthropic import messages_stream

    failed = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    wire.reply = [*messages_stream("claude-x")[:4], (0, "error", failed)]
    with pytest.raises(anthropic.APIStatusError):
        list(client.messages.create(**REQUEST, stream=True))
    (span,) = recorded.spans()
    assert span["status"] == "ERROR"
    assert "Overloaded" in span["status_message"]
