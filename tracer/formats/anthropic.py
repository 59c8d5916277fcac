"""Events of Anthropic's messages: https://docs.anthropic.com/en/docs/build-with-claude/streaming."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..answers.fields import get

if TYPE_CHECKING:
    from ..answers.answer import Answer

_PARTS = {
    "message_start": "message",
    "message_delta": "delta",
    "content_block_start": "content_block",
    "content_block_delta": "delta",
}
"""The events, and the part that each has."""

_WITHOUT_CONTENT = frozenset({"ping", "content_block_stop", "message_stop"})


def take(answer: Answer, chunk: Any) -> bool | None:
    """Add an event: whether it brought content; None for one of another form."""
    event = get(chunk, "type")
    if not isinstance(event, str):
        return None
    if (part := _PARTS.get(event)) is None:
        if not answer.has_text or event not in _WITHOUT_CONTENT:
            return None
        if event == "message_stop":
            answer.finish(None, has_content=True)
        return False
    if get(chunk, part) is None:
        return None
    if event == "message_start":
        answer.begin_another()
    if (message := get(chunk, "message")) is not None:
        answer.note(message)
    answer.note(chunk)
    index = get(chunk, "index")
    block, delta = get(chunk, "content_block"), get(chunk, "delta")
    if event == "message_delta" and (reason := get(delta, "stop_reason")):
        answer.finish(reason, has_content=True)
    if str(get(block, "type")).endswith("tool_use"):
        answer.first.take_call(index, get(block, "id"), get(block, "name"), None)
    return _take_block(answer, index, delta if event == "content_block_delta" else block)


def _take_block(answer: Answer, index: Any, part: Any) -> bool:
    if (text := get(part, "text")) and isinstance(text, str):
        answer.first.text.add(text)
        return True
    if arguments := get(part, "partial_json"):
        answer.first.take_call(index, None, None, arguments)
        return True
    thinking = get(part, "thinking")
    if thinking and isinstance(thinking, str):
        answer.first.take_reasoning(thinking)
        return True
    return False
