"""Failures that providers report inside an HTTP 200: error objects, and reasons to finish that mean a failure.

A refusal by the model, a limit of tokens and a filter that cut an answer short are no failures: the answer is there,
and its reason to finish is kept. A filter that withheld all of it leaves nothing, which is one.
"""

from __future__ import annotations

from typing import Any

from .fields import get, word

CUT_SHORT = "the stream ended without a finish reason"

_FAILED = frozenset({
    *("error", "failed"),  # Mistral, OpenRouter
    *("malformed_function_call", "malformed_response", "unexpected_tool_call", "too_many_tool_calls"),  # Gemini
    *("missing_thought_signature", "image_other", "no_image"),
    *("malformed_model_output", "malformed_tool_use"),  # Bedrock
})  # fmt: skip
"""Reasons to finish of an answer that could not be made, in lower case."""

_WITHHELD = frozenset({
    *("content_filter", "content_filtered", "guardrail_intervened"),  # OpenAI, Bedrock
    *("safety", "recitation", "blocklist", "prohibited_content", "spii", "language", "other"),  # Gemini
    *("image_safety", "image_prohibited_content", "image_recitation"),
})  # fmt: skip
"""Reasons to finish of an answer that a filter stopped, in lower case."""


def failed_finish(reason: Any, *, has_content: bool) -> str | None:
    """The message of a failure that a reason to finish means; None for any other reason."""
    name = word(reason)
    key = name.lower()
    if key in _FAILED or (not has_content and key in _WITHHELD):
        return f"finish reason: {name}"
    return None


def error_message(error: Any) -> str | None:
    """Code or type and message of an error object, as `server_error: it broke`; None for what is none."""
    if error is None or isinstance(error, str):
        return error or None
    message = get(error, "message")
    if not isinstance(message, str) or not message:
        return None
    for name in ("code", "type"):
        label = get(error, name)
        if label and isinstance(label, str | int) and label is not True and label != "error":
            return f"{label}: {message}"
    return message


def error_in(value: Any) -> str | None:
    """The message of the error that an object holds under `error`, which is an object of its own; None without one.

    A string there is left to the program: its own functions return such dicts.
    """
    error = get(value, "error")
    return None if error is None or isinstance(error, str) else error_message(error)
