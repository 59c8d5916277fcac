"""Time, in one place, so that tests can replace it.

A trace reads the wall clock once, at its start; every later time in it is that plus a monotonic
difference. So durations never jump with the wall clock, and a laptop that slept is right again with the
next trace.
"""

from __future__ import annotations

import time

monotonic_ns = time.perf_counter_ns
"""Nanoseconds that only grow, from an arbitrary origin."""

wall_ns = time.time_ns
"""Nanoseconds of Unix time."""
