"""LiteLLM, recorded by `autolog`: its streams are of one class, whichever provider is below."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.conftest import assert_ttft_is_of_the_first_content, cancelled_in_turn, leave_after_the_first_word
from tests.clients.wire import Wire
from tests.support.recorded import Recorded
from tracetui import tracer


@pytest.fixture
def litellm(autologged: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """The library; it would ask the network for prices when it is imported."""
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    return autologged("litellm")


@pytest.fixture
def asked(wire: Wire) -> dict[str, Any]:
    """What its calls are given."""
    messages = [{"role": "user", "content": "hi"}]
    return {"model": "openai/gpt-x", "messages": messages, "api_base": f"{wire.url}/v1", "api_key": "none"}


@pytest.fixture
def streamed(asked: dict[str, Any]) -> dict[str, Any]:
    """What its streamed calls are given."""
    return {**asked, "stream": True, "stream_options": {"include_usage": True}}


def assert_is_the_answer(span: dict[str, Any]) -> None:
    """Kind, model, provider, tokens and text are right."""
    assert (span["kind"], span["status"], span["provider"]) == ("LLM", "OK", "openai")
    assert span["model"] == "gpt-x"
    names = ("input_tokens", "output_tokens", "cache_read_tokens", "reasoning_tokens")
    assert [span[name] for name in names] == [11, 7, 4, 2]
    assert span["outputs"] == "Hello you"


def test_a_call_is_an_llm_span_below_ours(litellm: Any, asked: dict[str, Any], recorded: Recorded) -> None:
    """Model, provider, tokens, messages in and out."""
    with tracer.start_span("request") as request:
        litellm.completion(**asked)
    span = recorded.span("completion")
    assert span["parent_id"] == request.span_id
    assert span["inputs"] == {"messages": asked["messages"]}
    assert_is_the_answer(span)


def test_a_call_of_another_provider_is_recorded_alike(
    litellm: Any, asked: dict[str, Any], wire: Wire, recorded: Recorded
) -> None:
    """Anthropic's, whose cache counts as input."""
    litellm.completion(**{**asked, "model": "anthropic/claude-x", "api_base": wire.url})
    span = recorded.span("completion")
    assert (span["kind"], span["status"], span["provider"]) == ("LLM", "OK", "anthropic")
    assert (span["input_tokens"], span["output_tokens"], span["outputs"]) == (17, 7, "Hello you")


def test_a_stream_is_measured(litellm: Any, streamed: dict[str, Any], recorded: Recorded) -> None:
    """Its span goes on until the last chunk, and has the text."""
    with tracer.start_span("request") as request:
        chunks = list(litellm.completion(**streamed))
    span = recorded.span("completion")
    assert (span["parent_id"], span["chunk_count"]) == (request.span_id, len(chunks))
    assert_is_the_answer(span)
    assert_ttft_is_of_the_first_content(span)


async def test_an_async_stream_is_measured(
    litellm: Any, streamed: dict[str, Any], openai_below: Any, recorded: Recorded
) -> None:
    """As the synchronous one is."""
    chunks = [chunk async for chunk in await litellm.acompletion(**streamed, client=openai_below)]
    span = recorded.span("acompletion")
    assert span["chunk_count"] == len(chunks)
    assert_is_the_answer(span)
    assert_ttft_is_of_the_first_content(span)


def test_a_stream_that_is_left_is_cancelled(litellm: Any, streamed: dict[str, Any], recorded: Recorded) -> None:
    """With what had arrived."""
    leave_after_the_first_word(litellm.completion(**streamed))
    span = recorded.span("completion")
    assert (span["status"], span["outputs"]) == ("CANCELLED", "Hel")
    assert_ttft_is_of_the_first_content(span)


@pytest.mark.parametrize("is_stream", [False, True])
async def test_a_cancelled_call_is_cancelled(
    litellm: Any, asked: dict[str, Any], openai_below: Any, wire: Wire, recorded: Recorded, is_stream: bool
) -> None:
    """Before the answer, and within a stream."""
    answer = litellm.acompletion(**asked, stream=is_stream, client=openai_below)
    await cancelled_in_turn(wire, answer, is_stream=is_stream)
    gc.collect()
    span = recorded.span("acompletion")
    assert (span["status"], span["kind"]) == ("CANCELLED", "LLM")
    assert span["model"] == "gpt-x"
    assert tracer.get_current_active_span() is None


@pytest.mark.parametrize("is_stream", [False, True])
def test_a_refused_call_is_an_error(
    litellm: Any, asked: dict[str, Any], wire: Wire, recorded: Recorded, is_stream: bool
) -> None:
    """It reaches the program as it was."""
    wire.status = 429
    with pytest.raises(litellm.RateLimitError, match="slow down"):
        list(litellm.completion(**asked, stream=is_stream))
    span = recorded.span("completion")
    assert (span["status"], span["model"]) == ("ERROR", "gpt-x")  # as answered calls have it: without the provider
    assert "slow down" in span["status_message"]


def test_the_client_below_is_its_child(
    litellm: Any, streamed: dict[str, Any], autologged: Callable[..., Any], recorded: Recorded
) -> None:
    """Both recorded and measured, the tokens count once."""
    autologged("openai")
    list(litellm.completion(**streamed))
    above, below = recorded.span("completion"), recorded.span("ChatCompletion")
    assert below["parent_id"] == above["span_id"]
    assert_ttft_is_of_the_first_content(above)
    assert_ttft_is_of_the_first_content(below)
    assert recorded.traces()[0]["input_tokens"] == 11


def test_nothing_is_recorded_after_disable(litellm: Any, streamed: dict[str, Any], recorded: Recorded) -> None:
    """Streams go on working unmeasured."""
    tracer.autolog("litellm", disable=True)
    assert list(litellm.completion(**streamed))
    assert tracer.flush()
    assert not recorded.path.exists()


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-x"], ids=["streamed", "asked for whole"])
def test_a_stream_of_responses_is_measured(litellm: Any, asked: dict[str, Any], recorded: Recorded, model: str) -> None:
    """By iterators of their own; LiteLLM asks for the whole answer of a model that it does not know, and cuts it."""
    where = {**{name: asked[name] for name in ("api_base", "api_key")}, "model": f"openai/{model}"}
    assert list(litellm.responses(**where, input="hi", stream=True))
    span = recorded.span("responses")
    assert (span["model"], span["status"], span["input_tokens"], span["output_tokens"]) == (model, "OK", 11, 7)
    assert "Hello you" in str(span["outputs"])
    if model == "gpt-4o":
        assert_ttft_is_of_the_first_content(span)
    else:  # the pieces of a whole answer come at once
        assert 0 < span["ttft_ms"] <= span["duration_ms"]


async def test_an_async_stream_of_responses_is_measured(
    litellm: Any, asked: dict[str, Any], recorded: Recorded
) -> None:
    """As the synchronous one is, of an answer that was asked for whole."""
    where = {name: asked[name] for name in ("model", "api_base", "api_key")}
    assert [event async for event in await litellm.aresponses(**where, input="hi", stream=True)]
    span = recorded.span("aresponses")
    assert (span["status"], span["input_tokens"], span["output_tokens"]) == ("OK", 11, 7)
    assert 0 < span["ttft_ms"] <= span["duration_ms"]


def test_an_embedding_has_its_model_by_the_name_that_completions_have(
    litellm: Any, asked: dict[str, Any], recorded: Recorded
) -> None:
    """Without the provider, which is told beside it."""
    where = {name: asked[name] for name in ("model", "api_base", "api_key")}
    litellm.embedding(**where, input=["hi"])
    span = recorded.spans()[0]
    assert (span["kind"], span["model"], span["provider"]) == ("EMBEDDING", "gpt-x", "openai")


@pytest.mark.parametrize("is_plain", [True, False], ids=["plain", "autolog"])
def test_a_cost_that_litellm_tells_is_kept(
    is_plain: bool, litellm: Any, asked: dict[str, Any], recorded: Recorded
) -> None:
    """By its own table, where a program may have registered other prices."""
    prices = {"input_cost_per_token": 0.001, "output_cost_per_token": 0.002, "litellm_provider": "openai"}
    litellm.register_model({asked["model"]: {**prices, "mode": "chat"}})
    complete = litellm.completion
    if is_plain:
        tracer.autolog("litellm", disable=True)
        complete = tracer.trace(litellm.completion, span_type="LLM")
    answer = complete(**asked)
    (span,) = recorded.spans()
    assert span["cost_usd"] == answer._hidden_params["response_cost"] > 0.001
    assert recorded.rows("SELECT calls_without_price AS n FROM traces") == [{"n": 0}]


@pytest.fixture
def complete(litellm: Any, request: pytest.FixtureRequest) -> Any:
    """A function of the library under `trace`, and no `autolog`."""
    tracer.autolog("litellm", disable=True)
    return tracer.trace(getattr(litellm, request.param), span_type="LLM")


@pytest.mark.parametrize("complete", ["completion"], indirect=True)
def test_a_stream_under_trace_is_measured(complete: Any, streamed: dict[str, Any], recorded: Recorded) -> None:
    """Model, tokens, text and time to first token, as under `autolog`; the stream is of the library's class."""
    stream = complete(**streamed)
    assert type(stream).__name__ == "CustomStreamWrapper"
    chunks = list(stream)
    span = recorded.span("completion")
    assert (span["status"], span["chunk_count"], span["outputs"]) == ("OK", len(chunks), "Hello you")
    names = ("input_tokens", "output_tokens", "cache_read_tokens", "reasoning_tokens")
    assert [span[name] for name in names] == [11, 7, 4, 2]
    assert span["model"] == streamed["model"]
    assert_ttft_is_of_the_first_content(span)


@pytest.mark.parametrize("complete", ["acompletion"], indirect=True)
async def test_an_async_stream_under_trace_is_measured(
    complete: Any, streamed: dict[str, Any], openai_below: Any, recorded: Recorded
) -> None:
    """It closes itself at its end, which is no leave."""
    chunks = [chunk async for chunk in await complete(**streamed, client=openai_below)]
    span = recorded.span("acompletion")
    assert (span["status"], span["chunk_count"], span["output_tokens"]) == ("OK", len(chunks), 7)
    assert_ttft_is_of_the_first_content(span)


@pytest.mark.parametrize("complete", ["responses"], indirect=True)
def test_a_stream_of_responses_under_trace_is_measured(
    complete: Any, asked: dict[str, Any], recorded: Recorded
) -> None:
    """By iterators of their own."""
    where = {**{name: asked[name] for name in ("api_base", "api_key")}, "model": "openai/gpt-4o"}
    assert list(complete(**where, input="hi", stream=True))
    span = recorded.span("responses")
    assert (span["status"], span["input_tokens"], span["output_tokens"]) == ("OK", 11, 7)
    assert span["outputs"] == "Hello you"


@pytest.mark.parametrize("complete", ["completion"], indirect=True)
def test_a_stream_under_trace_that_is_closed_is_cancelled(
    complete: Any, streamed: dict[str, Any], recorded: Recorded
) -> None:
    """With what had arrived."""
    stream = complete(**streamed)
    leave_after_the_first_word(stream)
    stream.close()
    span = recorded.span("completion")
    assert (span["status"], span["outputs"]) == ("CANCELLED", "Hel")
