"""What a function that calls a model and returns its answer tells without any instrumentor: model, tokens, cost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.recorded import Recorded
from tracetui.tracer import Client, start_span, trace

OPENAI = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "model": "gpt-4o-2024-08-06",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Paris"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 900, "completion_tokens": 20, "prompt_tokens_details": {"cached_tokens": 400}},
}
RESPONSES = {
    "object": "response",
    "model": "gpt-5",
    "output": [{"type": "message", "content": [{"type": "output_text", "text": "Paris"}]}],
    "usage": {"input_tokens": 900, "output_tokens": 20},
}
ANTHROPIC = {
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4",
    "content": [{"type": "text", "text": "Paris"}],
    "usage": {"input_tokens": 500, "cache_read_input_tokens": 400, "output_tokens": 20},
}
BEDROCK = {
    "output": {"message": {"role": "assistant", "content": [{"text": "Paris"}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 900, "outputTokens": 20, "totalTokens": 920},
}
GEMINI = {
    "candidates": [{"content": {"parts": [{"text": "Paris"}]}}],
    "model_version": "gemini-2.5-flash",
    "usage_metadata": {"prompt_token_count": 900, "candidates_token_count": 20, "thoughts_token_count": None},
}
LANGCHAIN = {
    "type": "ai",
    "content": "Paris",
    "response_metadata": {"model_name": "gpt-4o-mini"},
    "usage_metadata": {"input_tokens": 900, "output_tokens": 20, "total_tokens": 920},
}
EMBEDDINGS = {
    "object": "list",
    "model": "text-embedding-3-small",
    "data": [{"object": "embedding", "embedding": [0.1]}],
    "usage": {"prompt_tokens": 900, "total_tokens": 900},
}


@pytest.mark.parametrize(
    ("answer", "model", "output_tokens"),
    [
        (OPENAI, "gpt-4o-2024-08-06", 20),
        (RESPONSES, "gpt-5", 20),
        (ANTHROPIC, "claude-sonnet-4", 20),
        (BEDROCK, None, 20),
        (GEMINI, "gemini-2.5-flash", 20),
        (LANGCHAIN, "gpt-4o-mini", 20),
        (EMBEDDINGS, "text-embedding-3-small", None),
    ],
    ids=["openai", "responses", "anthropic", "bedrock", "gemini", "langchain", "embeddings"],
)
def test_a_function_that_returns_an_answer_shows_its_model_and_tokens(
    answer: dict[str, Any], model: str | None, output_tokens: int | None, recorded: Recorded
) -> None:
    """With `@trace` alone, for the span and for its trace."""

    @trace
    def ask() -> Any:
        return answer

    ask()
    span = recorded.span("ask")
    assert (span["model"], span["input_tokens"], span["output_tokens"]) == (model, 900, output_tokens)
    assert span["outputs"] == answer
    (row,) = recorded.traces()
    assert (row["model"], row["input_tokens"], row["output_tokens"]) == (model, 900, output_tokens)


def test_cached_tokens_of_an_answer_have_their_price(recorded: Recorded) -> None:
    """The same as those that an instrumentor tells."""

    @trace(span_type="LLM")
    def ask() -> Any:
        return OPENAI

    ask()
    span = recorded.span("ask")
    assert span["cache_read_tokens"] == 400
    assert span["cost_usd"] == pytest.approx((500 * 2.5 + 400 * 1.25 + 20 * 10) / 1e6)


def test_answers_are_seen_however_they_are_recorded(recorded: Recorded) -> None:
    """By `set_outputs`, by `end`, by a client."""
    with start_span("set", "LLM") as span:
        span.set_outputs(OPENAI)
    client = Client()
    root = client.start_trace("ended")
    client.end_trace(root.trace_id, outputs=OPENAI)
    assert [span["input_tokens"] for span in recorded.spans()] == [900, 900]


def test_what_the_program_says_itself_goes_before(recorded: Recorded) -> None:
    """The model and the counts that were set as attributes stay."""
    with start_span("ask", "LLM") as span:
        span.set_attributes({"gen_ai.response.model": "mine", "llm.usage.input_tokens": 700})
        span.set_outputs(OPENAI)
    stored = recorded.span("ask")
    assert (stored["model"], stored["input_tokens"], stored["output_tokens"]) == ("mine", 700, 20)


def test_an_agent_that_returns_the_last_of_several_answers_hides_none(recorded: Recorded) -> None:
    """The spans of its calls know better than the answer it ends with; a call of a model stays one."""

    @trace(span_type="LLM")
    def ask() -> Any:
        with start_span("http"):
            return OPENAI

    @trace
    def agent() -> Any:
        ask()
        return ask()

    agent()
    assert recorded.span("agent")["input_tokens"] is None
    (row,) = recorded.traces()
    assert (row["input_tokens"], row["output_tokens"]) == (1_800, 40)


@pytest.mark.parametrize(
    "result",
    [
        {"usage": {"input_tokens": 900}},
        {"object": "list", "data": [], "usage": {"requests": 3}},
        {"object": ["chat.completion"], "usage": {"input_tokens": 900}},
        {"choices": [1], "usage": "none"},
        {"type": "ai", "usage_metadata": {"input_tokens": True}, "response_metadata": "x"},
        {"candidates": 3, "usage_metadata": {"prompt_token_count": 9}},
    ],
)
def test_what_only_looks_like_an_answer_tells_nothing(result: Any, recorded: Recorded) -> None:
    """A program's own dict with a `usage` is its own."""

    @trace
    def ask() -> Any:
        return result

    ask()
    span = recorded.span("ask")
    assert (span["input_tokens"], span["attributes"], span["outputs"]) == (None, {}, result)
