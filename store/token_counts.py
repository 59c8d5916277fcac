"""Token counts in their normal form, whichever way a provider counts.

Normal form: `input_tokens` are all input tokens, those read from and written to the cache included, and
`output_tokens` all output tokens, those of reasoning included (OpenTelemetry's definition; OpenAI's and Gemini's API,
OpenInference and MLflow's integrations count cached tokens so). Anthropic's and Bedrock's APIs, Claude Code and
Langfuse report cached tokens beside the input: there they are added, so that each token is counted and priced once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Columns = dict[str, Any]

_PLAIN = {
    "input_tokens": "input_tokens",
    "prompt_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "completion_tokens": "output_tokens",
    "total_tokens": "total_tokens",
    "cache_read_input_tokens": "cache_read_tokens",
    "cached_content_token_count": "cache_read_tokens",
    "cachedContentTokenCount": "cache_read_tokens",
    "cacheReadInputTokens": "cache_read_tokens",
    "cache_creation_input_tokens": "cache_write_tokens",
    "cacheWriteInputTokens": "cache_write_tokens",
    "cache_creation_input_tokens_above_1hr": "cache_write_1h_tokens",
    "inputTokens": "input_tokens",
    "outputTokens": "output_tokens",
    "totalTokens": "total_tokens",
    "prompt_token_count": "input_tokens",
    "promptTokenCount": "input_tokens",
    "candidates_token_count": "output_tokens",
    "candidatesTokenCount": "output_tokens",
    "thoughts_token_count": "reasoning_tokens",
    "thoughtsTokenCount": "reasoning_tokens",
    "total_token_count": "total_tokens",
    "totalTokenCount": "total_tokens",
}
_DETAILS = {
    ("prompt_tokens_details", "cached_tokens"): "cache_read_tokens",
    ("input_tokens_details", "cached_tokens"): "cache_read_tokens",
    ("prompt_tokens_details", "audio_tokens"): "input_audio_tokens",
    ("completion_tokens_details", "reasoning_tokens"): "reasoning_tokens",
    ("output_tokens_details", "reasoning_tokens"): "reasoning_tokens",
    ("completion_tokens_details", "audio_tokens"): "output_audio_tokens",
    ("input_token_details", "cache_read"): "cache_read_tokens",
    ("input_token_details", "cache_creation"): "cache_write_tokens",
    ("input_token_details", "audio"): "input_audio_tokens",
    ("output_token_details", "reasoning"): "reasoning_tokens",
    ("output_token_details", "audio"): "output_audio_tokens",
    ("cache_creation", "ephemeral_1h_input_tokens"): "cache_write_1h_tokens",
}
_BESIDE = ("cache_read_input_tokens", "cache_creation_input_tokens", "cacheReadInputTokens", "cacheWriteInputTokens")
"""Keys of APIs that count cached tokens beside the input, unless OpenAI's details say that they are inside."""


_MOST_TOKENS = 1 << 40
"""A larger number is no count; the sums over a file's spans, too, have to be integers that SQLite holds."""


def count(value: Any) -> int | None:
    """A whole number of tokens that is not negative, from a number or a numeric string."""
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
    """Normal counts from the usage object of an answer: of OpenAI, Anthropic, Bedrock, Gemini or LangChain."""
    columns = _named(usage)
    if any(key in usage for key in _BESIDE) and "input_tokens" in columns and "prompt_tokens" not in usage:
        columns["input_tokens"] += _cached(columns)
    if "thoughts_token_count" in usage or "thoughtsTokenCount" in usage:  # Gemini counts them beside the answer
        columns["output_tokens"] = columns.get("output_tokens", 0) + columns.get("reasoning_tokens", 0)
    return columns


def from_mlflow(usage: Mapping[str, Any]) -> Columns:
    """Normal counts from MLflow's `mlflow.chat.tokenUsage`; its integrations add cached tokens to the input."""
    return _named(usage)


def from_langfuse(usage: Mapping[str, Any]) -> Columns:
    """Normal counts from Langfuse's `usage_details`, whose kinds add up to the total, or from an API's own object."""
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
        elif key.startswith("output"):
            columns["output_tokens"] = columns.get("output_tokens", 0) + tokens
            if "reasoning" in key:
                columns["reasoning_tokens"] = tokens
            elif "audio" in key:
                columns["output_audio_tokens"] = tokens
    return columns


def settle(columns: Columns, *, cached_is_beside: bool) -> None:
    """Bring the counts of one span to their normal form.

    Cached tokens that are more than the input, or that the total counts apart, cannot be inside it, whatever the
    dialect says. A count that is missing follows from the total.
    """
    total = columns.get("total_tokens")
    cached = _cached(columns)
    input_tokens, output_tokens = columns.get("input_tokens"), columns.get("output_tokens")
    if cached and input_tokens is not None:
        counted_apart = total is not None and total == input_tokens + cached + (output_tokens or 0)
        if cached_is_beside or cached > input_tokens or counted_apart:
            columns["input_tokens"] = input_tokens + cached
    elif total is not None and input_tokens is None:
        if output_tokens is not None and output_tokens <= total:
            columns["input_tokens"] = total - output_tokens
        elif columns.get("kind") == "EMBEDDING":
            columns["input_tokens"] = total
    if total is not None and output_tokens is None and input_tokens is not None and total > columns["input_tokens"]:
        columns["output_tokens"] = total - columns["input_tokens"]


def _named(usage: Mapping[str, Any]) -> Columns:
    columns: Columns = {}
    for key, column in _PLAIN.items():
        if key in usage and (tokens := count(usage[key])) is not None:
            columns.setdefault(column, tokens)
    for (group, key), column in _DETAILS.items():
        details = usage.get(group)
        if isinstance(details, Mapping) and (tokens := count(details.get(key))) is not None:
            columns.setdefault(column, tokens)
    return columns


def _cached(columns: Columns) -> int:
    return (columns.get("cache_read_tokens") or 0) + (columns.get("cache_write_tokens") or 0)
