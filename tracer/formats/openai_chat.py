"""Chunks of OpenAI's chat completions and completions, and of the many servers that imitate them; Mistral's events.

OpenAI: https://platform.openai.com/docs/api-reference/chat-streaming. Reasoning comes as `reasoning_content`
(DeepSeek, Moonshot, Qwen, vLLM), `reasoning` (Groq, OpenRouter, vLLM), `reasoning_details` (OpenRouter) or as a part of
the content (Mistral); an error as `error` of a chunk or of a choice (OpenRouter), or as `x_groq.error` (Groq).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..answers.failures import error_in, error_message
from ..answers.fields import fields, get, has, items, texts
from .tool_fees import note_tool_calls

if TYPE_CHECKING:
    from ..answers.answer import Answer
    from ..answers.choice import Choice

_RARE = frozenset({"reasoning_content", "reasoning", "reasoning_details", "audio", "annotations", "executed_tools"})


def take(answer: Answer, chunk: Any) -> bool | None:
    """Add a chunk: whether it brought content; None for one of another form."""
    choices = get(chunk, "choices")
    if not isinstance(choices, list):
        if isinstance(choices := get(event := get(chunk, "data"), "choices"), list):  # Mistral's events
            chunk = event
        elif get(chunk, "type") == "chunk" and isinstance(choices := get(get(chunk, "chunk"), "choices"), list):
            chunk = get(chunk, "chunk")  # the event of OpenAI's helper
        else:
            return None
    if not _are_of_a_chunk(chunk, choices):
        return None
    if choices:
        answer.turn(get(chunk, "id"), is_last(choices))
    answer.note(chunk)  # the last chunk may hold the usage alone
    has_content = False
    for place, choice in enumerate(choices):
        index = get(choice, "index")
        into = answer.choice(index if type(index) is int else place)
        has_content = _take_delta(answer, into, get(choice, "delta") or choice) or has_content
        of_choice = fields(choice)
        if "error" in of_choice and (error := error_in(choice)) is not None:
            answer.fail(error)
        if "usage" in of_choice:  # Moonshot
            answer.note({"usage": of_choice["usage"]})
        if reason := get(choice, "finish_reason"):
            answer.finish(reason, has_content=not into.is_empty)
    own = fields(chunk)
    if "error" in own or "x_groq" in own:
        told = error_in(chunk) or error_message(get(own.get("x_groq"), "error"))
        if told is not None:
            answer.fail(told)
    return has_content


def is_last(choices: Any) -> bool:
    """Whether the answer is complete with the chunk of these choices: consumers may leave here, nothing is left out.

    Some servers say of every other chunk that its reason to finish is "".
    """
    return isinstance(choices, list) and bool(choices) and bool(get(choices[0], "finish_reason"))


def _take_delta(answer: Answer, into: Choice, delta: Any) -> bool:
    own = fields(delta)
    content = own.get("content")
    has_content = isinstance(content, list)
    for text in (*texts(content or own.get("text")), *texts(own.get("refusal"))):
        into.text.add(text)
        has_content = True
    for call in items(own.get("tool_calls")):
        function = get(call, "function")
        into.take_call(get(call, "index"), get(call, "id"), get(function, "name"), get(function, "arguments"))
        has_content = True
    if function := own.get("function_call"):  # before there were tools
        into.take_call("function_call", None, get(function, "name"), get(function, "arguments"))
        has_content = True
    if isinstance(content, list) or not _RARE.isdisjoint(own):
        for text in _reasoning(own, content):
            into.take_reasoning(text)
            has_content = True
        if own.get("annotations") or own.get("executed_tools"):
            note_tool_calls(answer, {"choices": [{"message": own}]})
        audio = own.get("audio")
        for text in texts(get(audio, "transcript")):
            into.take_transcript(text)
        has_content = has_content or bool(get(audio, "transcript") or get(audio, "data"))
    return has_content


def _reasoning(delta: Mapping[str, Any], content: Any) -> Iterator[str]:
    """What a delta brings of the reasoning; a server that repeats it under several names is read once."""
    for name in ("reasoning_content", "reasoning"):
        if (text := delta.get(name)) and isinstance(text, str):
            yield text
            return
    for detail in items(delta.get("reasoning_details")):
        text = get(detail, "text") or get(detail, "summary")
        if text and isinstance(text, str):
            yield text
    for part in items(content):
        yield from texts(get(part, "thinking"))


def _are_of_a_chunk(chunk: Any, choices: list[Any]) -> bool:
    """Whether these are choices of a stream's chunk, not of a whole completion or a thing of the program's own."""
    if choices:
        return all(has(choice, "delta") or isinstance(get(choice, "text"), str) for choice in choices)
    return any(get(chunk, part) is not None for part in ("usage", "model", "object"))
