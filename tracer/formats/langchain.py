"""Message chunks of LangChain, which have one form for the streams of all providers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..answers.fields import get, items, texts
from ..values.snapshot import snapshot

if TYPE_CHECKING:
    from ..answers.answer import Answer

_BLOCKS = ("thinking", "reasoning", "reasoning_content")
"""Where a part of the content has its reasoning: Anthropic and Gemini, LangChain's own form, Bedrock."""


def model_in(response_metadata: Any) -> Any:
    """The model that a message names; each provider's integration has a key of its own for it."""
    about = response_metadata if isinstance(response_metadata, Mapping) else {}
    return about.get("model_name") or about.get("model")


def take(answer: Answer, chunk: Any) -> bool | None:
    """Add a chunk: whether it brought content; None for one of another form."""
    if get(chunk, "type") != "AIMessageChunk":
        return None
    answer.note_model(model_in(get(chunk, "response_metadata")))
    usage = get(chunk, "usage_metadata")
    if isinstance(usage, Mapping):
        answer.add_counts(_told(snapshot(usage)))
    has_content = False
    content = get(chunk, "content")
    for text in texts(content):
        answer.first.text.add(text)
        has_content = True
    for call in items(get(chunk, "tool_call_chunks")):
        answer.first.take_call(get(call, "index"), get(call, "id"), get(call, "name"), get(call, "args"))
        has_content = True
    for text in _reasoning(content, get(chunk, "additional_kwargs")):
        answer.first.take_reasoning(text)
        has_content = True
    return has_content


def _told(usage: Any) -> Any:
    """The counts without an input of 0, which the integration of Anthropic makes of one that nobody told."""
    if isinstance(usage, dict) and usage.get("input_tokens") == 0:
        return {key: value for key, value in usage.items() if key not in ("input_tokens", "total_tokens")}
    return usage


def _reasoning(content: Any, extra: Any) -> Iterator[str]:
    if isinstance(extra, Mapping):
        told = extra.get("reasoning_content") or extra.get("reasoning")
        if isinstance(told, str) and told:
            yield told
        elif isinstance(told, Mapping):  # OpenAI's summaries
            for part in items(told.get("summary")):
                yield from texts(part)
    for part in items(content):
        for name in _BLOCKS:
            yield from texts(get(part, name))
        for summary in items(get(part, "summary")):
            yield from texts(summary)
