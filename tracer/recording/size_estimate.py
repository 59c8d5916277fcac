"""Memory of the spans that wait, estimated: a file that cannot be written must not fill the host's memory."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from ..spans.pending_span import PendingSpan
from ..values.size import value_bytes

if TYPE_CHECKING:
    from .commands import Command

_SAMPLED_SPANS = 256


def waiting_bytes(queue: deque[PendingSpan | Command]) -> int:
    """Estimated bytes of payload in the queue, from a sample. Only the thread that removes items may call it."""
    waiting = len(queue)
    places = range(0, waiting, max(1, waiting // _SAMPLED_SPANS))
    items = [queue[place] for place in places]
    sizes = [payload_bytes(item) if isinstance(item, PendingSpan) else 0 for item in items]
    return sum(sizes) * waiting // max(1, len(sizes))


def payload_bytes(span: PendingSpan) -> int:
    """Estimated bytes of the values of a span in memory."""
    return sum(map(value_bytes, (span.inputs_value, span.outputs_value, span.attribute_values)))
