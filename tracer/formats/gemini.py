"""Chunks of Gemini, which have the form of a whole answer: https://ai.google.dev/api/generate-content."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ..answers.fields import get, has, items, word
from ..values.snapshot import snapshot
from .openai_chat import is_last
from .tool_fees import note_tool_calls

if TYPE_CHECKING:
    from ..answers.answer import Answer
    from ..answers.choice import Choice


def take(answer: Answer, chunk: Any) -> bool | None:
    """Add a chunk: whether it brought content; None for one of another form."""
    candidates = get(chunk, "candidates")
    if candidates is None and (blocked := blocked_prompt(chunk)) is not None:
        answer.note(chunk)
        answer.fail(blocked)
        return False
    if not isinstance(candidates, list) or not _are_of_gemini(chunk, candidates):
        return None
    if candidates:
        answer.turn(get(chunk, "response_id"), is_last(candidates))
    answer.note(chunk)
    if (blocked := blocked_prompt(chunk)) is not None:
        answer.fail(blocked)
    has_content = False
    for place, candidate in enumerate(candidates):
        index = get(candidate, "index")
        into = answer.choice(index if type(index) is int else place)
        for part in items(get(get(candidate, "content"), "parts")):
            has_content = _take_part(into, part) or has_content
        if get(candidate, "grounding_metadata") is not None:
            note_tool_calls(answer, {"candidates": [candidate]})
        if reason := get(candidate, "finish_reason"):
            answer.finish(reason, has_content=not into.is_empty)
    return has_content


def blocked_prompt(answer: Any) -> str | None:
    """The message of an answer that tells that the prompt was not let through; None for any other."""
    reason = word(get(get(answer, "prompt_feedback"), "block_reason"))
    return f"the prompt was blocked: {reason}" if reason else None


def _take_part(into: Choice, part: Any) -> bool:
    text, call = get(part, "text"), get(part, "function_call")
    if isinstance(text, str) and text:
        if get(part, "thought"):
            into.take_reasoning(text)
        else:
            into.text.add(text)
        return True
    if call is not None:
        arguments = json.dumps(snapshot(get(call, "args")), default=str)
        into.take_call(None, get(call, "id"), get(call, "name"), arguments)
        return True
    if (image := get(part, "inline_data")) is not None:
        into.take_file(image)
        return True
    return False


def _are_of_gemini(chunk: Any, candidates: list[Any]) -> bool:
    if candidates:
        return all(has(candidate, "content") or has(candidate, "finish_reason") for candidate in candidates)
    return get(chunk, "usage_metadata") is not None
