"""Find a text in lines: every place, in order, as far as the lines have come."""

from __future__ import annotations

import re
import time
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from .lines import Line

_LINES_AT_ONCE = 2_048
"""Lines that are searched between two looks at the clock: about a millisecond."""


class TextSearch:
    """The places of one text. Letters of either case match, unless the text has a capital letter."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.pattern = re.compile(re.escape(text), 0 if text != text.lower() else re.IGNORECASE)
        self.hits = array("i")
        """The line of each place; a line with several places occurs as often."""
        self._searched = 0

    def extend(self, lines: Sequence[Line], until_s: float = float("inf")) -> bool:
        """Search the lines that have come since the last call, until the clock `time.perf_counter` says `until_s`.

        Returns whether all of them have been searched.
        """
        find = self.pattern.finditer
        while self._searched < len(lines):
            end = min(len(lines), self._searched + _LINES_AT_ONCE)
            for number in range(self._searched, end):
                line = lines[number]
                for _ in find(line.lead + line.text):
                    self.hits.append(number)
            self._searched = end
            if time.perf_counter() > until_s:
                break
        return self._searched == len(lines)

    def next_line(self, line: int, step: int) -> int | None:
        """Returns the next line with a place, with -1 the previous one, wrapping around; None if there is none."""
        if not self.hits:
            return None
        if step > 0:
            place = bisect_right(self.hits, line)
            return self.hits[place if place < len(self.hits) else 0]
        return self.hits[bisect_left(self.hits, line) - 1]

    def at_or_after(self, line: int) -> int | None:
        """Returns the first line with a place from `line` on, wrapping around; None if there is none."""
        return self.next_line(line - 1, 1)

    def number_of(self, line: int) -> int:
        """Returns the number of the first place in a line, from 1; 0 if the line has none."""
        place = bisect_left(self.hits, line)
        return place + 1 if place < len(self.hits) and self.hits[place] == line else 0

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Returns where the text stands in a piece of a line."""
        return [match.span() for match in self.pattern.finditer(text)]
