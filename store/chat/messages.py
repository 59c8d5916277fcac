"""One message in the form of any provider."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .message import ASSISTANT, SYSTEM, TOOL, USER, Media, Message, Part, Text, Thinking, ToolCall, ToolResult
from .parts import call_of, one_part, parts_of, result_of

_ROLES = {
    **dict.fromkeys(("user", "human", "request"), USER),
    **dict.fromkeys(("assistant", "ai", "model", "chatbot", "response"), ASSISTANT),
    **dict.fromkeys(("system", "developer"), SYSTEM),
    **dict.fromkeys(("tool", "function", "tool-call", "tool-response", "ipython"), TOOL),
}

_LANGCHAIN = {
    "human": USER,
    "ai": ASSISTANT,
    "system": SYSTEM,
    "tool": TOOL,
    "function": TOOL,
    "HumanMessage": USER,
    "AIMessage": ASSISTANT,
    "SystemMessage": SYSTEM,
    "ToolMessage": TOOL,
    "HumanMessageChunk": USER,
    "AIMessageChunk": ASSISTANT,
    "ToolMessageChunk": TOOL,
}
"""The types of LangChain's messages; as constructors, the names of their classes."""

_PYDANTIC_ROLES = {"system-prompt": SYSTEM, "tool-return": TOOL, "builtin-tool-return": TOOL, "retry-prompt": TOOL}
"""The roles of the parts of a request of Pydantic AI; other parts are the user's."""

_ITEMS = frozenset(
    {"function_call", "function_call_output", "reasoning", "custom_tool_call", "custom_tool_call_output", "mcp_call"}
)
"""The items of OpenAI's responses that stand beside messages."""

_CONTENT = ("content", "parts", "contents", "blocks", "text", "tool_plan")
"""Where the words of a message are, best first."""

_THOUGHTS = ("reasoning_content", "reasoning", "thinking")
"""Where a message has what the model thought, beside its content."""

_BARE = frozenset({"content", "tool_calls", "finish_reason", "refusal", "audio", "function_call", "annotations"})
"""The keys of an answer without a role."""


def message_of(value: Any, *, bare_role: str | None = None) -> Message | None:
    """Return the message that a value is; None for any other value.

    With `bare_role`, an object with the content of a message and without a role is a message of that role.
    """
    if not isinstance(value, Mapping):
        return None
    if isinstance(inner := value.get("message"), Mapping) and "role" not in value:
        found = message_of(inner, bare_role=bare_role)
        if found is None or len(value) == 1:
            return found
        others = {key: item for key, item in value.items() if key != "message"}
        return Message(found.role, found.parts, found.name, {**found.rest, **others})
    kwargs = value.get("kwargs")
    if "lc" in value and isinstance(kwargs, Mapping):
        path = value.get("id")
        role = _LANGCHAIN.get(str(path[-1])) if isinstance(path, list) and path else None
        return None if role is None else _message(kwargs, role, ("type",))
    kind = value.get("type")
    role = value.get("role")
    if isinstance(role, str) and role:
        if role.lower() in _ROLES or any(key in value for key in _CONTENT) or "tool_calls" in value:
            return _message(value, role, ("role", *(("type",) if kind == "message" else ())))
        return None
    if isinstance(kind, str):
        if (role := _LANGCHAIN.get(kind)) is not None and "content" in value:
            return _message(value, role, ("type",))
        if kind in _ITEMS:
            parts = tuple(one_part(value))
            return Message(TOOL if isinstance(parts[0], ToolResult) else ASSISTANT, parts)
    if bare_role is not None and value and _BARE.issuperset(value) and not {"content", "tool_calls"}.isdisjoint(value):
        return _message(value, bare_role, ())
    return None


def messages_of(values: Any, *, bare_role: str | None = None) -> list[Message] | None:
    """Return the messages of a list in which every item is one; None for any other value.

    An item can be a text, which is a message of the user if the other items are messages, and a pair of role and text.
    """
    if not isinstance(values, list | tuple) or not values:
        return None
    if all(isinstance(one, list | tuple) for one in values) and not isinstance(
        values[0][0] if values[0] else None, str
    ):
        batches = [messages_of(one, bare_role=bare_role) for one in values]  # LangChain's batches
        found = [message for batch in batches if batch is not None for message in batch]
        return found if None not in batches else None
    messages: list[Message] = []
    for value in values:
        if several := _of_pydantic(value):
            messages += several
        elif (message := _pair(value) or message_of(value, bare_role=bare_role)) is not None:
            messages.append(message)
        else:
            return None
    return messages


def _pair(value: Any) -> Message | None:
    if isinstance(value, list | tuple) and len(value) == 2 and isinstance(value[0], str):
        role = _ROLES.get(value[0].lower())
        return None if role is None else Message(role, tuple(parts_of(value[1])))
    return None


def _message(value: Mapping[str, Any], role: str, used: tuple[str, ...]) -> Message:
    role = _ROLES.get(role.lower(), role)
    place = next((key for key in _CONTENT if value.get(key) not in (None, "", [])), None)
    content = None if place is None else value[place]
    taken = {*used, *((place,) if place else ())}
    parts: list[Part] = []
    if (thought := next((key for key in _THOUGHTS if isinstance(value.get(key), str)), None)) is not None:
        taken.add(thought)
        parts.append(Thinking(value[thought]))
    said = list(parts_of(content))
    if role == TOOL and not any(isinstance(part, ToolResult) for part in said):
        said = [result_of(value, content)]
        taken |= {"tool_call_id", "name", "is_error", "status"}
    parts += said
    known = {part.id for part in said if isinstance(part, ToolCall) and part.id}
    for key, call in _calls(value):
        taken.add(key)
        if (found := call_of(call)).id not in known:
            parts.append(found)
    if parts and role == USER and all(isinstance(part, ToolResult) for part in parts):
        role = TOOL
    name = value.get("name") if "name" not in taken else None
    name = name if isinstance(name, str) and name else None
    if name is not None:
        taken.add("name")
    rest = {key: item for key, item in value.items() if key not in taken and item not in (None, "", [], {})}
    return Message(role, tuple(parts), name, rest)


def _calls(value: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the tool calls of a message that stand beside its content, each with the key that has it."""
    additional = value.get("additional_kwargs")
    for key, calls in (
        ("tool_calls", value.get("tool_calls")),
        ("function_call", [value.get("function_call")]),
        ("additional_kwargs", additional.get("tool_calls") if isinstance(additional, Mapping) else None),
    ):
        found = [call for call in calls if isinstance(call, Mapping)] if isinstance(calls, list) else []
        yield from ((key, call) for call in found)
        if found:
            return


def _of_pydantic(value: Any) -> list[Message]:
    """Return the messages in a request or response of Pydantic AI: one for each run of parts of the same role."""
    if not isinstance(value, Mapping) or value.get("kind") not in ("request", "response"):
        return []
    parts = value.get("parts")
    runs: list[tuple[str, list[Part]]] = []
    for part in parts if isinstance(parts, list) else ():
        kind = part.get("part_kind") if isinstance(part, Mapping) else None
        if not isinstance(kind, str):
            return []
        role = ASSISTANT if value["kind"] == "response" else _PYDANTIC_ROLES.get(kind, USER)
        if not runs or runs[-1][0] != role:
            runs.append((role, []))
        runs[-1][1].extend(one_part(part))
    return [Message(role, tuple(found)) for role, found in runs]


def has_words(message: Message) -> bool:
    """Whether a message has text or an image: it is not only a tool call, a tool result or thinking."""
    return any(isinstance(part, Media) or (isinstance(part, Text) and part.text.strip()) for part in message.parts)
