"""Events of Gemini's API of interactions: https://ai.google.dev/api/interactions-api."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..answers.failures import error_in
from ..answers.fields import get, word
from .tool_fees import note_tool_calls

if TYPE_CHECKING:
    from ..answers.answer import Answer

_EVENTS = ("interaction.", "step.")
_THOUGHT = "thought_summary"


def take(answer: Answer, chunk: Any) -> bool | None:
    """Add an event: whether it brought content; None for one of another form."""
    event = word(get(chunk, "event_type"))
    if event == "error":
        answer.fail(error_in({"error": get(chunk, "error")}) or "the interaction failed")
        return False
    if not event.startswith(_EVENTS):
        return None
    if (interaction := get(chunk, "interaction")) is not None:
        answer.note(interaction)
        answer.tells_background = False
        answer.response_id = word(get(interaction, "id")) or answer.response_id
    if event == "interaction.created":
        answer.begin_another()
    elif event == "interaction.completed":
        note_tool_calls(answer, interaction)
        status = word(get(interaction, "status"))
        if status == "failed":
            answer.fail("the interaction failed")
        answer.finish(status, has_content=True)
    return event == "step.delta" and _take_delta(answer, get(chunk, "delta"))


def _take_delta(answer: Answer, delta: Any) -> bool:
    kind = word(get(delta, "type"))
    text = get(get(delta, "content"), "text") if kind == _THOUGHT else get(delta, "text")
    if not isinstance(text, str) or not text:
        return kind == "arguments_delta"
    if kind == _THOUGHT:
        answer.first.take_reasoning(text)
    else:
        answer.first.text.add(text)
    return True
