"""Normalize the token counts of all providers.

In the normal form, `input_tokens` includes tokens read from and written to the cache, and `output_tokens` includes
reasoning tokens. OpenTelemetry defines the counts so; the APIs of OpenAI and Gemini, OpenInference and MLflow count
cached tokens so. The APIs of Anthropic and Bedrock, Claude Code and Langfuse exclude cached tokens from the input, xAI
excludes reasoning tokens from the output: these are added, so that each token is counted and priced once. A count that
was not reported is absent, not 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .attribute_values import is_mapping
from .built_in_tools import calls_in_usage
from .reported_cost import reported_cost
from .service_tiers import tier_in, tier_of_langchain
from .usage_names import (
    CACHE_EXCLUDED_KEYS,
    CACHE_LIFETIMES,
    CACHED_DETAILS,
    COUNTS,
    DETAILS,
    MODALITIES,
)

Columns = dict[str, Any]

INPUT_PARTS = (
    *("cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens", "input_audio_tokens", "input_image_tokens"),
    *("cache_read_audio_tokens", "cache_read_image_tokens"),
)
OUTPUT_PARTS = ("reasoning_tokens", "output_audio_tokens", "output_image_tokens")
"""Columns that count a part of the input tokens, or of the output tokens."""

_MOST_TOKENS = 1 << 40
"""A larger number is not a count: the sum over all spans of a file must be an integer that SQLite can store."""


def count(value: Any) -> int | None:
    """Return a non-negative whole number of tokens, from a number or a numeric string."""
    if type(value) is int:
        return value if 0 <= value < _MOST_TOKENS else None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, float) and 0 <= value < _MOST_TOKENS:
        return int(value)
    return None


def from_usage(usage: Mapping[str, Any]) -> Columns:
    """Return normal columns from the usage object of a response of any provider or client.

    These are counts and, for some providers, the cost and the service tier.
    """
    if is_mapping(billed := usage.get("billed_units")):  # Cohere charges these, and not `tokens`
        usage = {**usage, **billed}
    columns = _named(usage)
    for key in [key for key in MODALITIES if key in usage]:
        _add_modalities(usage[key], MODALITIES[key], columns)
    _add_cache_writes(usage, columns)
    if "input_tokens" in columns and "prompt_tokens" not in usage and not CACHE_EXCLUDED_KEYS.isdisjoint(usage):
        columns["input_tokens"] += _cached(columns)
    if ("thoughts_token_count" in usage or "thoughtsTokenCount" in usage) and "reasoning_tokens" in columns:
        columns["output_tokens"] = columns.get("output_tokens", 0) + columns["reasoning_tokens"]  # Gemini excludes them
    if tool_use := count(usage.get("tool_use_prompt_token_count", usage.get("toolUsePromptTokenCount"))):
        columns["input_tokens"] = columns.get("input_tokens", 0) + tool_use
    if (cost_usd := reported_cost(usage)) is not None:
        columns["cost_usd"] = cost_usd
    elif tool_calls := calls_in_usage(usage):
        columns["unpriced_tool_calls"] = tool_calls
    if (tier := tier_in(usage)) is not None:
        columns["service_tier"] = tier
    return columns


def has_usage(usage: Mapping[str, Any]) -> bool:
    """Whether `from_usage` returns any column; decided by the first count in most cases."""
    if "billed_units" not in usage and any(key in COUNTS and count(usage[key]) is not None for key in usage):
        return True
    return bool(from_usage(usage))


def from_mlflow(usage: Mapping[str, Any]) -> Columns:
    """Return normal counts from MLflow's `mlflow.chat.tokenUsage`, which includes cached tokens in the input."""
    columns = _named(usage)
    normalize(columns, cached_is_beside=False)
    return columns


def from_langfuse(usage: Mapping[str, Any]) -> Columns:
    """Return normal counts from Langfuse's `usage_details`, which contains disjoint kinds or the object of an API."""
    if "input" not in usage and "output" not in usage:
        return from_usage(usage)
    columns: Columns = {}
    for key, value in usage.items():
        tokens = count(value)
        if tokens is None:
            continue
        if key.startswith(("cache", "input")):
            columns["input_tokens"] = columns.get("input_tokens", 0) + tokens
            if "cache_creation" in key or "cache_write" in key:
                columns["cache_write_tokens"] = columns.get("cache_write_tokens", 0) + tokens
            elif "cache" in key:
                columns["cache_read_tokens"] = columns.get("cache_read_tokens", 0) + tokens
            elif "audio" in key:
                columns["input_audio_tokens"] = tokens
            elif "image" in key:
                columns["input_image_tokens"] = tokens
        elif key.startswith("output"):
            columns["output_tokens"] = columns.get("output_tokens", 0) + tokens
            if "reasoning" in key:
                columns["reasoning_tokens"] = tokens
            elif "audio" in key:
                columns["output_audio_tokens"] = tokens
            elif "image" in key:
                columns["output_image_tokens"] = tokens
    return columns


def normalize(columns: Columns, *, cached_is_beside: bool) -> None:
    """Convert the counts of one span to the normal form, in place.

    A part that is larger than the whole, or that the total counts in addition, is not included in the whole, in any
    dialect. A missing count follows from the total.
    """
    total = columns.get("total_tokens")
    cached, reasoning = _cached(columns), columns.get("reasoning_tokens") or 0
    input_tokens, output_tokens = columns.get("input_tokens"), columns.get("output_tokens")
    if reasoning and output_tokens is not None and input_tokens is not None:
        is_additional = total is not None and total == input_tokens + output_tokens + reasoning
        if reasoning > output_tokens or (is_additional and reasoning != cached):
            output_tokens = columns["output_tokens"] = output_tokens + reasoning
    if cached and input_tokens is not None:
        is_additional = total is not None and total == input_tokens + cached + (output_tokens or 0)
        if cached_is_beside or cached > input_tokens or is_additional:
            columns["input_tokens"] = input_tokens + cached
    elif total is not None and input_tokens is None:
        if output_tokens is not None and output_tokens <= total:
            columns["input_tokens"] = total - output_tokens
        elif columns.get("kind") == "EMBEDDING":
            columns["input_tokens"] = total
    if total is not None and output_tokens is None and input_tokens is not None and total > columns["input_tokens"]:
        columns["output_tokens"] = total - columns["input_tokens"]


def override(columns: Columns, explicit: Columns) -> Columns:
    """Return the columns with explicit counts; removes the parts of a count that has changed."""
    kept = dict(columns)
    for whole, parts in (("input_tokens", INPUT_PARTS), ("output_tokens", OUTPUT_PARTS)):
        if whole in explicit and explicit[whole] != columns.get(whole):
            for part in parts:
                kept.pop(part, None)
    return kept | explicit


def _named(usage: Mapping[str, Any]) -> Columns:
    columns: Columns = {}
    for key in [key for key in COUNTS if key in usage]:
        if (tokens := count(usage[key])) is not None:
            columns.setdefault(COUNTS[key], tokens)
    for group in [group for group in DETAILS if group in usage]:
        if not is_mapping(details := usage[group]):
            continue
        names = DETAILS[group]
        for key in [key for key in names if key in details]:
            if (tokens := count(details[key])) is not None:
                columns.setdefault(names[key], tokens)
        if (tier := tier_of_langchain(details)) is not None:
            for key, column in names.items():  # the tier prefixes the names, as in `flex_cache_read`
                if (tokens := count(details.get(f"{tier}_{key}"))) is not None:
                    columns.setdefault(column, tokens)
        if is_mapping(cached := details.get("cached_tokens_details")):
            for key, column in CACHED_DETAILS.items():
                if (tokens := count(cached.get(key))) is not None:
                    columns.setdefault(column, tokens)
    return columns


def _add_modalities(listed: Any, names: Mapping[str, str], columns: Columns) -> None:
    """Add the counts of Gemini's `[{"modality": "AUDIO", "token_count": 40}, ...]`."""
    for part in listed if isinstance(listed, list) else ():
        if not is_mapping(part):
            continue
        column = names.get(str(part.get("modality")).rpartition(".")[2].upper())
        tokens = count(part.get("token_count", part.get("tokenCount")))
        if column is not None and tokens is not None:
            columns.setdefault(column, tokens)


def _add_cache_writes(usage: Mapping[str, Any], columns: Columns) -> None:
    """Add cache writes by lifetime: Anthropic's object, its copies of LangChain and LiteLLM, Bedrock's list."""
    by_duration: dict[str, int] = {}
    for writes in _cache_writes(usage):
        for key, duration in CACHE_LIFETIMES.items():
            if key in writes and (tokens := count(writes[key])) is not None:
                by_duration.setdefault(duration, tokens)
    if not by_duration:
        return
    if "1h" in by_duration:
        columns["cache_write_1h_tokens"] = by_duration["1h"]
    if (written := sum(by_duration.values())) > columns.get("cache_write_tokens", 0):
        columns["cache_write_tokens"] = written


def _cache_writes(usage: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for group in ("prompt_tokens_details", "input_token_details"):
        if is_mapping(details := usage.get(group)):
            yield details
            if is_mapping(nested := details.get("cache_creation_token_details")):
                yield nested
    if is_mapping(nested := usage.get("cache_creation")):
        yield nested
    if isinstance(listed := usage.get("cacheDetails"), list):
        yield {str(one.get("ttl")): one.get("inputTokens") for one in listed if is_mapping(one)}


def _cached(columns: Columns) -> int:
    return (columns.get("cache_read_tokens") or 0) + (columns.get("cache_write_tokens") or 0)
