"""Ids and times of backends whose ids need not be those of W3C, and whose times are texts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

from ..exchange.document import FormatError, signed

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def trace_key(id: Any, name: str) -> bytes:
    """Return the 16 bytes of a trace id: of its hex digits or its UUID, else of the digest of the text.

    An id of fewer digits has zeros before them, as in Zipkin and Jaeger. Raises FormatError where there is no id.
    """
    text = _text(id, name)
    return (
        _hex_bytes(text.replace("-", ""), 16) or blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()
    )


def span_key(id: Any, name: str) -> int:
    """Return the id of a span as the trace file stores it: of its hex digits, else of the digest of the text."""
    text = _text(id, name)
    found = _hex_bytes(text, 8) or blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest()
    return signed(int.from_bytes(found))


def iso_ns(value: Any, name: str) -> int:
    """Return Unix nanoseconds of a time in ISO 8601, which is UTC where it names no zone. Raises FormatError."""
    try:
        time = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise FormatError(f"{name} is not a time in ISO 8601: {value!r:.60}") from None
    if time.tzinfo is None:
        time = time.replace(tzinfo=UTC)
    found = (time - _EPOCH) // _MICROSECOND * 1_000
    if not 0 <= found < 1 << 63:
        raise FormatError(f"{name} is not a time since 1970: {value!r:.60}")
    return found


def _text(id: Any, name: str) -> str:
    if isinstance(id, str) and id.strip():
        return id.strip()
    raise FormatError(f"{name} is missing or no text: {id!r:.60}")


def _hex_bytes(text: str, count: int) -> bytes | None:
    if len(text) > 2 * count:
        return None
    try:
        found = bytes.fromhex(text.rjust(2 * count, "0"))
    except ValueError:
        return None
    return found if any(found) else None
