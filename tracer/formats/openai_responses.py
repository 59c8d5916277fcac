"""Events of OpenAI's Responses API: https://platform.openai.com/docs/api-reference/responses-streaming."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..answers.failures import error_in
from ..answers.fields import get, word
from .tool_fees import note_tool_calls

if TYPE_CHECKING:
    from ..answers.answer import Answer

_EVENT = re.compile(
    r"response\.(?:created|queued|in_progress|completed|failed|incomplete|cancelled|output_item|content_part"
    r"|output_text|refusal"
    r"|function_call_arguments|custom_tool_call_input|mcp_call_arguments|mcp_call|mcp_list_tools|file_search_call"
    r"|web_search_call|image_generation_call|code_interpreter_call_code|code_interpreter_call|audio|reasoning"
    r"|reasoning_text|reasoning_summary_part|reasoning_summary_text|reasoning_summary)(?:\.|\Z)"
)
LAST = frozenset({"response.completed", "response.failed", "response.incomplete", "response.cancelled"})
"""Events after which nothing follows."""

_TEXT = frozenset({"response.output_text.delta", "response.refusal.delta"})
_ARGUMENTS = frozenset({"response.function_call_arguments.delta", "response.custom_tool_call_input.delta"})
_REASONING = frozenset({"response.reasoning_text.delta", "response.reasoning_summary_text.delta"})
_TRANSCRIPT = "response.audio.transcript.delta"


def take(answer: Answer, chunk: Any) -> bool | None:
    """Add an event: whether it brought content; None for one of another form."""
    event = word(get(chunk, "type"))
    if not event.startswith("response.") or _EVENT.match(event) is None:
        return None
    if event == "response.created":
        answer.begin_another()
    if (response := get(chunk, "response")) is not None:
        answer.note(response)
        answer.response_id = word(get(response, "id")) or answer.response_id
        answer.is_of_background = bool(get(response, "background"))
    if event in LAST:
        note_tool_calls(answer, response)
        _end(answer, event, response)
        return False
    item = get(chunk, "item")
    if event == "response.output_item.added" and get(item, "type") in ("function_call", "custom_tool_call"):
        answer.first.take_call(get(item, "id"), get(item, "call_id"), get(item, "name"), None)
    delta = get(chunk, "delta")
    if not event.endswith(".delta") or not delta or not isinstance(delta, str):
        return False
    if event in _TEXT:
        answer.first.text.add(delta)
    elif event in _ARGUMENTS:
        answer.first.take_call(get(chunk, "item_id"), None, None, delta)
    elif event in _REASONING:
        answer.first.take_reasoning(delta)
    elif event == _TRANSCRIPT:
        answer.first.take_transcript(delta)
    return True


def _end(answer: Answer, event: str, response: Any) -> None:
    reason = event.removeprefix("response.")
    if reason == "failed":
        answer.fail(error_in(response) or "the response failed")
    details = get(get(response, "incomplete_details"), "reason") if reason == "incomplete" else None
    answer.finish(details or reason, has_content=bool(get(response, "output")) or not answer.first.is_empty)
