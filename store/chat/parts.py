"""The parts of a message: text, thinking, tool calls, tool results, images, in the words of each provider."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..text.json_text import decode_or_text
from .media import media_of
from .message import Media, Other, Part, Text, Thinking, ToolCall, ToolResult

_TEXT_TYPES = frozenset(
    {"text", "input_text", "output_text", "refusal", "user-prompt", "system-prompt", "summary_text", "reasoning_text"}
)
_THINKING_TYPES = frozenset({"thinking", "reasoning", "redacted_thinking", "redacted-thinking"})
_CALL_TYPES = frozenset(
    {"tool_use", "tool_call", "tool-call", "function_call", "server_tool_use", "mcp_tool_use", "custom_tool_call"}
    | {"builtin-tool-call", "mcp_call", "server_tool_call"}
)
_RESULT_TYPES = frozenset(
    {"tool_result", "tool_call_response", "tool-result", "function_call_output", "tool-return", "builtin-tool-return"}
    | {"custom_tool_call_output", "server_tool_call_response", "mcp_tool_result", "retry-prompt"}
)

_CALL_IDS = ("tool_call_id", "tool_use_id", "call_id", "toolCallId", "toolUseId", "id")
_NAMES = ("name", "tool_name", "toolName", "tool")
_ARGUMENTS = ("arguments", "args", "input", "tool_kwargs", "parameters")
_RESULTS = ("result", "response", "output", "content", "return_value")


def parts_of(content: Any) -> Iterator[Part]:
    """Yield the parts of the content of a message: a text, a part, or a list of both."""
    if content is None or content == "":
        return
    if isinstance(content, str):
        yield Text(content)
    elif isinstance(content, list | tuple):
        for part in content:
            yield from (one_part(part) if isinstance(part, Mapping) else parts_of(part))
    elif isinstance(content, Mapping):
        yield from one_part(content)
    else:
        yield Other(content)


def one_part(part: Mapping[str, Any]) -> Iterator[Part]:
    """Yield what one part in an object contains: usually one part of our form."""
    kind = part.get("type") or part.get("part_kind") or part.get("block_type") or part.get("kind")
    kind = kind if isinstance(kind, str) else ""
    if kind in _TEXT_TYPES:
        yield Text(_words(_first(part, ("text", "content", "refusal"))))
    elif kind in _THINKING_TYPES:
        yield _thinking(part)
    elif kind in _CALL_TYPES:
        yield call_of(part)
    elif kind in _RESULT_TYPES or kind.endswith("_tool_result"):
        yield result_of(part)
    elif (media := media_of(part)) is not None:
        yield media
    else:
        yield from _untyped(part)


def _untyped(part: Mapping[str, Any]) -> Iterator[Part]:
    """Yield the part of an object whose only key says what it is, as Gemini, Bedrock and ADK write them."""
    call = _first(part, ("function_call", "functionCall", "toolUse", "tool_call"))
    result = _first(part, ("function_response", "functionResponse", "toolResult"))
    reasoning = part.get("reasoningContent", part.get("reasoning_content"))
    text = part.get("text")
    if isinstance(call, Mapping):
        yield call_of(call)
    elif isinstance(result, Mapping):
        yield result_of(result)
    elif reasoning is not None:
        yield Thinking(_words(reasoning))
    elif isinstance(text, str):
        yield Thinking(text) if part.get("thought") is True else Text(text)
    else:
        yield Other(part)


def call_of(call: Mapping[str, Any]) -> ToolCall:
    """Return a tool call in the form of any provider."""
    inner = next(
        (one for key in ("function", "tool_call", "server_tool_call") if isinstance(one := call.get(key), Mapping)),
        call,
    )
    name = _first(inner, _NAMES) or _first(call, _NAMES)
    arguments = _first(inner, _ARGUMENTS)
    if arguments is None and inner is not call:
        arguments = _first(call, _ARGUMENTS)
    if isinstance(arguments, str):
        arguments = decode_or_text(arguments)
    return ToolCall(str(name or ""), arguments, _id(call) or _id(inner))


def result_of(result: Mapping[str, Any], content: Any = None) -> ToolResult:
    """Return the result of a tool call in the form of any provider; `content` if the result has another name."""
    if content is None:
        content = _first(result, _RESULTS)
    if isinstance(content, Mapping) and content.get("type") in ("text", "json") and "value" in content:  # of Vercel
        content = content["value"]
    media: tuple[Media, ...] = ()
    if isinstance(content, list | tuple):
        inner = list(parts_of(content))
        media = tuple(one for one in inner if isinstance(one, Media))
        words = [one for one in inner if not isinstance(one, Media)]
        if words and all(isinstance(one, Text) for one in words):
            content = "\n".join(one.text for one in words if isinstance(one, Text))
        elif len(words) == 1 and isinstance(words[0], Other):
            value = words[0].value
            only = isinstance(value, Mapping) and list(value) == ["json"]
            content = value["json"] if only else value
        elif media and not words:
            content = ""
    is_error = result.get("is_error") is True or result.get("status") in ("error", "incomplete")
    name = _first(result, _NAMES)
    return ToolResult(content, name if isinstance(name, str) else None, _id(result), is_error, media)


def _thinking(part: Mapping[str, Any]) -> Thinking:
    return Thinking(_words(_first(part, ("thinking", "text", "content", "summary", "reasoning"))))


def _words(value: Any) -> str:
    """Return the text of a value that may wrap it in objects and lists."""
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple):
        return "\n".join(filter(None, map(_words, value)))
    if isinstance(value, Mapping):
        return _words(_first(value, ("text", "content", "reasoningText", "thinking", "value")))
    return ""


def _first(value: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    """Return the first value that is there."""
    return next((found for key in keys if (found := value.get(key)) not in (None, "", [])), None)


def _id(value: Mapping[str, Any]) -> str | None:
    additional = value.get("additional_kwargs")
    found = _first({**additional, **value} if isinstance(additional, Mapping) else value, _CALL_IDS)
    return found if isinstance(found, str) else None
