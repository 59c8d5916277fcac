"""Which columns of the list have a value in some trace: a column that is empty everywhere takes no room."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...store.read.trace_columns import Filled, both, filled_between
from .messages import ColumnsFilled

if TYPE_CHECKING:
    from ...store.read.reader import Reader

SLICE = 50_000
"""Traces in one step, which takes 15 ms."""

AGAIN_S = 1.0
"""Seconds between two looks at traces that have changed."""


class FilledColumns:
    """Looks at every trace once, the newest first, and again at those that change. A filled column stays filled."""

    def __init__(self) -> None:
        self._known = Filled()
        self._ranges: list[tuple[int, int]] = []
        self._due = 0.0

    def begin(self, first: int, last: int) -> None:
        """Look at the traces with first <= id <= last."""
        self._ranges = [(max(first, end - SLICE + 1), end) for end in range(last, first - 1, -SLICE)][::-1]

    def changed(self, traces: Sequence[int]) -> None:
        """Look at the range of these traces, when it is due."""
        if not traces:
            return
        first, last = max(traces[0], traces[-1] - SLICE), traces[-1]
        if self._ranges and self._due:
            first, last = min(first, self._ranges[0][0]), max(last, self._ranges[0][1])
            self._ranges[0] = max(first, last - SLICE), last
        else:
            self._ranges.insert(0, (first, last))
            self._due = self._due or time.monotonic() + AGAIN_S

    def step(self, reader: Reader) -> ColumnsFilled | None:
        """Look at one slice; returns a message if another column is filled."""
        if not self._ranges:
            return None
        if len(self._ranges) == 1 and time.monotonic() < self._due:
            return None
        known = both(self._known, filled_between(reader, *self._ranges.pop()))
        if not self._ranges:
            self._due = 0.0
        if known == self._known:
            return None
        self._known = known
        return ColumnsFilled(known)
