"""Read token counts, model and service tier from the whole answer of a model.

Supports OpenAI's completions, responses, embeddings, images, transcriptions and runs (and compatible APIs), Anthropic's
messages, Bedrock's Converse, Gemini with its interactions, Cohere, Ollama, and LangChain's messages and results. An
answer is an object that a function returned, or JSON that an instrumentor wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import orjson

from . import built_in_tools
from .attribute_values import is_mapping
from .service_tiers import tier
from .token_counts import from_usage

Answer = Mapping[str, Any]

_OBJECTS = frozenset({"chat.completion", "chat.completion.chunk", "text_completion", "response", "thread.run"})
"""The values of `object` in OpenAI's text responses."""

_OLLAMA = ("prompt_eval_count", "eval_count")

MAX_PARSED_CHARS = 1 << 18
"""The most characters of JSON to parse as a whole, since orjson holds the interpreter lock. Larger JSON, such as
embeddings, is only searched for its usage object."""

_KEYS_OF_USAGE = ('"usage"', '"usage_metadata"', '"usageMetadata"')
_COUNTED = ("usage", *_OLLAMA, "billed_units")
"""JSON without any of these texts contains no counts."""


class AnswerInfo(NamedTuple):
    """The usage and the model of an answer; None where the answer does not contain the value."""

    usage: Answer | None
    """The counts with the names of the provider, and the cost and service tier if there are any."""
    model: str | None


def read_answer(answer: Answer) -> AnswerInfo | None:
    """Return the usage and the model of an answer; None for an object of unknown form."""
    for form in _FORMS:
        if (found := form(answer)) is not None:
            usage, model = found
            usage = usage if is_mapping(usage) else None
            if usage is not None:
                usage = {key: value for key, value in usage.items() if value is not None}
                served = answer.get("service_tier", answer.get("serviceTier"))
                if tier(served) is not None:
                    usage.setdefault("service_tier", served)
                if tool_calls := built_in_tools.calls_in_answer(answer):
                    usage.setdefault(built_in_tools.KEY, tool_calls)
            if (cost_usd := _cost_of_litellm(answer)) is not None:
                usage = {"cost": cost_usd, **(usage or {})}
            return AnswerInfo(usage, model if isinstance(model, str) and model else None)
    return None


def _cost_of_litellm(answer: Answer) -> Any:
    """Return the cost that LiteLLM attaches to its answers, see `tracer.values`."""
    hidden = answer.get("_hidden_params")
    return hidden.get("response_cost") if is_mapping(hidden) else None


def columns_from_json(text: Any) -> dict[str, Any]:
    """Return the normal columns of an answer in JSON; none for any other text."""
    if not isinstance(text, str) or not text.startswith(("{", "[")):
        return {}
    if len(text) > MAX_PARSED_CHARS:
        usage = _usage_in(text)
        return {} if usage is None else from_usage(usage)
    if not any(key in text for key in _COUNTED) and '"model' not in text:
        return {}
    try:
        answer = orjson.loads(text)
    except ValueError:
        return {}
    if isinstance(answer, list) and answer:  # the result of a direct call of LangChain's chat model
        answer = answer[0]
    if not isinstance(answer, dict):
        return {}
    info = read_answer(answer) or AnswerInfo(answer["usage"] if isinstance(answer.get("usage"), dict) else None, None)
    columns = {} if info.usage is None else from_usage(info.usage)
    if info.model is not None:
        columns["response_model"] = info.model
    return columns


def image_usage(usage: Answer) -> Answer:
    """Return the usage object of an answer with images, whose output is images unless it says otherwise."""
    if "output_tokens" not in usage or "output_tokens_details" in usage:
        return usage
    return {**usage, "output_tokens_details": {"image_tokens": usage["output_tokens"]}}


def _usage_in(text: str) -> Answer | None:
    """Return the usage object of a large answer: the last object with that name outside of strings."""
    from json import JSONDecoder

    for key in _KEYS_OF_USAGE:
        end = len(text)
        while (place := text.rfind(key, 0, end)) > 0:
            begin = text.find("{", place + len(key), place + len(key) + 8)
            if text[place - 1] != "\\" and begin > 0:
                try:
                    found, _ = JSONDecoder().raw_decode(text, begin)
                except (ValueError, RecursionError):
                    return None
                return found if isinstance(found, dict) else None
            end = place
    return None


Found = tuple[Any, Any]
"""The possible usage object and the possible model."""


def _of_langchain_message(answer: Answer) -> Found | None:
    if answer.get("type") not in ("ai", "AIMessageChunk"):
        return None
    about = answer.get("response_metadata")
    about = about if is_mapping(about) else {}
    usage = answer.get("usage_metadata")
    if is_mapping(usage):
        raw = next((one for key in ("token_usage", "usage") if is_mapping(one := about.get(key))), {})
        served = about.get("service_tier")
        usage = {
            **{key: raw[key] for key in _KEYS_OF_RESPONSE_METADATA if raw.get(key) is not None},
            **({} if served is None else {"service_tier": served}),
            **usage,
        }
    return usage, about.get("model_name") or about.get("model")


_KEYS_OF_RESPONSE_METADATA = (
    *("cost", "cost_details", "is_byok", "estimated_cost", "cost_in_usd_ticks"),
    *("service_tier", "speed", "cache_creation", "prompt_cache_hit_tokens", "cached_tokens"),
)
"""Keys of a provider's usage object that LangChain's `response_metadata` has and its `usage_metadata` lacks."""


def _of_langchain_result(answer: Answer) -> Found | None:
    generations = answer.get("generations")
    first = _first(_first(generations)) if isinstance(generations, list) else None
    message = first.get("message") if is_mapping(first) else None
    given = message.get("kwargs", message) if is_mapping(message) else None
    if is_mapping(given):
        return _of_langchain_message({**given, "type": "ai"})
    overall = answer.get("llm_output")
    if isinstance(generations, list) and is_mapping(overall):
        return overall.get("token_usage") or overall.get("usage"), overall.get("model_name")
    return None


def _of_gemini(answer: Answer) -> Found | None:
    if not isinstance(answer.get("candidates"), list):
        return None
    usage = answer.get("usage_metadata", answer.get("usageMetadata"))
    return usage, answer.get("model_version", answer.get("modelVersion"))


def _wrapped(answer: Answer) -> Found | None:
    """Read an answer in an event: of Mistral's stream, or the last event of a stream of OpenAI's responses."""
    for key in ("data", "response"):
        inner = answer.get(key)
        if is_mapping(inner) and (found := _of_openai(inner)) is not None:
            served = inner.get("service_tier")
            usage = found[0]
            return ({"service_tier": served, **usage} if served and is_mapping(usage) else usage), found[1]
    return None


def _of_openai(answer: Answer) -> Found | None:
    kind, usage = answer.get("object"), answer.get("usage")
    has_choices = isinstance(choices := answer.get("choices"), list) and all(map(_is_choice, choices))
    is_answer = (isinstance(kind, str) and kind in _OBJECTS) or has_choices
    if is_answer or (kind == "list" and usage is not None):  # embeddings
        return usage, answer.get("model")
    return None


def _is_choice(choice: Any) -> bool:
    return is_mapping(choice) and ("message" in choice or "text" in choice or "delta" in choice)


def _of_openai_media(answer: Answer) -> Found | None:
    """Read an answer with images, or with the transcription of a recording."""
    usage = answer.get("usage")
    if not is_mapping(usage):
        return None
    if isinstance(answer.get("data"), list) and "created" in answer:
        return image_usage(usage), answer.get("model")
    if isinstance(answer.get("text"), str) and usage.get("type") in ("tokens", "duration"):
        return usage, answer.get("model")
    return None


def _of_interaction(answer: Answer) -> Found | None:
    """Read an answer of Gemini's interactions API."""
    return (answer.get("usage"), answer.get("model")) if answer.get("object") == "interaction" else None


def _of_anthropic(answer: Answer) -> Found | None:
    if answer.get("type") == "message" and "content" in answer:
        return answer.get("usage"), answer.get("model")
    return None


def _of_converse(answer: Answer) -> Found | None:
    return (answer.get("usage"), None) if "stopReason" in answer and "output" in answer else None


def _of_cohere(answer: Answer) -> Found | None:
    usage = answer.get("usage") or answer.get("meta")
    if not is_mapping(usage) or not ("billed_units" in usage or "tokens" in usage):
        return None
    tokens = usage.get("tokens")
    return {**(tokens if is_mapping(tokens) else {}), **usage}, answer.get("model")


def _of_ollama(answer: Answer) -> Found | None:
    counts = {key: answer[key] for key in _OLLAMA if key in answer}
    return (counts, answer.get("model")) if counts and "model" in answer else None


_FORMS: tuple[Callable[[Answer], Found | None], ...] = (
    *(_of_langchain_message, _of_gemini, _of_openai, _of_anthropic, _of_converse),
    *(_of_interaction, _of_cohere, _of_openai_media, _of_ollama, _of_langchain_result, _wrapped),
)


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else None
