"""Answers in the forms of the APIs of providers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .message import ASSISTANT, Chat, Message, ToolCall
from .messages import message_of, messages_of
from .parts import parts_of


def answer_chat(payload: Mapping[str, Any]) -> Chat | None:
    """Return the chat of an answer in the form of a provider's API."""
    for key, read in _FORMS.items():
        if isinstance(value := payload.get(key), list | Mapping) and (found := read(value)):
            return Chat(found, (), without(payload, key, "output_text"))
    found = _vercel(payload)
    return Chat(found, (), without(payload, "toolCalls", "text")) if found else None


def _choices(choices: Any) -> list[Message] | None:
    messages = []
    for choice in choices if isinstance(choices, list) else ():
        if not isinstance(choice, Mapping):
            return None
        delta = choice.get("delta")
        given = {"message": delta, **choice} if isinstance(delta, Mapping) and "message" not in choice else choice
        message = message_of(without(given, "index", "logprobs", "delta"), bare_role=ASSISTANT)
        if message is None and isinstance(choice.get("text"), str):
            message = Message(ASSISTANT, tuple(parts_of(choice["text"])))
        if message is None:
            return None
        messages.append(message)
    return messages


def _candidates(candidates: Any) -> list[Message] | None:
    messages = []
    for candidate in candidates if isinstance(candidates, list) else ():
        content = candidate.get("content") if isinstance(candidate, Mapping) else None
        message = _adk_content(content) if isinstance(content, Mapping) else None
        messages += message or []
    return messages


def _adk_content(content: Any) -> list[Message] | None:
    if isinstance(content, Mapping) and isinstance(content.get("parts"), list):
        found = message_of({"role": "model", **content})
        return None if found is None else [found]
    return None


def _generations(generations: Any) -> list[Message] | None:
    messages = []
    for one in generations if isinstance(generations, list) else ():
        for generation in one if isinstance(one, list) else [one]:
            if not isinstance(generation, Mapping):
                return None
            found = message_of(generation.get("message"), bare_role=ASSISTANT)
            if found is None and isinstance(kwargs := generation.get("message"), Mapping):
                found = message_of({"role": ASSISTANT, **kwargs})
            if found is None and isinstance(text := generation.get("text"), str):
                found = Message(ASSISTANT, tuple(parts_of(text)))
            if found is None:
                return None
            messages.append(found)
    return messages


def _output(output: Any) -> list[Message] | None:
    """Return the items of OpenAI's responses, or the message of Bedrock's Converse."""
    if isinstance(output, Mapping):
        found = message_of(output)
        return None if found is None else [found]
    messages = []
    for item in output:
        found = message_of(item)
        if found is None and isinstance(item, Mapping) and str(item.get("type")).endswith("_call"):
            name = str(item["type"]).removesuffix("_call")  # of a tool of the provider, such as web_search_call
            found = Message(ASSISTANT, (ToolCall(name, without(item, "type", "id"), None),))
        if found is None:
            return None
        messages.append(found)
    return messages


def _vercel(payload: Mapping[str, Any]) -> list[Message] | None:
    calls = payload.get("toolCalls")
    text = payload.get("text")
    if not isinstance(calls, list) or not all(isinstance(call, Mapping) for call in calls):
        return None
    said = {"role": ASSISTANT, "content": text if isinstance(text, str) else "", "tool_calls": calls}
    found = message_of(said)
    return None if found is None else [found]


_FORMS: Mapping[str, Callable[[Any], list[Message] | None]] = {
    "choices": _choices,
    "candidates": _candidates,
    "generations": _generations,
    "output": _output,
    "content": _adk_content,
    "new_messages": messages_of,
}
"""The field of an answer that has its messages, and who reads it."""


def without(value: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """Return the object without some of its fields."""
    return {key: item for key, item in value.items() if key not in keys}
