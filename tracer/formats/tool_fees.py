"""Calls of a provider's own tools in the chunks of a stream: the fees of these are not in the price of the tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..answers.answer import Answer


def note_tool_calls(answer: Answer, part: Any) -> None:
    """Count the calls in what has the form of a whole answer; what a later chunk says of them says all of them."""
    # what few programs need costs none the time to import it
    from ...store.conventions.built_in_tools import KEY, calls_in_answer

    if calls := calls_in_answer(part):
        answer.note({"usage": {KEY: calls}})
