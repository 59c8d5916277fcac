"""How much memory the spans that wait hold, so that a file that cannot be written does not fill it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from ..store.rows import SpanRecord
from .attachment import Attachment

if TYPE_CHECKING:
    from .request import Request
    from .span import Span

_SAMPLED_SPANS = 256


def waiting_bytes(queue: deque[Span | Request]) -> int:
    """About how many bytes of payload wait in the queue, judged by a sample; for the thread that takes out of it."""
    waiting = len(queue)
    places = range(0, waiting, max(1, waiting // _SAMPLED_SPANS))
    items = [queue[place] for place in places]
    sizes = [payload_bytes(item) if isinstance(item, SpanRecord) else 0 for item in items]
    return sum(sizes) * waiting // max(1, len(sizes))


def payload_bytes(span: SpanRecord) -> int:
    """About what the values of a span take in memory."""
    return _bytes(span.inputs_value) + _bytes(span.outputs_value) + _bytes(span.attribute_values)


def _bytes(value: object, depth: int = 0) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict | list) and depth < 8:
        return sum(_bytes(item, depth + 1) + 16 for item in (value.values() if isinstance(value, dict) else value))
    if isinstance(value, Attachment):
        return len(value.content_bytes)
    return 8
