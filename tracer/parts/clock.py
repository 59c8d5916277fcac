"""The clock, in one place, so that tests can replace it, and the times that user code passes in.

A trace reads the wall clock once, at its start. Every later time in the trace is that start plus a monotonic
difference, so durations never jump with the wall clock. After a laptop has slept, the next trace has the right time
again.
"""

from __future__ import annotations

import time
from typing import Any

from .. import guard

monotonic_ns = time.perf_counter_ns
"""Returns nanoseconds that only grow, from an arbitrary origin."""

wall_ns = time.time_ns
"""Returns nanoseconds of Unix time."""

_END_NS = 1 << 63
"""The first time that a SQLite integer cannot hold, in the year 2262."""


def parse_unix_ns(value: Any) -> int | None:
    """Return `value` as whole Unix nanoseconds. For anything else return None, which means now, and warn once."""
    try:
        time_ns = int(value)
    except Exception:  # not a number, or an object whose own code raised
        time_ns = -1
    if 0 <= time_ns < _END_NS:
        return time_ns
    guard.warn("time", f"{value!r:.40} is not a time in whole nanoseconds since 1970; the present is used instead")
    return None
