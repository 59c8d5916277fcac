"""The chat in the inputs or outputs of a span, in the form of any provider.

Reads OpenAI's chat and responses and what is compatible, Anthropic, Gemini with ADK, Bedrock, Cohere, Mistral, Ollama,
the messages of OpenTelemetry's GenAI conventions, OpenInference, MLflow, LangChain with LangGraph, LlamaIndex,
Pydantic AI, smolagents and Vercel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .answers import answer_chat, without
from .message import ASSISTANT, SYSTEM, USER, Chat, Message, Part, ToolResult
from .messages import message_of, messages_of
from .parts import parts_of
from .tools import tools_in

_LISTS = ("messages", "contents", "input", "chat_history", "new_messages", "request_messages")
"""Where a request has its messages."""

_SYSTEMS = ("system", "system_instructions", "system_instruction", "systemInstruction", "instructions", "system_prompt")
_TOOLS = ("tools", "toolConfig", "tool_config", "functions", "request_tools")
_WRAPPERS = ("request", "body", "kwargs", "inputs", "input", "params", "payload", "state", "data", "args", "response")
"""Where functions keep a request."""


def chat_of(payload: Any, *, is_answer: bool = False) -> Chat | None:
    """Return the chat in a decoded payload; None for a payload without messages.

    `is_answer` says that the payload is the outputs of a span: a message without a role is then the assistant's.
    """
    chat = _chat(payload, is_answer, 2)
    return None if chat is None else replace(chat, messages=_with_names(chat.messages))


def _chat(payload: Any, is_answer: bool, levels: int) -> Chat | None:
    bare_role = ASSISTANT if is_answer else None
    if isinstance(payload, list | tuple):
        messages = messages_of(payload, bare_role=bare_role)
        return None if messages is None else Chat(messages)
    if not isinstance(payload, Mapping):
        return None
    for read in (answer_chat, _request):
        if (chat := read(payload)) is not None:
            return chat
    if (message := message_of(payload, bare_role=bare_role)) is not None:
        return Chat([message])
    for key in _WRAPPERS if levels else ():
        inner = payload.get(key)
        if isinstance(inner, Mapping | list | tuple) and (chat := _chat(inner, is_answer, levels - 1)) is not None:
            return replace(chat, rest={**without(payload, key), **chat.rest})
    return None


def _request(payload: Mapping[str, Any]) -> Chat | None:
    for key in _LISTS:
        value = payload.get(key)
        messages = messages_of(value) if isinstance(value, list | tuple) else None
        if messages is None and key == "contents" and value:  # of Gemini: also a text, a message, a list of parts
            messages = _contents(value)
        if messages is None and key == "input" and isinstance(value, str) and "instructions" in payload:
            messages = [Message(USER, tuple(parts_of(value)))]
        if messages is not None:
            return _with_system_and_tools(payload, key, messages)
    return None


def _contents(value: Any) -> list[Message] | None:
    if isinstance(value, Mapping):
        found = message_of(value)
        return None if found is None else [found]
    if not isinstance(value, str) and not isinstance(value, list | tuple):
        return None
    messages: list[Message] = []
    for one in [value] if isinstance(value, str) else value:
        found = message_of(one)
        messages.append(Message(USER, tuple(parts_of(one))) if found is None else found)
    return messages


def _with_system_and_tools(payload: Mapping[str, Any], used: str, messages: list[Message]) -> Chat:
    taken = {used}
    config = payload.get("config")
    places = [payload, config] if isinstance(config, Mapping) else [payload]
    systems: list[Message] = []
    tools = []
    for place in places:
        for key in _SYSTEMS:
            if place.get(key) and (parts := _system_parts(place[key])):
                systems.append(Message(SYSTEM, parts))
                taken.add(key)
        for key in _TOOLS:
            if place.get(key) and (found := tools_in(place[key])):
                tools += found
                taken.add(key)
    rest = {key: value for key, value in payload.items() if key not in taken and value is not None}
    if isinstance(config, Mapping):
        rest["config"] = {key: value for key, value in config.items() if key not in taken}
        if not rest["config"]:
            del rest["config"]
    return Chat([*systems, *messages], tools, rest)


def _system_parts(value: Any) -> tuple[Part, ...]:
    if isinstance(value, Mapping) and isinstance(value.get("parts"), list):  # of Gemini
        value = value["parts"]
    return tuple(parts_of(value))


def _with_names(messages: Sequence[Message]) -> list[Message]:
    """Return the messages with the name of the tool in each result that only has the id of its call."""
    names: dict[str, str] = {}
    named = []
    for message in messages:
        for call in message.calls:
            if call.id is not None:
                names[call.id] = call.name
        if any(isinstance(part, ToolResult) and part.name is None and part.id in names for part in message.parts):
            parts = tuple(
                replace(part, name=names.get(part.id or ""))
                if isinstance(part, ToolResult) and part.name is None
                else part
                for part in message.parts
            )
            message = replace(message, parts=parts)
        named.append(message)
    return named
