"""The names of counts in the usage objects of providers, their clients and frameworks.

OpenAI (and all that imitate it), Anthropic, Bedrock, Gemini, Mistral, Cohere, Ollama, DeepSeek, Moonshot, xAI,
OpenRouter, Perplexity, LangChain, LiteLLM, MLflow, Pydantic AI.
"""

from __future__ import annotations

COUNTS = {
    "input_tokens": "input_tokens",
    "prompt_tokens": "input_tokens",
    "inputTokens": "input_tokens",
    "inputTokenCount": "input_tokens",
    "prompt_token_count": "input_tokens",
    "promptTokenCount": "input_tokens",
    "prompt_eval_count": "input_tokens",
    "output_tokens": "output_tokens",
    "completion_tokens": "output_tokens",
    "outputTokens": "output_tokens",
    "outputTokenCount": "output_tokens",
    "candidates_token_count": "output_tokens",
    "candidatesTokenCount": "output_tokens",
    "response_token_count": "output_tokens",
    "responseTokenCount": "output_tokens",
    "generation_token_count": "output_tokens",
    "eval_count": "output_tokens",
    "total_input_tokens": "input_tokens",
    "total_output_tokens": "output_tokens",
    "total_tokens": "total_tokens",
    "totalTokens": "total_tokens",
    "total_token_count": "total_tokens",
    "totalTokenCount": "total_tokens",
    "cache_read_input_tokens": "cache_read_tokens",
    "cached_content_token_count": "cache_read_tokens",
    "cachedContentTokenCount": "cache_read_tokens",
    "total_cached_tokens": "cache_read_tokens",
    "cacheReadInputTokens": "cache_read_tokens",
    "cacheReadInputTokenCount": "cache_read_tokens",
    "cache_read_tokens": "cache_read_tokens",
    "prompt_cache_hit_tokens": "cache_read_tokens",
    "cached_tokens": "cache_read_tokens",
    "num_cached_tokens": "cache_read_tokens",
    "cachedInputTokens": "cache_read_tokens",
    "cache_creation_input_tokens": "cache_write_tokens",
    "cacheWriteInputTokens": "cache_write_tokens",
    "cacheWriteInputTokenCount": "cache_write_tokens",
    "cache_write_tokens": "cache_write_tokens",
    "cache_creation_input_tokens_above_1hr": "cache_write_1h_tokens",
    "thoughts_token_count": "reasoning_tokens",
    "thoughtsTokenCount": "reasoning_tokens",
    "total_thought_tokens": "reasoning_tokens",
    "reasoning_tokens": "reasoning_tokens",
    "reasoningTokens": "reasoning_tokens",
    "input_audio_tokens": "input_audio_tokens",
    "output_audio_tokens": "output_audio_tokens",
    "cache_audio_read_tokens": "cache_read_audio_tokens",
}
"""Maps a key of the usage object to a column. If an object has several keys of a column, the first one counts."""

_OF_INPUT = {
    "cached_tokens": "cache_read_tokens",
    "cache_read": "cache_read_tokens",
    "cacheReadTokens": "cache_read_tokens",
    "cache_creation": "cache_write_tokens",
    "cache_creation_tokens": "cache_write_tokens",
    "cache_write_tokens": "cache_write_tokens",
    "cacheWriteTokens": "cache_write_tokens",
    "audio_tokens": "input_audio_tokens",
    "audio": "input_audio_tokens",
    "image_tokens": "input_image_tokens",
    "image": "input_image_tokens",
}
_OF_OUTPUT = {
    "reasoning_tokens": "reasoning_tokens",
    "reasoning": "reasoning_tokens",
    "thinking_tokens": "reasoning_tokens",
    "reasoningTokens": "reasoning_tokens",
    "audio_tokens": "output_audio_tokens",
    "audio": "output_audio_tokens",
    "image_tokens": "output_image_tokens",
    "image": "output_image_tokens",
}
DETAILS = {
    "prompt_tokens_details": _OF_INPUT,
    "prompt_token_details": _OF_INPUT,
    "input_tokens_details": _OF_INPUT,
    "input_token_details": _OF_INPUT,
    "inputTokenDetails": _OF_INPUT,
    "completion_tokens_details": _OF_OUTPUT,
    "output_tokens_details": _OF_OUTPUT,
    "output_token_details": _OF_OUTPUT,
    "outputTokenDetails": _OF_OUTPUT,
}
"""Maps nested objects of the usage object to the names of the parts of a count."""

CACHED_DETAILS = {"audio_tokens": "cache_read_audio_tokens", "image_tokens": "cache_read_image_tokens"}
"""The keys of `cached_tokens_details` in the nested objects (OpenAI's realtime responses)."""

_MODALITIES_OF_INPUT = {"AUDIO": "input_audio_tokens", "IMAGE": "input_image_tokens"}
_MODALITIES_OF_OUTPUT = {"AUDIO": "output_audio_tokens", "IMAGE": "output_image_tokens"}
_MODALITIES_OF_CACHE = {"AUDIO": "cache_read_audio_tokens", "IMAGE": "cache_read_image_tokens"}
MODALITIES = {
    "prompt_tokens_details": _MODALITIES_OF_INPUT,
    "promptTokensDetails": _MODALITIES_OF_INPUT,
    "candidates_tokens_details": _MODALITIES_OF_OUTPUT,
    "candidatesTokensDetails": _MODALITIES_OF_OUTPUT,
    "response_tokens_details": _MODALITIES_OF_OUTPUT,
    "responseTokensDetails": _MODALITIES_OF_OUTPUT,
    "cache_tokens_details": _MODALITIES_OF_CACHE,
    "cacheTokensDetails": _MODALITIES_OF_CACHE,
}
"""Maps Gemini's lists of modalities to columns; only these modalities have prices of their own."""

CACHE_EXCLUDED_KEYS = frozenset({
    *("cache_read_input_tokens", "cache_creation_input_tokens"),
    *("cacheReadInputTokens", "cacheWriteInputTokens", "cacheReadInputTokenCount", "cacheWriteInputTokenCount"),
})  # fmt: skip
"""Keys of APIs that exclude cached tokens from the input; an object with OpenAI's `prompt_tokens` includes them."""

CACHE_LIFETIMES = {
    "ephemeral_5m_input_tokens": "5m",
    "ephemeral_1h_input_tokens": "1h",
    "5m": "5m",
    "1h": "1h",
}
"""Maps the names of cache writes to their lifetimes."""

TIERS_OF_LANGCHAIN = ("flex", "priority")
"""Service tiers that prefix the names of details of `langchain-openai`."""
