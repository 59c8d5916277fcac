"""How much memory the spans that wait hold, so that a file that cannot be written does not fill it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .attachment import Attachment

if TYPE_CHECKING:
    from ..store.rows import SpanRecord


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
