"""Events of the runs of OpenAI's assistants: https://platform.openai.com/docs/api-reference/assistants-streaming."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..answers.failures import error_in
from ..answers.fields import get, items, word

if TYPE_CHECKING:
    from ..answers.answer import Answer

_RUN = "thread.run."
_STEP = "thread.run.step."
_LAST = frozenset({"completed", "incomplete", "failed", "cancelled", "expired", "requires_action"})


def take(answer: Answer, chunk: Any) -> bool | None:
    """Add an event: whether it brought content; None for one of another form."""
    event = word(get(chunk, "event"))
    if not event.startswith("thread."):
        return None
    data = get(chunk, "data")
    if event.startswith(_RUN) and not event.startswith(_STEP):
        answer.note(data)
        answer.response_id = word(get(data, "id")) or answer.response_id
        answer.is_of_background = True
        state = event.removeprefix(_RUN)
        if state == "failed":
            answer.fail(error_in({"error": get(data, "last_error")}) or "the run failed")
        if state in _LAST:
            answer.finish(state, has_content=True)
        return False
    has_content = False
    if event == "thread.message.delta":
        for part in items(get(get(data, "delta"), "content")):
            if text := get(get(part, "text"), "value"):
                answer.first.text.add(text)
                has_content = True
    return has_content
