"""The usage objects of providers, and whole answers, as normal columns."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.store.conventions.dialects import derivation, derive
from tracetui.store.conventions.token_counts import from_usage, has_usage
from tracetui.store.conventions.usage_names import COUNTS, DETAILS, MODALITIES
from tracetui.store.conventions.whole_answers import MAX_PARSED_CHARS, columns_from_json, read_answer

OPENAI = {"prompt_tokens": 1_000, "completion_tokens": 100, "total_tokens": 1_100}


def derived(attributes: dict[str, Any]) -> dict[str, Any]:
    return derive(derivation(attributes), list(attributes.values()))


def of_usage(usage: dict[str, Any]) -> dict[str, Any]:
    columns = derived({"llm.usage": usage})
    columns.pop("total_tokens", None)
    return columns


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({**OPENAI, "prompt_cache_hit_tokens": 900, "prompt_cache_miss_tokens": 100}, {"cache_read_tokens": 900}),
        ({**OPENAI, "cached_tokens": 900}, {"cache_read_tokens": 900}),
        ({**OPENAI, "prompt_tokens_details": {"cached_tokens": 900}}, {"cache_read_tokens": 900}),
        ({**OPENAI, "prompt_tokens_details": {"image_tokens": 7}}, {"input_image_tokens": 7}),
        (
            {**OPENAI, "total_tokens": 1_600, "completion_tokens_details": {"reasoning_tokens": 500}},
            {"output_tokens": 600, "reasoning_tokens": 500},
        ),
        (
            {**OPENAI, "completion_tokens_details": {"reasoning_tokens": 50, "audio_tokens": 3}},
            {"reasoning_tokens": 50, "output_audio_tokens": 3},
        ),
    ],
    ids=["deepseek", "moonshot", "mistral", "images", "xai", "openai"],
)
def test_each_imitation_of_openai_has_its_own_names(usage: dict[str, Any], expected: dict[str, Any]) -> None:
    """The input includes cached tokens and the output includes reasoning, for the names of all providers."""
    assert of_usage(usage) == {"input_tokens": 1_000, "output_tokens": 100} | expected


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"prompt_eval_count": 5, "eval_count": 2}, (5, 2)),
        ({"billed_units": {"input_tokens": 5, "output_tokens": 2}, "tokens": {"input_tokens": 70}}, (5, 2)),
        ({"prompt_token_count": 5, "generation_token_count": 2}, (5, 2)),
        (
            {"promptTokenCount": 4, "toolUsePromptTokenCount": 1, "candidatesTokenCount": 2, "totalTokenCount": 7},
            (5, 2),
        ),
        ({"type": "tokens", "input_tokens": 5, "output_tokens": 2, "total_tokens": 7}, (5, 2)),
        ({"type": "duration", "seconds": 9}, (None, None)),
        ({"prompt_token_count": 5, "thoughts_token_count": None, "candidates_token_count": None}, (5, None)),
        ({"prompt_tokens": 5, "completion_tokens": None}, (5, None)),
    ],
    ids=["ollama", "cohere", "llama", "gemini tools", "tokens", "duration", "gemini cut", "null"],
)
def test_an_unreported_count_is_absent(usage: dict[str, Any], expected: tuple[int | None, int | None]) -> None:
    """It is not 0."""
    columns = of_usage(usage)
    assert (columns.get("input_tokens"), columns.get("output_tokens")) == expected


LASTING = {"cache_creation_input_tokens": 90, "cache_read_input_tokens": 900, "input_tokens": 10, "output_tokens": 20}


@pytest.mark.parametrize(
    "usage",
    [
        {**LASTING, "cache_creation": {"ephemeral_5m_input_tokens": 30, "ephemeral_1h_input_tokens": 60}},
        {
            "input_tokens": 1_000,
            "output_tokens": 20,
            "total_tokens": 1_020,
            "input_token_details": {
                "cache_creation": 0,
                "cache_read": 900,
                "ephemeral_5m_input_tokens": 30,
                "ephemeral_1h_input_tokens": 60,
            },
        },
        {
            "prompt_tokens": 1_000,
            "completion_tokens": 20,
            "cache_creation_input_tokens": 90,
            "prompt_tokens_details": {
                "cached_tokens": 900,
                "cache_creation_tokens": 90,
                "cache_creation_token_details": {"ephemeral_5m_input_tokens": 30, "ephemeral_1h_input_tokens": 60},
            },
        },
        {
            "inputTokens": 10,
            "outputTokens": 20,
            "cacheReadInputTokens": 900,
            "cacheWriteInputTokens": 90,
            "cacheDetails": [{"ttl": "1h", "inputTokens": 60}, {"ttl": "5m", "inputTokens": 30}],
        },
    ],
    ids=["anthropic", "langchain", "litellm", "bedrock"],
)
def test_cache_writes_of_an_hour_are_counted_separately(usage: dict[str, Any]) -> None:
    """By the provider and by the clients that copy its counts."""
    columns = of_usage(usage)
    assert (columns["input_tokens"], columns["output_tokens"], columns["cache_read_tokens"]) == (1_000, 20, 900)
    assert (columns["cache_write_tokens"], columns["cache_write_1h_tokens"]) == (90, 60)


@pytest.mark.parametrize(
    ("told", "cost_usd"),
    [
        ({"cost": 0.0042}, 0.0042),
        ({"cost": 0}, 0),
        ({"cost": {"input_tokens_cost": 0.001, "request_cost": 0.003, "total_cost": 0.0042}}, 0.0042),
        ({"cost_in_usd_ticks": 42_000_000}, 0.0042),
        ({"estimated_cost": 0.0042}, 0.0042),
        ({"cost": 0.0002, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.004}}, 0.0042),
        ({"cost": 0.0002, "cost_details": {"upstream_inference_cost": 0.004}}, 0.0042),
        ({"cost": 0.0042, "is_byok": False, "cost_details": {"upstream_inference_cost": 0.0042}}, 0.0042),
        ({"cost": 0.0042, "cost_details": {"upstream_inference_cost": None}}, 0.0042),
        ({"cost": -1}, None),
        ({"cost": "free"}, None),
    ],
)
def test_the_cost_in_an_answer_is_the_cost(told: dict[str, Any], cost_usd: float | None) -> None:
    """OpenRouter's, Perplexity's, xAI's, DeepInfra's; with a key of the caller's own, what the provider bills too."""
    assert of_usage({**OPENAI, **told}).get("cost_usd") == (None if cost_usd is None else pytest.approx(cost_usd))


@pytest.mark.parametrize(
    ("told", "tier"),
    [
        ({"service_tier": "batch"}, "batch"),
        ({"service_tier": "standard"}, "standard"),
        ({"speed": "fast", "service_tier": "standard"}, "fast"),
        ({"traffic_type": "ON_DEMAND_FLEX"}, "flex"),
        ({"trafficType": "PROVISIONED_THROUGHPUT"}, "provisioned_throughput"),
        ({"input_token_details": {"priority": 100, "priority_cache_read": 900}}, "priority"),
        ({"service_tier": "~?~unset~?~"}, None),
        ({}, None),
    ],
)
def test_the_service_tier_has_one_spelling(told: dict[str, Any], tier: str | None) -> None:
    """Of Anthropic, Gemini, LangChain's names and Mistral's sentinel."""
    assert of_usage({**OPENAI, **told}).get("service_tier") == tier


def test_the_tier_that_served_goes_before_the_one_that_was_asked_for() -> None:
    """A priority request may be served at the standard tier."""
    asked = {"llm.token_count.prompt": 5, "openai.request.service_tier": "priority"}
    assert derived(asked)["service_tier"] == "priority"
    assert derived({**asked, "openai.response.service_tier": "default"})["service_tier"] == "standard"


def chat(**more: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": "hi"}}
    return {"object": "chat.completion", "model": "m-1", "choices": [choice], "usage": OPENAI, **more}


def autologged(answer: Any, **more: Any) -> dict[str, Any]:
    told = answer if isinstance(answer, str) else json.dumps(answer)
    return derived({"openinference.span.kind": "LLM", "output.value": told, **more})


MESSAGE = {
    "content": "hi",
    "response_metadata": {"model_name": "m-1", "token_usage": {**OPENAI, "cost": 0.5}, "service_tier": "flex"},
    "usage_metadata": {"input_tokens": 1_000, "output_tokens": 100, "total_tokens": 1_100},
}


@pytest.mark.parametrize(
    "answer",
    [
        chat(usage={**OPENAI, "cost": 0.5}, service_tier="flex"),
        {"data": chat(usage={**OPENAI, "cost": 0.5}, service_tier="flex")},
        {"type": "response.completed", "response": chat(usage={**OPENAI, "cost": 0.5}, service_tier="flex")},
        {"type": "ai", **MESSAGE},
        {"generations": [[{"text": "hi", "message": {"lc": 1, "kwargs": MESSAGE}}]], "llm_output": None},
    ],
    ids=["openai", "mistral stream", "responses stream", "message", "langchain"],
)
def test_the_whole_answer_of_a_model_call_adds_what_the_instrumentor_omitted(answer: dict[str, Any]) -> None:
    """Cost, tier and version in addition to the counts, in any form of the answer."""
    columns = autologged(answer, **{"llm.model_name": "m"})
    assert (columns["input_tokens"], columns["output_tokens"], columns["cost_usd"]) == (1_000, 100, 0.5)
    assert (columns["service_tier"], columns["model"], columns["response_model"]) == ("flex", "m", "m-1")


def test_the_answer_is_read_on_spans_of_model_calls_alone() -> None:
    """A chain returns the same answer and is not a call."""
    assert "input_tokens" not in derived({"openinference.span.kind": "CHAIN", "output.value": json.dumps(chat())})


def test_a_large_answer_is_looked_through_for_its_usage() -> None:
    """Vectors of a hundred texts are not parsed; a usage object inside a string does not count."""
    filler = 'a "usage" {"prompt_tokens": 1}' + "x" * MAX_PARSED_CHARS
    columns = autologged(chat(content=filler) | {"choices": [{"message": {"content": filler}}], "usage": OPENAI})
    assert columns["input_tokens"] == 1_000
    assert "input_tokens" not in autologged({"choices": [{"message": {"content": filler}}]})


@pytest.mark.parametrize(
    ("answer", "model", "counts"),
    [
        ({"created": 1, "data": [{"url": "x"}], "usage": {"input_tokens": 5, "output_tokens": 9}}, None, (5, 9)),
        ({"text": "hi", "usage": {"type": "tokens", "input_tokens": 5, "output_tokens": 9}}, None, (5, 9)),
        ({"model": "l", "message": {}, "prompt_eval_count": 5, "eval_count": 9}, "l", (5, 9)),
        ({"text": "hi", "meta": {"billed_units": {"input_tokens": 5, "output_tokens": 9}}}, None, (5, 9)),
        ({**chat(), "usage": None}, "m-1", (None, None)),
    ],
    ids=["images", "transcription", "ollama", "cohere", "without usage"],
)
def test_answers_of_every_kind_are_known(
    answer: dict[str, Any], model: str | None, counts: tuple[int | None, int | None]
) -> None:
    """Images, recordings, local servers; one without counts names its model."""
    told = read_answer(answer)
    assert told is not None
    assert told.model == model
    columns = from_usage(told.usage or {})
    assert (columns.get("input_tokens"), columns.get("output_tokens")) == counts


@pytest.mark.parametrize("value", [{"usage": "much"}, {"text": "hi", "usage": {"cpu": 3}}, {"choices": ["a"]}, {}])
def test_an_object_that_is_not_an_answer_has_no_usage(value: dict[str, Any]) -> None:
    """A program's own objects have such names too."""
    assert read_answer(value) is None


@given(st.text(max_size=40) | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_no_text_makes_the_reading_of_answers_fail(text: str) -> None:
    """Text from traces is untrusted."""
    for prefix in ("", '{"usage": ', '{"generations": ', '{"candidates": [], "usageMetadata": '):
        assert isinstance(columns_from_json(f"{prefix}{text}}}"), dict)


def test_explicit_counts_override_derived_counts() -> None:
    """`mlflow.chat.tokenUsage`; parts of another whole are unknown then, those of the same whole are kept."""
    answer = {"llm.usage": {**OPENAI, "prompt_tokens_details": {"cached_tokens": 900}}}
    other = derived({**answer, "mlflow.chat.tokenUsage": {"input_tokens": 50, "output_tokens": 5, "total_tokens": 55}})
    assert (other["input_tokens"], other["output_tokens"], other.get("cache_read_tokens")) == (50, 5, None)
    same = derived({**answer, "mlflow.chat.tokenUsage": {"input_tokens": 1_000, "output_tokens": 100}})
    assert (same["input_tokens"], same["cache_read_tokens"]) == (1_000, 900)
    cost = derived({"llm.cost.total": 1, "llm.usage": {**OPENAI, "cost": 2}, "mlflow.llm.cost": {"total_cost": 3}})
    assert cost["cost_usd"] == 3
    model = derived({"gen_ai.request.model": "a", "gen_ai.response.model": "a-1", "mlflow.llm.model": "mine"})
    assert (model["model"], model.get("response_model")) == ("mine", None)


def test_kinds_of_tokens_add_up_to_an_unreported_count() -> None:
    """OpenTelemetry's names for text, images and audio."""
    columns = derived(
        {
            "gen_ai.usage.text.input_tokens": 10,
            "gen_ai.usage.audio.input_tokens": 40,
            "gen_ai.usage.image.input_tokens": 5,
            "gen_ai.usage.text.output_tokens": 7,
            "gen_ai.usage.audio.cache_read.input_tokens": 3,
        }
    )
    assert (columns["input_tokens"], columns["output_tokens"]) == (55, 7)
    assert (columns["input_audio_tokens"], columns["cache_read_audio_tokens"]) == (40, 3)


def test_litellm_names_a_model_without_its_provider() -> None:
    """The provider has its own attribute; names of other instrumentors such as `groq/compound` are unchanged."""
    told = {"llm.model_name": "openai/gpt-x", "llm.provider": "openai"}
    assert derived({**told, "otel.scope.name": "openinference.instrumentation.litellm"})["model"] == "gpt-x"
    assert derived({**told, "otel.scope.name": "openinference.instrumentation.openai"})["model"] == "openai/gpt-x"


_COUNT = st.integers(-1, 9) | st.sampled_from([None, "7", "x", True, 2.5, 1 << 60, "flex"])
_OBJECT = st.dictionaries(st.sampled_from(["cached_tokens", "reasoning", "flex", "total_cost"]), _COUNT)


@given(
    st.dictionaries(
        st.sampled_from([*COUNTS, *DETAILS, *MODALITIES, "billed_units", "cost", "service_tier", "cache_creation"]),
        _COUNT | _OBJECT,
        max_size=4,
    )
)
def test_has_usage_agrees_with_from_usage(usage: dict[str, Any]) -> None:
    """A model call asks that in the caller; the columns are made on the thread that writes."""
    assert has_usage(usage) is bool(from_usage(usage))
