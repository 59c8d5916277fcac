"""Moments that user code names: kept if a file can hold them, so that no reader meets one that it cannot count with."""

from __future__ import annotations

from typing import Any

from .. import guard

_MOST_NS = 1 << 63
"""Beyond what SQLite holds as an integer; in the year 2262."""


def unix_ns(given: Any) -> int | None:
    """`given` as whole Unix nanoseconds; None for what is no moment, which is said once, and the present stands in."""
    try:
        moment_ns = int(given)
    except Exception:  # not a number, or an object of the host whose own code ran
        moment_ns = -1
    if 0 <= moment_ns < _MOST_NS:
        return moment_ns
    guard.warn("time", f"{given!r:.40} is no time: times are whole nanoseconds since 1970; the present is taken")
    return None
