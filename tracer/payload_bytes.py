"""How much memory the spans that wait hold, so that a file that cannot be written does not fill it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from ..store.rows import SpanRecord
from .values import ATOMS

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
    return sum(map(value_bytes, (span.inputs_value, span.outputs_value, span.attribute_values)))


def value_bytes(value: object, depth: int = 0) -> int:
    """About what a snapshot takes in memory, with what Python's objects take beside their content."""
    if isinstance(value, str):
        return _OBJECT_BYTES + len(value)
    if isinstance(value, dict | list) and depth < 8:
        items = value.values() if isinstance(value, dict) else value
        return _CONTAINER_BYTES + sum(value_bytes(item, depth + 1) + _ENTRY_BYTES for item in items)
    return _OBJECT_BYTES if type(value) in ATOMS else len(getattr(value, "content_bytes", b""))  # of an attachment


_OBJECT_BYTES, _CONTAINER_BYTES, _ENTRY_BYTES = 40, 100, 24
"""Of strings and numbers; of a dict or a list without entries; of an entry."""
