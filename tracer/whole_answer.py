"""What a model's whole answer tells of itself, as a function returned it: its model and its counts of tokens.

The forms of OpenAI's completions, responses and embeddings (and of all that imitate them), Anthropic's messages,
Bedrock's Converse, Gemini's and LangChain's. Answers in chunks are for `answer`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_OBJECTS = frozenset({"chat.completion", "text_completion", "response", "list"})
"""What OpenAI's answers say they are; `list` is embeddings."""

MODEL_CALLS = frozenset({"LLM", "CHAT_MODEL", "EMBEDDING"})
"""Kinds of span that are one call each. Any other may have made several and return the last answer alone: the spans
below it, where there are any, know better."""


def may_tell(outputs: dict[str, Any]) -> bool:
    """Whether it is worth a closer look; quick to answer."""
    return "usage" in outputs or "usage_metadata" in outputs


def told_by(outputs: dict[str, Any]) -> dict[str, Any]:
    """The attributes of a span whose outputs these are; none if they are no answer in a form that is known."""
    usage, model = _usage_and_model(outputs)
    if not isinstance(usage, Mapping):
        return {}
    from ..store.token_counts import from_usage

    if not from_usage(usage):
        return {}
    told: dict[str, Any] = {"llm.usage": {key: each for key, each in usage.items() if each is not None}}
    if isinstance(model, str) and model:
        told["gen_ai.response.model"] = model
    return told


def model_in(response_metadata: Any) -> Any:
    """The model that a message of LangChain's names; each provider's integration has a key of its own for it."""
    about = response_metadata if isinstance(response_metadata, Mapping) else {}
    return about.get("model_name") or about.get("model")


def _usage_and_model(outputs: dict[str, Any]) -> tuple[Any, Any]:
    kind, form = outputs.get("object"), outputs.get("type")
    if form == "ai":
        return outputs.get("usage_metadata"), model_in(outputs.get("response_metadata"))
    if isinstance(outputs.get("candidates"), list):
        return outputs.get("usage_metadata"), outputs.get("model_version")
    if (
        (isinstance(kind, str) and kind in _OBJECTS)
        or isinstance(outputs.get("choices"), list)
        or (form == "message" and "content" in outputs)
        or ("stopReason" in outputs and "output" in outputs)
    ):
        return outputs.get("usage"), outputs.get("model")
    return None, None
