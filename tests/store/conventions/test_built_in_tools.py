"""Fees of a provider's own tools: a cost that lacks them is a lower bound."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.recorded import Recorded
from tracetui.store.conventions.built_in_tools import calls_in_answer, calls_in_usage
from tracetui.tracer import start_span, trace

RESPONSE = {
    "id": "resp_1",
    "object": "response",
    "status": "completed",
    "model": "gpt-4o-2024-08-06",
    "output": [
        {"type": "web_search_call", "action": {"type": "search", "query": "a"}},
        {"type": "web_search_call", "action": {"type": "open_page", "url": "https://a"}},
        {"type": "code_interpreter_call", "container_id": "c"},
        {"type": "function_call", "name": "mine"},
    ],
    "usage": {"input_tokens": 1_000, "output_tokens": 500, "total_tokens": 1_500},
}


@pytest.mark.parametrize(
    ("answer", "calls"),
    [
        (RESPONSE, 2),
        ({"steps": [{"type": "google_search_call"}, {"type": "thought"}]}, 1),
        ({"choices": [{"message": {"content": "x", "annotations": [{"type": "url_citation"}]}}]}, 1),
        ({"choices": [{"message": {"content": "x", "executed_tools": [{"type": "search"}, {"type": "python"}]}}]}, 2),
        ({"candidates": [{"groundingMetadata": {"webSearchQueries": ["a", "b"]}}]}, 2),
        ({"candidates": [{"grounding_metadata": {"grounding_chunks": [{}]}}]}, 1),
        ({"choices": [{"message": {"content": "x", "annotations": []}}]}, 0),
        ({"output": "text", "choices": None}, 0),
    ],
)
def test_calls_are_counted_in_the_answers_of_each_provider(answer: dict[str, Any], calls: int) -> None:
    """The program's own functions, and pages that a search opens, have no fee."""
    assert calls_in_answer(answer) == calls


@pytest.mark.parametrize(
    ("usage", "calls"),
    [
        ({"input_tokens": 1, "server_tool_use": {"web_search_requests": 3, "web_fetch_requests": 2}}, 3),
        ({"prompt_tokens": 1, "num_search_queries": 2}, 2),
        ({"prompt_tokens": 1, "connectors": {"web_search": 1, "code_interpreter": 2}}, 3),
        ({"prompt_tokens": 1, "server_tool_use": None, "connectors": {}, "num_search_queries": "many"}, 0),
    ],
)
def test_calls_are_counted_in_the_usage_of_each_provider(usage: dict[str, Any], calls: int) -> None:
    """Of Anthropic, Perplexity and Mistral."""
    assert calls_in_usage(usage) == calls


def lower_bound(recorded: Recorded) -> tuple[float, int, int]:
    """The cost of the one trace, the number of calls that it lacks, and whether it says so."""
    (row,) = recorded.rows("SELECT cost_usd, calls_without_price, cost_is_lower_bound FROM traces")
    return round(row["cost_usd"], 9), row["calls_without_price"], row["cost_is_lower_bound"]


def test_a_cost_without_the_fees_is_a_lower_bound(recorded: Recorded) -> None:
    """Of a whole answer; the tokens have their price."""

    @trace(span_type="LLM")
    def ask(model: str, input: str) -> dict[str, Any]:
        return RESPONSE

    ask("gpt-4o", "hi")
    assert lower_bound(recorded) == (0.0075, 1, 1)


def test_a_stream_tells_them_at_its_end(recorded: Recorded) -> None:
    """The last event has the whole answer."""

    @trace(span_type="LLM")
    def ask(model: str, input: str) -> Iterator[dict[str, Any]]:
        yield {"type": "response.created", "response": {**RESPONSE, "output": [], "usage": None}}
        yield {"type": "response.output_text.delta", "delta": "hi"}
        yield {"type": "response.completed", "response": RESPONSE}

    list(ask("gpt-4o", "hi"))
    assert lower_bound(recorded) == (0.0075, 1, 1)


def test_a_grounded_stream_of_gemini_tells_them(recorded: Recorded) -> None:
    """With the candidate that was grounded, which several chunks repeat."""
    grounded = {"content": {"parts": [{"text": "hi"}]}, "grounding_metadata": {"web_search_queries": ["a"]}}

    @trace(span_type="LLM")
    def ask(model: str, contents: str) -> Iterator[dict[str, Any]]:
        usage = {"prompt_token_count": 1_000, "candidates_token_count": 500}
        yield {"candidates": [grounded], "usage_metadata": usage, "model_version": "gemini-2.5-flash"}
        yield {"candidates": [{**grounded, "finish_reason": "STOP"}], "usage_metadata": usage}

    list(ask("gemini-2.5-flash", "hi"))
    assert recorded.rows("SELECT unpriced_tool_calls AS n FROM span") == [{"n": 1}]


def test_a_streamed_search_of_chat_completions_is_noticed(recorded: Recorded) -> None:
    """By the citations that come with the last pieces."""

    @trace(span_type="LLM")
    def ask(model: str, messages: list[Any]) -> Iterator[dict[str, Any]]:
        usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
        chunk = {"object": "chat.completion.chunk", "model": model}
        note = {"annotations": [{"type": "url_citation", "url_citation": {}}]}
        yield {**chunk, "choices": [{"index": 0, "delta": {"content": "hi"}}]}
        yield {**chunk, "choices": [{"index": 0, "delta": note, "finish_reason": "stop"}]}
        yield {**chunk, "choices": [], "usage": usage}

    list(ask("gpt-4o-search-preview", [{"role": "user", "content": "hi"}]))
    assert recorded.rows("SELECT unpriced_tool_calls AS n FROM span") == [{"n": 1}]


def test_a_cost_that_the_provider_tells_has_the_fees(recorded: Recorded) -> None:
    """As OpenRouter's has: no lower bound."""
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "cost": 0.03, "server_tool_use": {"web_search_requests": 1}}
    with start_span("request"), start_span("call", span_type="LLM") as call:
        call.set_attributes({"gen_ai.request.model": "openai/gpt-4o", "llm.usage": usage})
    assert lower_bound(recorded) == (0.03, 0, 0)


def test_each_call_that_lacks_fees_counts_once(recorded: Recorded) -> None:
    """Also below a span that repeats the usage of the call."""
    usage = {"input_tokens": 1_000, "output_tokens": 500, "server_tool_use": {"web_search_requests": 2}}
    attributes = {"gen_ai.request.model": "claude-sonnet-4-5", "llm.usage": usage}
    with start_span("request"):
        for _ in range(2):
            with start_span("framework", span_type="LLM") as outer:
                outer.set_attributes(attributes)
                with start_span("client", span_type="LLM") as inner:
                    inner.set_attributes(attributes)
    cost_usd, calls, is_lower_bound = lower_bound(recorded)
    assert (cost_usd, calls, is_lower_bound) == (0.021, 2, 1)
