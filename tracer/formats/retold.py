"""Events by which the clients' helpers say again, often with all that came before, what a chunk has just said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..answers.fields import get

if TYPE_CHECKING:
    from ..answers.answer import Answer

_EVENTS = frozenset({
    *("text", "thinking", "signature", "citation", "input_json"),
    *("content.delta", "content.done", "refusal.delta", "refusal.done", "logprobs.content.delta"),
    *("logprobs.content.done", "logprobs.refusal.delta", "logprobs.refusal.done"),
    *("tool_calls.function.arguments.delta", "tool_calls.function.arguments.done"),
})  # fmt: skip


def take(answer: Answer, chunk: Any) -> bool | None:
    """False for such an event within an answer; None for anything else."""
    event = get(chunk, "type")
    return False if answer.has_text and isinstance(event, str) and event in _EVENTS else None
