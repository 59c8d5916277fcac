"""Ids of traces and spans, from a generator of our own.

The host's `random.seed(0)` would otherwise give two runs the same ids (as it does in MLflow).
"""

from __future__ import annotations

import os
import random

from . import clock

_random = random.Random(os.urandom(32))
_bits = _random.getrandbits


def new_trace_key() -> bytes:
    """16 bytes that are not all zero: three of the time, so that traces that begin together lie together in the file's
    index of ids, and thirteen random ones. The W3C's random-trace-id flag asks for seven at the end.
    """
    return ((clock.wall_ns() >> _TICK_BITS & 0xFFFFFF) << 104 | (_bits(104) or 1)).to_bytes(16, "big")


def new_span_key() -> int:
    """A random signed 64-bit integer that is not zero."""
    return (_bits(64) or 1) - _HALF or 1


def chance() -> float:
    """A random number in [0, 1)."""
    return _random.random()


def span_key(number: int) -> int:
    """The signed form of an unsigned 64-bit span id."""
    return number - (1 << 64) if number >= _HALF else number


def span_hex(span_key: int) -> str:
    """16 lowercase hex digits."""
    return f"{span_key & 0xFFFFFFFFFFFFFFFF:016x}"


def seed(value: int | None = None) -> None:
    """Start anew: from the system's randomness, or from `value` so that a test knows the ids."""
    _random.seed(os.urandom(32) if value is None else value)


_HALF = 1 << 63
_TICK_BITS = 24
"""Of a count of nanoseconds: a tick is 17 ms, and they begin anew after three days."""

if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=seed)
