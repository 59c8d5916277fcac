"""What the span of a model call needs at its end beside what its instrumentor sets.

That is the measures of its stream, and the status of an answer that reports a failure: such an answer reaches the
program with an HTTP 200 and no exception.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from ...store.model.rows import CANCELLED, ERROR, OK, UNSET
from ..formats.whole_answer import failure_of
from ..spans.current import current_span
from ..spans.span import Span
from ..streams.body_meter import BodyMeter

_ANSWERS = ("output.value", "gen_ai.output.messages")
"""Attributes in which instrumentors keep the whole answer of a stream."""

_OUTPUT = ("output.value", "output.mime_type")

_COUNTS = ("llm.token_count.prompt", "llm.token_count.completion", "llm.token_count.total")
"""Counts that smolagents' instrumentor sets to 0 for a stream without counts; no prompt has 0 tokens."""

_KINDS = {
    "openinference.span.kind": ("LLM", "EMBEDDING"),
    "gen_ai.operation.name": ("chat", "text_completion", "generate_content"),
}
"""Attributes that hold the kind of a span, and the kinds of a model call."""

_MODEL_CALL = ("llm.invocation_parameters", "gen_ai.provider.name", "gen_ai.system")
"""Attributes of which a model call has one before the instrumentor sets its kind."""

_MOST_CHARS = 262_144
"""Longer answers are not searched for a failure: they have succeeded."""


def is_model_call(span: Span) -> bool:
    """Whether the attributes that are set by now are those of a model call."""
    values = span.attribute_values
    for key, kinds in _KINDS.items():
        if key in values:
            return values[key] in kinds
    return any(key in values for key in _MODEL_CALL)


def keep_first_token(record: Span) -> None:
    """Set the time to the first token from the event of the first chunk, for clients whose streams are not measured."""
    if record.event_list and "llm.ttft_ms" not in record.attribute_values:
        record.set_attribute("llm.ttft_ms", max(0, record.event_list[-1]["time_ns"] - record.start_ns) / 1e6)


def is_unread(record: Span) -> bool:
    """Whether the span has a stream, or the body of a response, that the program has yet to read."""
    stream: Any = record.stream
    return getattr(stream, "is_unread", False) and (
        isinstance(stream, BodyMeter) or stream.is_handed_on or current_span() is record
    )


def end_with_stream(record: Span, end: Callable[[], None]) -> None:
    """End a span with its stream, though its instrumentor ends it when the stream is opened; drop the answer so far."""
    for key in _OUTPUT:
        record.attribute_values.pop(key, None)
    if record.status_code == OK:
        record.status_code = None
    stream: Any = record.stream
    stream.end_later(end)


def keep_stream(record: Span) -> None:
    """Set the measures, the answer and the status of a stream; one that was not read to its end is CANCELLED."""
    stream: Any = record.stream
    if record.attribute_values.get(_COUNTS[0]) == 0:
        for key in _COUNTS:
            record.attribute_values.pop(key, None)
    for key, value in stream.measures().items():
        record.attribute_values.setdefault(key, value)
    if isinstance(stream, BodyMeter) and not str(record.attribute_values.get("output.value", "{")).startswith("{"):
        for key in _OUTPUT:  # the instrumentor recorded the response object
            record.attribute_values.pop(key, None)
    if record.outputs_value is UNSET and not any(key in record.attribute_values for key in _ANSWERS):
        record.outputs_value = stream.outputs_so_far()
    for key in _ANSWERS:
        if isinstance(answer := record.attribute_values.get(key), str):
            _set_unsaid(record, stream.answer.first.unsaid, answer)
    was_left = record.status_code is None and not getattr(stream, "is_through", True)
    if record.status_code in (None, OK) and (failure := stream.failure(was_left=was_left)) is not None:
        record.status_code, record.status_message = ERROR, failure
    elif was_left:
        record.status_code, record.status_message = CANCELLED, stream.left_message()
    elif record.status_code is None:
        record.status_code = OK


def _set_unsaid(record: Span, unsaid: dict[str, str], answer: str) -> None:
    """Set attributes for the thoughts and the speech of a model that the instrumentor's answer lacks."""
    for key, text in unsaid.items():
        if orjson.dumps(text).decode()[1:-1] not in answer and text not in answer:
            record.attribute_values.setdefault(key, text)


def set_failure(record: Span) -> None:
    """Set ERROR if the whole answer, as the instrumentor kept it, reports a failure."""
    text = record.attribute_values.get("output.value")
    if not isinstance(text, str) or text[:1] != "{" or len(text) > _MOST_CHARS or not is_model_call(record):
        return
    try:
        answer = orjson.loads(text)
    except ValueError:
        return
    if (failure := failure_of(answer, "LLM")) is not None:
        record.status_code, record.status_message = ERROR, failure
