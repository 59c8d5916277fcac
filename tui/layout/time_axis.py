"""The time axis above the bars: a range that grows in steps, with ticks at 1, 2 or 5 times a power of ten."""

from __future__ import annotations

from typing import NamedTuple

_SECOND_NS = 1_000_000_000
_MINUTE_NS = 60 * _SECOND_NS
_HOUR_NS = 60 * _MINUTE_NS
_DAY_NS = 24 * _HOUR_NS

_UNITS = (
    (_DAY_NS, "d"),
    (_HOUR_NS, "h"),
    (_MINUTE_NS, "m"),
    (_SECOND_NS, "s"),
    (1_000_000, "ms"),
    (1_000, "µs"),
    (1, "ns"),
)

_GROWTH = (10, 12, 15, 20, 25, 30, 40, 50, 60, 80)
"""The ranges of a running trace, in tenths of a power of ten. Small steps keep bars long; steps keep redraws rare."""

_CLOCK_STEPS_NS = (
    30 * _SECOND_NS,
    *(number * _MINUTE_NS for number in (1, 2, 5, 10, 20, 30)),
    *(number * _HOUR_NS for number in (1, 2, 5, 10)),
)


class Axis(NamedTuple):
    """The range of time in which every bar of a tree is drawn."""

    start_ns: int
    length_ns: int


class Tick(NamedTuple):
    """A label of the axis and its column, in cells from the left end."""

    column: int
    label: str


def axis_of(start_ns: int, end_ns: int, *, running: bool) -> Axis:
    """Returns the axis of a trace: exact if it has ended, rounded up while it runs, so that it is redrawn rarely."""
    length_ns = max(1, end_ns - start_ns)
    return Axis(start_ns, _grown(length_ns) if running else length_ns)


def ticks(length_ns: int, width_cells: int, *, spacing_cells: int = 8, start_ns: int = 0) -> list[Tick]:
    """Returns the ticks of an axis of `length_ns` over `width_cells`, at least `spacing_cells` apart.

    `start_ns` is the time at the left end, from the start of the trace.
    """
    if width_cells < spacing_cells or length_ns <= 0:
        return []
    step_ns = tick_step_ns(length_ns, max(1, width_cells // spacing_cells))
    found: list[Tick] = []
    for at_ns in range(-(-start_ns // step_ns) * step_ns, start_ns + length_ns + 1, step_ns):
        column = (at_ns - start_ns) * width_cells // length_ns
        label = tick_label(at_ns)
        if column + 1 + len(label) > width_cells:
            break
        if not found or column > found[-1].column + len(found[-1].label) + 1:
            found.append(Tick(column, label))
    return found


def tick_step_ns(length_ns: int, most: int) -> int:
    """The smallest nice step with at most `most` of them in `length_ns`.

    Nice is 1, 2 or 5 times a power of ten, of a second up to 20 s and of a day from one day on; between them people
    count in minutes and hours.
    """
    least_ns = max(1, -(-length_ns // max(1, most)))
    if least_ns <= 20 * _SECOND_NS:
        return _one_two_five(1, least_ns)
    for step_ns in _CLOCK_STEPS_NS:
        if step_ns >= least_ns:
            return step_ns
    return _one_two_five(_DAY_NS, least_ns)


def _one_two_five(unit_ns: int, least_ns: int) -> int:
    while True:
        for factor in (1, 2, 5):
            if unit_ns * factor >= least_ns:
                return unit_ns * factor
        unit_ns *= 10


def tick_label(at_ns: int) -> str:
    """Returns a tick's label in the largest unit that needs at most two decimals: `250ms`, `1.5s`, `2m`."""
    if at_ns == 0:
        return "0"
    if at_ns < 0:
        return "-" + tick_label(-at_ns)
    for unit_ns, name in _UNITS:
        if at_ns >= unit_ns and at_ns * 100 % unit_ns == 0:
            return f"{at_ns / unit_ns:.2f}".rstrip("0").rstrip(".") + name
    return f"{at_ns}ns"


def _grown(length_ns: int) -> int:
    power = _SECOND_NS // 10
    while True:
        for tenths in _GROWTH:
            if power * tenths // 10 >= length_ns:
                return power * tenths // 10
        power *= 10
