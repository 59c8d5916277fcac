"""Calls of clients that ask no model, though their instrumentors record them as if they did.

OpenAI's instrumentor records every request: files, batches, lists, stored answers and the state of those that are made
in the background. Anthropic's records the counting of tokens, Google's the reading of an interaction. None of them is
a model call, and the answer that such a call reads is counted once, see `counted_answers`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from opentelemetry.trace import SpanKind

from ....store.conventions.otel_names import KIND
from ... import guard
from ...answers.counted_answers import IS_ELSEWHERE, marks
from ...otel.readable_span import KIND_NAMES
from ...values.snapshot import snapshot

_SPAN_KIND = "openinference.span.kind"
_COUNT = "llm.token_count."
_USAGE = "llm.usage"
_NOT_DESCRIBED = ("thread.run", "interaction")
"""Objects whose tokens instrumentors leave out: runs of OpenAI's assistants, interactions with Google's agents."""

Attributes = Iterator[tuple[str, Any]]


class ReadRequest(dict[str, Any]):
    """The parameters of a request that asks no model; the instrumentor passes them to all that describe the request."""

    kind = KIND_NAMES[SpanKind.CLIENT]


def of_no_model(attributes: Iterable[tuple[str, Any]], kind: str) -> Attributes:
    """The attributes with `kind` in place of the kind of a model call."""
    for key, value in attributes:
        if key == _SPAN_KIND:
            yield (KIND, kind) if kind in KIND_NAMES.values() else (key, kind)
        elif key != "llm.system":
            yield key, value


def counted(attributes: Iterable[tuple[str, Any]], answer: Any, *, is_read: bool) -> Attributes:
    """The attributes of an answer with its marks, and without its tokens where another span has counted them."""
    listed = list(attributes)
    try:
        kind = getattr(answer, "object", None)
        has_usage = any(key.startswith(_COUNT) for key, _ in listed)
        if not has_usage and kind in _NOT_DESCRIBED:
            listed.extend(_model_and_usage(answer))
            has_usage = listed[-1][0] == _USAGE
        marked = marks(
            getattr(answer, "id", None),
            getattr(answer, "status", None),
            is_read=is_read,
            has_usage=has_usage,
            is_of_background=bool(getattr(answer, "background", False)) or kind == "thread.run",
        )
        if IS_ELSEWHERE in marked:
            listed = [(key, value) for key, value in listed if not key.startswith(_COUNT) and key != _USAGE]
        listed.extend(marked.items())
    except Exception:
        guard.fault("counting an answer")
    yield from listed


def _model_and_usage(answer: Any) -> Attributes:
    """The model and the tokens of an answer, the latter last."""
    model, usage = getattr(answer, "model", None), getattr(answer, "usage", None)
    if isinstance(model, str) and model:
        yield "gen_ai.response.model", model
    if usage is not None:
        yield _USAGE, snapshot(usage)
