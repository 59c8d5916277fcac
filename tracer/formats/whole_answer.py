"""What a model's whole answer tells of itself, as a function returned it: its model, its counts of tokens, its failure.

Answers in chunks are for `answer`; how an answer tells its model and counts is in `store.whole_answers`.
"""

from __future__ import annotations

from typing import Any

from ...store.model.rows import MODEL_CALLS
from ..answers.failures import error_in, failed_finish
from ..answers.fields import get, items
from .gemini import blocked_prompt

_OBJECTS = frozenset({"chat.completion", "text_completion", "response", "list"})
"""What OpenAI's answers say they are; `list` is embeddings."""

_ASKED = ("messages", "input", "prompt", "contents", "inputs")
"""Beside a model, one of these is among what a client's method was given."""


def is_read(answer_id: Any, inputs: Any) -> bool:
    """Whether a call that was given these arguments, by name, asked for an answer by its id, and not a model."""
    if not isinstance(answer_id, str) or type(inputs) is not dict or any(inputs.get(name) for name in _ASKED):
        return False
    kwargs, args = inputs.get("kwargs"), inputs.get("args")
    given = (inputs, kwargs if type(kwargs) is dict else {}, dict(enumerate(args)) if type(args) is list else {})
    return any(answer_id in arguments.values() for arguments in given)


def model_asked_for(inputs: Any, *, is_model_call: bool) -> str | None:
    """The model among the arguments of a call, as the method of a client is given it.

    Unless the span says that it is a model call, the arguments have to look like those of one.
    """
    if type(inputs) is not dict:
        return None
    given = (inputs, *(inner for name in ("kwargs", "body") if type(inner := inputs.get(name)) is dict))
    for arguments in given:
        model = arguments.get("model") or arguments.get("modelId")
        if isinstance(model, str) and model and (is_model_call or any(name in arguments for name in _ASKED)):
            return model
    return None


def failure_of(outputs: dict[str, Any], kind: str) -> str | None:
    """The message of the failure that an answer reports; None for one that succeeded, or is no answer.

    `kind` is that of the span: only of a model call is any object with an `error` an answer.
    """
    error = error_in(outputs)
    if error is not None and (kind in MODEL_CALLS or _is_of_openai(outputs) or outputs.get("type") == "error"):
        return error
    if outputs.get("object") == "response":
        if outputs.get("status") == "failed":
            return "the response failed"
        return failed_finish(get(outputs.get("incomplete_details"), "reason"), has_content=bool(outputs.get("output")))
    if choices := items(outputs.get("choices")):
        told = error_in(choices[0])
        return told or failed_finish(get(choices[0], "finish_reason"), has_content=_has_content(choices[0]))
    if (blocked := blocked_prompt(outputs)) is not None:
        return blocked
    if candidates := items(outputs.get("candidates")):
        parts = items(get(get(candidates[0], "content"), "parts"))
        return failed_finish(get(candidates[0], "finish_reason"), has_content=bool(parts))
    if "stopReason" in outputs and "output" in outputs:
        content = get(get(outputs["output"], "message"), "content")
        return failed_finish(outputs["stopReason"], has_content=bool(content))
    return None


def _has_content(choice: Any) -> bool:
    message = get(choice, "message")
    return any(get(message, part) for part in ("content", "tool_calls", "function_call", "audio", "refusal")) or bool(
        get(choice, "text")
    )


def _is_of_openai(outputs: dict[str, Any]) -> bool:
    """Whether these are an answer of OpenAI's form. One that failed may have no choices, but the entry for them."""
    kind = outputs.get("object")
    return (isinstance(kind, str) and kind in _OBJECTS) or "choices" in outputs
