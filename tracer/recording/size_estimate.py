"""How much memory the spans that wait hold, so that a file that cannot be written does not fill it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from ...store.model.rows import SpanRecord
from ..values.size import value_bytes

if TYPE_CHECKING:
    from ..spans.pending_span import PendingSpan
    from .commands import Request

_SAMPLED_SPANS = 256


def waiting_bytes(queue: deque[PendingSpan | Request]) -> int:
    """About how many bytes of payload wait in the queue, judged by a sample; for the thread that takes out of it."""
    waiting = len(queue)
    places = range(0, waiting, max(1, waiting // _SAMPLED_SPANS))
    items = [queue[place] for place in places]
    sizes = [payload_bytes(item) if isinstance(item, SpanRecord) else 0 for item in items]
    return sum(sizes) * waiting // max(1, len(sizes))


def payload_bytes(span: SpanRecord) -> int:
    """About what the values of a span take in memory."""
    return sum(map(value_bytes, (span.inputs_value, span.outputs_value, span.attribute_values)))
