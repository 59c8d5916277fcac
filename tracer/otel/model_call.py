"""What the span of a model call says at its end that its instrumentor does not: the measures of its stream, and whether
the answer reports a failure, which reaches the program with an HTTP 200 and no exception."""

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
"""Attributes in which an instrumentor tells the whole answer of a stream."""

_OUTPUT = ("output.value", "output.mime_type")

_COUNTS = ("llm.token_count.prompt", "llm.token_count.completion", "llm.token_count.total")
"""Of which smolagents' instrumentor says 0 when a stream has told none; no prompt has 0 tokens."""

_KINDS = {
    "openinference.span.kind": ("LLM", "EMBEDDING"),
    "gen_ai.operation.name": ("chat", "text_completion", "generate_content"),
}
"""Where a span tells its kind, and the kinds of a model call."""

_MODEL_CALL = ("llm.invocation_parameters", "gen_ai.provider.name", "gen_ai.system")
"""One of these is on the span of a model call that has not told its kind yet."""

_MOST_CHARS = 262_144
"""Of an answer that is searched for a failure: a longer one has succeeded."""


def is_model_call(span: Span) -> bool:
    """Whether an instrumentor says so by the attributes that are set by now."""
    values = span.attribute_values
    for key, kinds in _KINDS.items():
        if key in values:
            return values[key] in kinds
    return any(key in values for key in _MODEL_CALL)


def keep_first_token(record: Span) -> None:
    """For clients whose streams are not watched: the first chunk, of whatever content, is the best there is."""
    if record.event_list and "llm.ttft_ms" not in record.attribute_values:
        record.set_attribute("llm.ttft_ms", max(0, record.event_list[-1]["time_ns"] - record.start_ns) / 1e6)


def is_unread(record: Span) -> bool:
    """Whether an instrumentor ends the span of a stream, or of a response's body, that is yet to be read."""
    stream: Any = record.stream
    return getattr(stream, "is_unread", False) and (
        isinstance(stream, BodyMeter) or stream.is_handed_on or current_span() is record
    )


def end_with_stream(record: Span, end: Callable[[], None]) -> None:
    """A span that its instrumentor ends within the call that opens a stream: what it says of the answer is none."""
    for key in _OUTPUT:
        record.attribute_values.pop(key, None)
    if record.status_code == OK:
        record.status_code = None
    stream: Any = record.stream
    stream.end_later(end)


def keep_stream(record: Span) -> None:
    """Keep what the meter of a client's stream knows; a stream that nobody read to its end is CANCELLED."""
    stream: Any = record.stream
    if record.attribute_values.get(_COUNTS[0]) == 0:
        for key in _COUNTS:
            record.attribute_values.pop(key, None)
    for key, value in stream.measures().items():
        record.attribute_values.setdefault(key, value)
    if isinstance(stream, BodyMeter) and not str(record.attribute_values.get("output.value", "{")).startswith("{"):
        for key in _OUTPUT:  # of an instrumentor that recorded the response object
            record.attribute_values.pop(key, None)
    if record.outputs_value is UNSET and not any(key in record.attribute_values for key in _ANSWERS):
        record.outputs_value = stream.outputs_so_far()
    for key in _ANSWERS:
        if isinstance(told := record.attribute_values.get(key), str):
            _keep_unsaid(record, stream.answer.first.unsaid, told)
    was_left = record.status_code is None and not getattr(stream, "is_through", True)
    if record.status_code in (None, OK) and (failure := stream.failure(was_left=was_left)) is not None:
        record.status_code, record.status_message = ERROR, failure
    elif was_left:
        record.status_code, record.status_message = CANCELLED, stream.left_message()
    elif record.status_code is None:
        record.status_code = OK


def _keep_unsaid(record: Span, unsaid: dict[str, str], told: str) -> None:
    """Keep as attributes what the model thought and spoke, where the answer of the instrumentor leaves it out."""
    for key, text in unsaid.items():
        if orjson.dumps(text).decode()[1:-1] not in told and text not in told:
            record.attribute_values.setdefault(key, text)


def tell_failure(record: Span) -> None:
    """Make ERROR of the status where the whole answer, as the instrumentor kept it, reports a failure."""
    text = record.attribute_values.get("output.value")
    if not isinstance(text, str) or text[:1] != "{" or len(text) > _MOST_CHARS or not is_model_call(record):
        return
    try:
        answer = orjson.loads(text)
    except ValueError:
        return
    if (failure := failure_of(answer, "LLM")) is not None:
        record.status_code, record.status_message = ERROR, failure
