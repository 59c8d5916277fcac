"""The sign of each state: never colour alone."""

from __future__ import annotations

from ...store.model.rows import (
    CANCELLED,
    ERROR,
    LOST,
    NO_STATUS,
    OK,
    RUNNING,
)

GLYPHS = {OK: "✓", NO_STATUS: "✓", ERROR: "✗", CANCELLED: "⊘", RUNNING: "◐", LOST: "?"}

_TURNING = "◐◓◑◒"

_TURN_NS = 250_000_000
"""How long the running sign stands still; a quarter turn at a time."""


def running_glyph(now_ns: int) -> str:
    """The sign of what runs, turning with the clock."""
    return _TURNING[now_ns // _TURN_NS % len(_TURNING)]
