"""The attributes of a span that follow from its inputs and outputs, where these are a model call and its answer."""

from __future__ import annotations

from typing import Any

from ...store.model.rows import ERROR, MODEL_CALLS, OK
from ..answers.counted_answers import ANSWER_ID, IS_ELSEWHERE, marks
from ..formats.whole_answer import failure_of, is_read, model_asked_for
from .pending_span import PendingSpan

_TOLD_AT_ONCE = frozenset({"chat.completion", "response", "interaction"})
"""Those of them that tell their tokens to the call which asks for them, but for responses made in the background."""


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


def tell_model(span: PendingSpan) -> None:
    """Set the model that a span which ends was asked for, where it does not say."""
    is_model_call = span.kind in MODEL_CALLS or "gen_ai.response.model" in span.attribute_values
    if (is_model_call or span.status_code != OK) and "gen_ai.request.model" not in span.attribute_values:
        model = model_asked_for(span.inputs_value, is_model_call=is_model_call)
        if model is not None:
            span.attribute_values["gen_ai.request.model"] = model


def told_by(outputs: dict[str, Any]) -> dict[str, Any]:
    """The attributes of a span whose outputs these are; none if they are no answer in a form that is known."""
    from ...store.conventions.token_counts import has_usage
    from ...store.conventions.whole_answers import read_answer

    answer = read_answer(outputs)
    if answer is None:
        return {}
    told: dict[str, Any] = {}
    if answer.usage is not None:
        if has_usage(answer.usage):
            told["llm.usage"] = answer.usage
        elif answer.model is None:
            return {}
    if answer.model is not None:
        told["gen_ai.response.model"] = answer.model
    return told
