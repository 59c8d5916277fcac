"""Fields of the lines of a transcript, whose form no vendor promises: whatever is not as expected is absent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from ..exchange.document import signed

Line = Mapping[str, Any]


def time_ns(line: Line) -> int | None:
    """Return the timestamp of a line, ISO 8601 with a zone, in Unix nanoseconds; None if there is none."""
    stamp = line.get("timestamp")
    if not isinstance(stamp, str):
        return None
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    whole = int(moment.replace(microsecond=0).timestamp())
    return whole * 1_000_000_000 + moment.microsecond * 1_000


def mapping(value: Any) -> Line:
    """Return an object, and an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def entries(value: Any) -> list[Line]:
    """Return the objects of a list; none for anything else."""
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def text(value: Any) -> str:
    """Return a string, and the empty one for anything else."""
    return value if isinstance(value, str) else ""


def count(value: Any) -> int:
    """Return a count of tokens, 0 for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def trace_key(*names: str) -> bytes:
    """Return the id of a trace, the same for the same names each time."""
    return _digest(names, 16)


def span_key(*names: str) -> int:
    """Return the id of a span, the same for the same names each time."""
    return signed(int.from_bytes(_digest(names, 8)) or 1)


def _digest(names: tuple[str, ...], size: int) -> bytes:
    return blake2b("\0".join(names).encode(errors="surrogatepass"), digest_size=size).digest()
