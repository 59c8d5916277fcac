"""Bars of durations on one scale for all visible rows, so that slow traces stand out."""

from __future__ import annotations

from collections.abc import Sequence

from ...store.text.bars import bar

LONGER = "▸"
"""Ends a bar that is longer than the scale."""

_MANY_MEDIANS = 5
"""The scale has room for this many times the median, so that one slow trace does not make all others vanish."""

_STEPS = (10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100)
"""The lengths of a scale, in tenths of a power of ten."""


def scale_of(durations_ns: Sequence[int]) -> int:
    """Returns the length of the scale for bars of these durations: a round number, so that it changes rarely.

    0 without any duration.

    The longest 10 % may be longer than the scale.
    """
    if not durations_ns:
        return 0
    ordered = sorted(durations_ns)
    shown = ordered[-(-len(ordered) * 9 // 10) - 1]
    least_ns = max(10, min(ordered[-1], max(shown, _MANY_MEDIANS * ordered[len(ordered) // 2])))
    power_ns = 10 ** (len(str(least_ns - 1)) - 2) if least_ns > 10 else 1
    return next(tenths * power_ns for tenths in _STEPS if tenths * power_ns >= least_ns)


def duration_bar(duration_ns: int, ttft_ns: int | None, scale_ns: int, width_cells: int) -> str:
    """Returns a bar of at most `width_cells`: thin up to the first token, and thick from then on."""
    if width_cells <= 0 or scale_ns <= 0:
        return ""
    if duration_ns <= scale_ns:
        return bar(0, duration_ns, 0, scale_ns, width_cells, first_token_ns=ttft_ns)[1]
    return bar(0, scale_ns, 0, scale_ns, width_cells - 1, first_token_ns=ttft_ns)[1] + LONGER
