"""Attributes of other SDKs as normal columns."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.store.conventions.dialect_table import ANSWERS, EXPLICIT, OBJECTS
from tracetui.store.conventions.dialects import SOURCES, derivation, derive, is_cost_given

COUNTS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")


def derived(attributes: dict[str, Any]) -> dict[str, Any]:
    return derive(derivation(attributes), list(attributes.values()))


def counts(attributes: dict[str, Any]) -> tuple[Any, ...]:
    columns = derived(attributes)
    return tuple(columns.get(name) for name in COUNTS)


OPENTELEMETRY = {
    "gen_ai.usage.input_tokens": 100,
    "gen_ai.usage.output_tokens": 50,
    "gen_ai.usage.cache_read.input_tokens": 60,
    "gen_ai.usage.cache_creation.input_tokens": 10,
    "gen_ai.usage.reasoning.output_tokens": 20,
}
OPENINFERENCE = {
    "llm.token_count.prompt": 100,
    "llm.token_count.completion": 50,
    "llm.token_count.total": 150,
    "llm.token_count.prompt_details.cache_read": 60,
    "llm.token_count.prompt_details.cache_write": 10,
    "llm.token_count.completion_details.reasoning": 20,
}
MLFLOW = {
    "input_tokens": 100,
    "output_tokens": 50,
    "total_tokens": 150,
    "cache_read_input_tokens": 60,
    "cache_creation_input_tokens": 10,
}
LANGFUSE = {"input": 30, "output": 30, "input_cache_read": 60, "input_cache_creation": 10, "output_reasoning": 20}
OPENAI = {
    "prompt_tokens": 100,
    "completion_tokens": 50,
    "total_tokens": 150,
    "prompt_tokens_details": {"cached_tokens": 60, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 20},
}
RESPONSES = {
    "input_tokens": 100,
    "output_tokens": 50,
    "input_tokens_details": {"cached_tokens": 60},
    "output_tokens_details": {"reasoning_tokens": 20},
    "total_tokens": 150,
}
ANTHROPIC = {
    "input_tokens": 30,
    "output_tokens": 50,
    "cache_read_input_tokens": 60,
    "cache_creation_input_tokens": 10,
    "cache_creation": {"ephemeral_1h_input_tokens": 4, "ephemeral_5m_input_tokens": 6},
}
BEDROCK = {
    "inputTokens": 30,
    "outputTokens": 50,
    "totalTokens": 150,
    "cacheReadInputTokens": 60,
    "cacheWriteInputTokens": 10,
}
GEMINI = {
    "prompt_token_count": 100,
    "candidates_token_count": 30,
    "thoughts_token_count": 20,
    "cached_content_token_count": 60,
    "total_token_count": 150,
}
CLAUDE_CODE = {"input_tokens": 30, "output_tokens": 50, "cache_read_tokens": 60, "cache_creation_tokens": 10}


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        (OPENTELEMETRY, (100, 50, 60, 10, 20)),
        (OPENINFERENCE, (100, 50, 60, 10, 20)),
        ({"mlflow.chat.tokenUsage": MLFLOW}, (100, 50, 60, 10, None)),
        ({"mlflow.chat.tokenUsage": json.dumps(MLFLOW)}, (100, 50, 60, 10, None)),
        ({"langfuse.observation.usage_details": json.dumps(LANGFUSE)}, (100, 50, 60, 10, 20)),
        ({"langfuse.observation.usage_details": OPENAI}, (100, 50, 60, None, 20)),
        ({"gen_ai.usage.prompt_tokens": 100, "gen_ai.usage.completion_tokens": 50}, (100, 50, None, None, None)),
        (CLAUDE_CODE, (100, 50, 60, 10, None)),
        ({"usage": OPENAI}, (100, 50, 60, None, 20)),
        ({"usage": RESPONSES}, (100, 50, 60, None, 20)),
        ({"usage": ANTHROPIC}, (100, 50, 60, 10, None)),
        ({"llm.usage": BEDROCK}, (100, 50, 60, 10, None)),
        ({"usage": GEMINI}, (100, 50, 60, None, 20)),
        ({"ai.usage.promptTokens": "100", "ai.usage.completionTokens": 50.0}, (100, 50, None, None, None)),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_one_call_has_the_same_counts_in_every_dialect(attributes: dict[str, Any], expected: tuple[Any, ...]) -> None:
    """All input with the cache inside, all output with reasoning inside."""
    assert counts(attributes) == expected


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ({"gen_ai.operation.name": "execute_tool", "gcp.vertex.agent.llm_request": "{}"}, "TOOL"),
        ({"gcp.vertex.agent.llm_request": "{}", "gcp.vertex.agent.tool_call_args": "{}"}, "TOOL"),
        ({"gen_ai.system": "gcp.vertex.agent", "gcp.vertex.agent.llm_request": '{"model":"m"}'}, "LLM"),
        ({"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "weather"}, "AGENT"),
        ({"lmnr.span.type": "LLM"}, "LLM"),
        ({"lmnr.span.type": "CACHED"}, "LLM"),
        ({"lmnr.span.type": "DEFAULT"}, "CHAIN"),
        ({"lmnr.span.type": "EXECUTOR"}, "AGENT"),
        ({"lmnr.span.type": "HUMAN_EVALUATOR"}, "EVALUATOR"),
        ({"gen_ai.agent.name": "gemini-cli", "gen_ai.operation.name": "llm_call"}, "LLM"),
        ({"gen_ai.agent.name": "gemini-cli", "gen_ai.operation.name": "tool_call"}, "TOOL"),
        ({"gen_ai.agent.name": "gemini-cli", "gen_ai.operation.name": "agent_call"}, "AGENT"),
        ({"gen_ai.agent.name": "gemini-cli", "gen_ai.operation.name": "user_prompt"}, None),
        ({"ai.operationId": "ai.generateText"}, "LLM"),
        ({"ai.operationId": "ai.streamObject.doStream"}, "LLM"),
        ({"ai.operationId": "ai.embedMany.doEmbed"}, "EMBEDDING"),
        ({"ai.operationId": "ai.toolCall"}, "TOOL"),
        ({"ai.operationId": "ai.somethingNew"}, None),
        ({"span.type": "claude_code.llm_request"}, "LLM"),
        ({"span.type": "interaction"}, "AGENT"),
        ({"span.type": "memory"}, "MEMORY"),
        ({"span.type": "web"}, None),
    ],
)
def test_kinds_of_other_sdks_are_ours(attributes: dict[str, Any], kind: str | None) -> None:
    """Google ADK, Laminar, Gemini CLI, the Vercel AI SDK, Claude Code and VoltAgent; an unknown word is not a kind."""
    assert derived(attributes).get("kind") == kind


def test_an_explicit_kind_has_priority_over_an_implied_kind() -> None:
    """A traced function that is called by such an SDK."""
    assert derived({"lmnr.span.type": "DEFAULT", "mlflow.spanType": "RETRIEVER"})["kind"] == "RETRIEVER"


@pytest.mark.parametrize("key", ["gcp.vertex.agent.session_id", "lmnr.association.properties.session_id"])
def test_conversations_of_other_sdks_are_sessions(key: str) -> None:
    """So that their traces are found together."""
    assert derived({key: "s-1"})["session_id"] == "s-1"


def test_cached_tokens_that_cannot_be_inside_the_input_are_beside_it() -> None:
    """As MLflow's Claude Code integration and hand-written spans of Anthropic's API have them."""
    beside = {"input_tokens": 4, "output_tokens": 50, "total_tokens": 54, "cache_read_input_tokens": 60}
    assert counts({"mlflow.chat.tokenUsage": beside})[:3] == (64, 50, 60)
    total = {**OPENINFERENCE, "llm.token_count.total": 220}
    assert counts(total)[:2] == (170, 50)


def test_hour_long_cache_is_known_to_the_price() -> None:
    """Anthropic charges it apart."""
    assert derived({"usage": ANTHROPIC})["cache_write_1h_tokens"] == 4


def test_missing_count_follows_from_the_total() -> None:
    """Embeddings often say nothing else."""
    assert counts({"gen_ai.usage.input_tokens": 7, "gen_ai.usage.total_tokens": 10})[:2] == (7, 3)
    assert counts({"llm.usage.total_tokens": 9, "openinference.span.kind": "embedding"})[:2] == (9, None)
    assert counts({"llm.usage.total_tokens": 9})[:2] == (None, None)


@pytest.mark.parametrize(
    ("attributes", "cost"),
    [
        ({"llm.cost.total": 0.5}, 0.5),
        ({"llm.cost.prompt": 0.25, "llm.cost.completion": 0.5}, 0.75),
        ({"mlflow.llm.cost": '{"input_cost": 0.25, "output_cost": 0.5, "total_cost": 0.8}'}, 0.8),
        ({"mlflow.llm.cost": {"input_cost": 0.25, "output_cost": 0.5}}, 0.75),
        ({"langfuse.observation.cost_details": '{"input": 0.25, "output": 0.5}'}, 0.75),
        ({"operation.cost": 0.5}, 0.5),
        ({"llm.cost.total": 0}, 0),
    ],
)
def test_given_cost_is_taken_from_every_dialect(attributes: dict[str, Any], cost: float) -> None:
    """Also when the cost consists of parts; a cost of zero is a cost."""
    assert derived(attributes)["cost_usd"] == cost
    assert is_cost_given(attributes)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*MLFLOW, *OPENAI, *LANGFUSE]), inner),
    max_leaves=8,
)
KEYS = st.sampled_from(
    [*OPENTELEMETRY, *OPENINFERENCE, *CLAUDE_CODE, "usage", "mlflow.chat.tokenUsage", "llm.cost.prompt"]
)


@given(st.dictionaries(KEYS, JUNK, max_size=8))
def test_nothing_in_an_attribute_breaks_the_columns(attributes: dict[str, Any]) -> None:
    """Counts are whole and not negative, and cached tokens are never more than the input."""
    columns = derived(attributes)
    for name in COUNTS:
        assert columns.get(name) is None or (type(columns[name]) is int and columns[name] >= 0)
    if columns.get("input_tokens") is not None:
        cached = (columns.get("cache_read_tokens") or 0) + (columns.get("cache_write_tokens") or 0)
        assert cached <= columns["input_tokens"]


HOSTILE: tuple[Any, ...] = (
    *(10**400, -(10**30), 2**63, 10**5000, math.nan, -math.inf, 1e308, "1e999", "9" * 5000, "NaN", "\ud800", "\0", ""),
    *("[" * 100_000, '{"a":' * 50_000, {"input_tokens": 10**400, "cost": math.inf}, {"a": 1e308, "b": 1e308}),
    *({"total_cost": 10**400}, [10**400], [[]], {}, None, True, '{"prompt_tokens": 1e400}'),
)


@pytest.mark.parametrize("key", sorted({*SOURCES, *OBJECTS, *ANSWERS, *EXPLICIT}))
def test_no_value_of_an_attribute_keeps_its_span_out_of_the_file(key: str) -> None:
    """Whatever an SDK puts there, the columns hold finite numbers that SQLite can take, or nothing."""
    for value in HOSTILE:
        for attributes in ({key: value}, {"llm.usage": {"input_tokens": 3, "total_tokens": 9}, key: value}):
            for column in derived(attributes).values():
                assert not isinstance(column, int) or -(2**63) <= column < 2**63
                assert not isinstance(column, float) or math.isfinite(column)


@pytest.mark.parametrize("key", ["llm.invocation_parameters", "embedding.invocation_parameters"])
def test_the_requested_model_is_the_model_without_a_response(key: str) -> None:
    """Whether a call failed, was cancelled or was answered: the version that answered is beside it."""
    asked = {key: json.dumps({"model": "gpt-x", "temperature": 0})}
    assert derived(asked)["model"] == "gpt-x"
    assert derived({key: json.dumps({"model_name": "gpt-x"})})["model"] == "gpt-x"
    answered = derived({**asked, "llm.model_name": "gpt-x-2026-09"})
    assert (answered["model"], answered["response_model"]) == ("gpt-x", "gpt-x-2026-09")
    for nothing in ("{}", "[1]", "{half", json.dumps({"model": {"id": 1}})):
        assert "model" not in derived({key: nothing})


def test_the_arguments_of_a_call_imply_its_kind() -> None:
    """OpenInference's instrumentors tell the kind at the end, and of a call that was cancelled never."""
    assert derived({"llm.invocation_parameters": '{"model": "llama"}'})["kind"] == "LLM"
    assert derived({"embedding.invocation_parameters": '{"model": "e"}'})["kind"] == "EMBEDDING"
    agent = {"llm.invocation_parameters": "{}", "openinference.span.kind": "AGENT"}
    assert derived(agent)["kind"] == "AGENT"


def test_attributes_of_pydantic_ai_become_columns() -> None:
    """A time to the first chunk in seconds; no cost where no tokens were counted."""
    left = {"gen_ai.operation.name": "chat", "operation.cost": 0.0, "gen_ai.client.operation.time_to_first_chunk": 0.16}
    assert derived(left) == {"kind": "LLM", "ttft_ms": pytest.approx(160)}
    assert derived({"operation.cost": 9.25e-05})["cost_usd"] == 9.25e-05


@pytest.mark.parametrize("name", ["code.namespace", "code.module.name", "target"])
def test_spans_of_machinery_are_plumbing(name: str) -> None:
    """Codex records each frame of HTTP/2; its own modules, and what has a kind already, keep theirs."""
    assert derived({name: "h2::codec::framed_read"})["kind"] == "PLUMBING"
    assert "kind" not in derived({name: "codex_core::session"})
    assert derived({name: "h2::client", "otel.kind": "client"})["kind"] == "CLIENT"
