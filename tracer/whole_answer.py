"""What a model's whole answer tells of itself, as a function returned it: its model, its counts of tokens, its failure.

Answers in chunks are for `answer`; how an answer tells its model and counts is in `store.whole_answers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..store.rows import ERROR, MODEL_CALLS, OK
from .counted_answers import ANSWER_ID, IS_ELSEWHERE, marks
from .formats.failures import error_in, failed_finish
from .formats.fields import get, items
from .formats.gemini import blocked_prompt

if TYPE_CHECKING:
    from .pending_span import PendingSpan

_OBJECTS = frozenset({"chat.completion", "text_completion", "response", "list"})
"""What OpenAI's answers say they are; `list` is embeddings."""

_TOLD_AT_ONCE = frozenset({"chat.completion", "response", "interaction"})
"""Those of them that tell their tokens to the call which asks for them, but for responses made in the background."""

_ASKED = ("messages", "input", "prompt", "contents", "inputs")
"""Beside a model, one of these is among what a client's method was given."""


def may_tell(outputs: dict[str, Any]) -> bool:
    """Whether it is worth a closer look; quick to answer."""
    return (
        "usage" in outputs
        or "usage_metadata" in outputs
        or "model" in outputs
        or "error" in outputs
        or "meta" in outputs
    )


def tell(span: PendingSpan, outputs: dict[str, Any]) -> None:
    """Set what the outputs of a span that ends tell, where the span does not say otherwise."""
    if span.has_children and span.kind not in MODEL_CALLS:
        return
    told = told_by(outputs)
    if told:
        if ANSWER_ID not in span.attribute_values:  # else it is a copy
            told |= _marks(outputs, span.inputs_value, has_usage="llm.usage" in told)
        if IS_ELSEWHERE in told:
            told.pop("llm.usage", None)
    for key, value in told.items():
        span.attribute_values.setdefault(key, value)
    if span.status_code is None and (failure := failure_of(outputs, span.kind)) is not None:
        span.status_code, span.status_message = ERROR, failure


def _marks(outputs: dict[str, Any], inputs: Any, *, has_usage: bool) -> dict[str, Any]:
    answer_id = outputs.get("id")
    return marks(
        answer_id,
        outputs.get("status"),
        is_read=is_read(answer_id, inputs),
        has_usage=has_usage,
        is_of_background=bool(outputs.get("background")) or outputs.get("object") not in _TOLD_AT_ONCE,
    )


def is_read(answer_id: Any, inputs: Any) -> bool:
    """Whether a call that was given these arguments, by name, asked for an answer by its id, and not a model."""
    if not isinstance(answer_id, str) or type(inputs) is not dict or any(inputs.get(name) for name in _ASKED):
        return False
    kwargs, args = inputs.get("kwargs"), inputs.get("args")
    given = (inputs, kwargs if type(kwargs) is dict else {}, dict(enumerate(args)) if type(args) is list else {})
    return any(answer_id in arguments.values() for arguments in given)


def tell_model(span: PendingSpan) -> None:
    """Set the model that a span which ends was asked for, where it does not say."""
    is_model_call = span.kind in MODEL_CALLS or "gen_ai.response.model" in span.attribute_values
    if (is_model_call or span.status_code != OK) and "gen_ai.request.model" not in span.attribute_values:
        model = model_asked_for(span.inputs_value, is_model_call=is_model_call)
        if model is not None:
            span.attribute_values["gen_ai.request.model"] = model


def told_by(outputs: dict[str, Any]) -> dict[str, Any]:
    """The attributes of a span whose outputs these are; none if they are no answer in a form that is known."""
    from ..store.token_counts import tells_any
    from ..store.whole_answers import told_by as told_by_answer

    answer = told_by_answer(outputs)
    if answer is None:
        return {}
    told: dict[str, Any] = {}
    if answer.usage is not None:
        if tells_any(answer.usage):
            told["llm.usage"] = answer.usage
        elif answer.model is None:
            return {}
    if answer.model is not None:
        told["gen_ai.response.model"] = answer.model
    return told


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
