"""The turning sign of a running span or trace."""

from __future__ import annotations

_TURNING = "◐◓◑◒"

_TURN_NS = 250_000_000
"""The time of a quarter turn."""


def running_glyph(now_ns: int) -> str:
    """The sign of a running span at a time: it turns with the clock."""
    return _TURNING[now_ns // _TURN_NS % len(_TURNING)]
