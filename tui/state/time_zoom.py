"""The part of a trace's time that the bars show."""

from __future__ import annotations

from ..layout.time_axis import Axis

_MARGIN = 20
"""A span that fills the view has one such part of its length free on each side."""

_LEAST_NS = 10


class TimeZoom:
    """A stack of ever smaller axes; empty if the bars show the whole trace."""

    def __init__(self) -> None:
        self._axes: list[Axis] = []

    @property
    def active(self) -> bool:
        """Whether a part is shown."""
        return bool(self._axes)

    def axis(self, whole: Axis) -> Axis:
        """Returns the axis to draw: a part of `whole`."""
        return self._axes[-1] if self._axes else whole

    def zoom_in(self, whole: Axis, start_ns: int, end_ns: int) -> bool:
        """Zoom to a span; if it fills most of the view already, to half of the view. Returns False at the limit."""
        now = self.axis(whole)
        length_ns = end_ns - start_ns
        if 0 < length_ns <= now.length_ns // 2:
            margin_ns = length_ns // _MARGIN
            length_ns += 2 * margin_ns
            start_ns -= margin_ns
        else:
            middle_ns = (max(start_ns, now.start_ns) + min(end_ns, now.start_ns + now.length_ns)) // 2
            length_ns = now.length_ns // 2
            start_ns = middle_ns - length_ns // 2
        if length_ns < _LEAST_NS:
            return False
        self._axes.append(Axis(start_ns, length_ns))
        return True

    def zoom_out(self) -> bool:
        """Return to the axis before. Returns False if the whole trace is shown."""
        if self._axes:
            self._axes.pop()
            return True
        return False

    def follow(self, start_ns: int, end_ns: int) -> bool:
        """Move the view to a span outside of it. Returns whether it has moved."""
        if not self._axes:
            return False
        now = self._axes[-1]
        if end_ns >= now.start_ns and start_ns <= now.start_ns + now.length_ns:
            return False
        self._axes[-1] = Axis(start_ns - now.length_ns // _MARGIN, now.length_ns)
        return True
