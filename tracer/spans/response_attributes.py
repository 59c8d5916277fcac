"""Attributes that follow from the inputs and outputs of a span, if these are a model call and its response."""

from __future__ import annotations

from typing import Any

from ...store.conventions.token_counts import has_usage
from ...store.conventions.whole_answers import read_answer
from ...store.model.rows import ERROR, MODEL_CALLS, OK
from ..answers.counted_answers import ANSWER_ID, IS_ELSEWHERE, marks
from ..formats.whole_answer import failure_of, is_read, model_asked_for
from .pending_span import PendingSpan

_COUNTED_AT_ONCE = frozenset({"chat.completion", "response", "interaction"})
"""Types of responses whose usage is in the response to the call that made them, unless made in the background."""


def set_response_attributes(span: PendingSpan, outputs: dict[str, Any]) -> None:
    """Set attributes and status that follow from the outputs of a span that ends. What is set already stays."""
    if span.has_children and span.kind not in MODEL_CALLS:
        return
    found = response_attributes(outputs)
    if found:
        if ANSWER_ID not in span.attribute_values:  # otherwise it is a copy
            found |= _marks(outputs, span.inputs_value, has_usage="llm.usage" in found)
        if IS_ELSEWHERE in found:
            found.pop("llm.usage", None)
    for key, value in found.items():
        span.attribute_values.setdefault(key, value)
    if span.status_code is None and (failure := failure_of(outputs, span.kind)) is not None:
        span.status_code, span.status_message = ERROR, failure


def _marks(outputs: dict[str, Any], inputs: Any, *, has_usage: bool) -> dict[str, Any]:
    response_id = outputs.get("id")
    return marks(
        response_id,
        outputs.get("status"),
        is_read=is_read(response_id, inputs),
        has_usage=has_usage,
        is_of_background=bool(outputs.get("background")) or outputs.get("object") not in _COUNTED_AT_ONCE,
        tells_background=outputs.get("object") != "interaction",
    )


def set_requested_model(span: PendingSpan) -> None:
    """Set the model that the inputs of a span name, unless it is set already."""
    is_model_call = span.kind in MODEL_CALLS or "gen_ai.response.model" in span.attribute_values
    if (is_model_call or span.status_code != OK) and "gen_ai.request.model" not in span.attribute_values:
        model = model_asked_for(span.inputs_value, is_model_call=is_model_call)
        if model is not None:
            span.attribute_values["gen_ai.request.model"] = model


def response_attributes(outputs: dict[str, Any]) -> dict[str, Any]:
    """Return the attributes that outputs imply; none if outputs are not a response in a known format."""
    response = read_answer(outputs)
    if response is None:
        return {}
    found: dict[str, Any] = {}
    if response.usage is not None:
        if has_usage(response.usage):
            found["llm.usage"] = response.usage
        elif response.model is None:
            return {}
    if response.model is not None:
        found["gen_ai.response.model"] = response.model
    return found
