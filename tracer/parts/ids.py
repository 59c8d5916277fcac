"""Ids of traces and spans: new ones, and their text forms.

Ids come from a generator of our own: after `random.seed(0)` in the host, two runs would otherwise have the same ids.
"""

from __future__ import annotations

import os
import random
from typing import Any

from ..exceptions import InvalidValueError
from . import clock

HEX_DIGITS = frozenset("0123456789abcdefABCDEF")
LOWERCASE_HEX_DIGITS = frozenset("0123456789abcdef")

_HALF = 1 << 63
_TICK_BITS = 24
"""One tick is 2**24 ns (17 ms). The time in a trace id has 24 bits of ticks and starts again after three days."""

_random = random.Random(os.urandom(32))
_bits = _random.getrandbits


def new_trace_key() -> bytes:
    """Return 16 bytes, not all zero: three bytes of time, then thirteen random bytes.

    The time keeps traces that start together close together in the file's index of ids. The W3C flag
    random-trace-id asks for seven random bytes at the end.
    """
    return ((clock.wall_ns() >> _TICK_BITS & 0xFFFFFF) << 104 | (_bits(104) or 1)).to_bytes(16, "big")


def new_span_key() -> int:
    """Return a random signed 64-bit integer that is not zero."""
    return (_bits(64) or 1) - _HALF or 1


def random_ratio() -> float:
    """Return a random number in [0, 1)."""
    return _random.random()


def seed(value: int | None = None) -> None:
    """Restart the generator from the system's randomness, or from `value`, so that a test knows the ids."""
    _random.seed(os.urandom(32) if value is None else value)


def signed_span_key(number: int) -> int:
    """Return the signed form of an unsigned 64-bit span id."""
    return number - (1 << 64) if number >= _HALF else number


def span_hex(span_key: int) -> str:
    """Return a span id as 16 lowercase hex digits."""
    return f"{span_key & 0xFFFFFFFFFFFFFFFF:016x}"


def parse_span_id(span_id: str) -> int:
    """Return the key of a span id, 16 hex digits. Raises ValueError for any other text."""
    if len(span_id) != 16 or not HEX_DIGITS.issuperset(span_id):
        raise InvalidValueError(f"{span_id!r} is not a span id: a span id has 16 hex digits")
    return signed_span_key(int(span_id, 16))


def parse_trace_id(trace_id: str) -> str:
    """Return the 32 lowercase hex digits that name a trace in the file. Raises ValueError if `trace_id` has none.

    `trace_id` may have MLflow's prefix `tr-`, a Unity Catalog location (`trace:/catalog.schema/<id>`), or the dashes
    of a UUID.
    """
    text = str(trace_id).strip()
    digits = (text.rpartition("/")[2] if text.startswith("trace:/") else text).removeprefix("tr-").lower()
    if len(digits) == 36 and digits[8:24:5] == "----":
        digits = digits.replace("-", "")
    if not _is_trace_hex(digits):
        raise InvalidValueError(f"{trace_id!r} is not a trace id: a trace id has 32 hex digits")
    return digits


def normalize_trace_id(trace_id: Any) -> str:
    """Return a trace id as an entity holds it: 32 hex digits, or any other text unchanged, such as `tr-custom`.

    Raises ValueError for an empty text and for anything that is not text.
    """
    if not isinstance(trace_id, str) or not trace_id.strip():
        raise InvalidValueError(f"{trace_id!r} is not a trace id")
    digits = trace_id.strip().removeprefix("tr-").lower()
    return digits if _is_trace_hex(digits) else trace_id


def mlflow_trace_id(trace_id: str) -> str:
    """Return a trace id as MLflow's JSON has it: hex digits with the prefix `tr-`, any other text unchanged."""
    return f"tr-{trace_id}" if _is_trace_hex(trace_id) else trace_id


def _is_trace_hex(text: str) -> bool:
    return len(text) == 32 and HEX_DIGITS.issuperset(text)
