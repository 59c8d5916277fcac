"""Trace ids as programs write them."""

from __future__ import annotations

from .exceptions import InvalidValueError

HEX_DIGITS = frozenset("0123456789abcdefABCDEF")


def strip_prefix(trace_id: str) -> str:
    """The 32 hex digits of a trace id that may carry MLflow's `tr-`. Raises ValueError for what is none."""
    digits = str(trace_id).strip().removeprefix("tr-").lower()
    if len(digits) != 32 or not HEX_DIGITS.issuperset(digits):
        raise InvalidValueError(f"{trace_id!r} is no trace id: it has 32 hex digits")
    return digits
