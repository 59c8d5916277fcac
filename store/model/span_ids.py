"""Span ids: the file stores 8 bytes as a signed integer, people and W3C headers see 16 hex digits."""

from __future__ import annotations


def span_hex(span_id: int) -> str:
    """Return a span id as 16 lowercase hex digits."""
    return f"{span_id & 0xFFFF_FFFF_FFFF_FFFF:016x}"
