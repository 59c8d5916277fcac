"""Errors in the middle of a stream, whose first events came with an HTTP 200.

An object under `error`: Anthropic's event `error`, and what OpenRouter and others send in place of a chunk; or flat,
as the event `error` of OpenAI's Responses API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..answers.failures import error_in, error_message
from ..answers.fields import get, has

if TYPE_CHECKING:
    from ..answers.answer import Answer


def take(answer: Answer, chunk: Any) -> bool | None:
    """False for an error; None for anything else, such as a program's own dict without a code or type of its error."""
    message = error_in(chunk)
    if message is not None:
        error = get(chunk, "error")
        is_error = answer.has_text or bool(get(error, "code") or get(error, "type"))
    else:
        is_error = get(chunk, "type") == "error" and (answer.has_text or has(chunk, "sequence_number"))
        message = error_message(chunk) if is_error else None
    if message is None or not is_error:
        return None
    answer.fail(message)
    return False
