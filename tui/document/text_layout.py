"""The rows that lines take in a pane: wrapped, without what is folded, and laid out as far as needed.

Lines come from an iterator, so the first rows of a value of any size show at once.
"""

from __future__ import annotations

import re
import time
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from .lines import CLOSED, Line, wrapped_line

_NAME_CHARS = 40
"""The part of a text that tells one fold from another."""


class TextLayout:
    """Lines and the rows that they take at one width."""

    def __init__(self, source: Iterable[Line] = (), toggled: Iterable[int] = ()) -> None:
        """`toggled` has the keys of the folds that the user opened or closed before, see `toggled`."""
        self.lines: list[Line] = []
        self.rows: list[Line] = []
        self.line_of_row = array("i")
        self.width_cells: int | None = None
        """The width to which lines are wrapped; None if they are not."""
        self.complete = False
        """Whether every line is laid out."""
        self.toggled: set[int] = set(toggled)
        self._source: Iterator[Line] = iter(source)
        self._exhausted = False
        self._only: re.Pattern[str] | None = None
        self._below: int | None = None
        """The level of the last line that `show_only` found: lines below it show too."""
        self._next = 0
        self._hidden_above: int | None = None
        self._key_of_line: dict[int, int] = {}
        self._above: list[tuple[int, int]] = []
        """The level and the key of the foldable lines that the next line is below."""
        self._twins: dict[int, int] = {}

    def set_width(self, width_cells: int | None) -> None:
        """Lay out all lines again, to another width."""
        self.width_cells = width_cells
        self._start_at(0, 0)

    def advance(self, *, rows: int = 0, until_s: float = 0.0) -> bool:
        """Lay out more lines: until there are at least `rows` and the clock `time.perf_counter` says `until_s`.

        Returns whether all lines are laid out.
        """
        laid_out, line_of_row, width = self.rows, self.line_of_row, self.width_cells
        while not self.complete:
            number = self._next
            if number < len(self.lines):
                line = self.lines[number]
            elif (pulled := self._pull()) is not None:
                line = pulled
            else:
                self.complete = True
                break
            self._next = number + 1
            if self._only is not None and not self._is_wanted(line, self._only):
                continue
            if self._hidden_above is not None and line.level > self._hidden_above:
                continue
            self._hidden_above = line.level if line.fold and self.is_folded(number) else None
            if width is None:
                laid_out.append(line)
                line_of_row.append(number)
            else:
                for row in wrapped_line(line, width):
                    laid_out.append(row)
                    line_of_row.append(number)
            if number % 64 == 63 and len(laid_out) >= rows and time.perf_counter() > until_s:
                return False
        return True

    def show_only(self, pattern: re.Pattern[str] | None) -> None:
        """Show headings, the lines in which a pattern is found, and what is below these; None shows all lines."""
        self._only = pattern
        self._start_at(0, 0)

    def _is_wanted(self, line: Line, pattern: re.Pattern[str]) -> bool:
        if line.level < 0:
            self._below = None
            return True
        if self._below is not None and line.level > self._below:
            return True
        self._below = line.level if pattern.search(line.lead + line.text) else None
        return self._below is not None

    def is_folded(self, line: int) -> bool:
        """Whether the lines below a line are hidden."""
        closed = self.lines[line].fold == CLOSED
        return closed != (self._key_of_line.get(line) in self.toggled)

    def fold_of_row(self, row: int) -> int | None:
        """Returns the line whose fold a row is in: its own, or else that of the line above it; None if none is."""
        line = self.line_of_row[row]
        level = self.lines[line].level
        if self.lines[line].fold:
            return line
        while (line := line - 1) >= 0:
            above = self.lines[line]
            if above.level < level:
                level = above.level
                if above.fold:
                    return line
        return None

    def toggle(self, line: int) -> int:
        """Fold or unfold a line; returns its row."""
        self._lay_out_to(line)
        self.toggled ^= {self._key_of_line[line]}
        return self._start_at_line(line)

    def fold_all(self) -> None:
        """Fold every line that can be folded below a heading; if all of them are, unfold them."""
        lines = [line for line in self._key_of_line if self.lines[line].level >= 0]
        fold = not all(map(self.is_folded, lines))
        self.toggled ^= {self._key_of_line[line] for line in lines if self.is_folded(line) != fold}
        self._start_at(0, 0)

    def reveal(self, line: int) -> int:
        """Unfold what hides a line, and lay out as far as that line; returns its row."""
        start: int | None = None
        level = self.lines[line].level
        for above in range(line - 1, -1, -1):
            if self.lines[above].level < level:
                level = self.lines[above].level
                if self.lines[above].fold and self.is_folded(above):
                    self.toggled ^= {self._key_of_line[above]}
                    start = above
                if level < 0:
                    break
        if start is not None:
            self._start_at_line(start)
        return self.laid_out_row_of(line)

    def laid_out_row_of(self, line: int) -> int:
        """Lay out as far as a line; returns its row, or that of the line which hides it."""
        self._lay_out_to(line)
        return self.row_of(line)

    def _lay_out_to(self, line: int) -> None:
        while self._next <= line and not self.advance(rows=len(self.rows) + 256):
            pass

    def row_of(self, line: int) -> int:
        """Returns the first row of a line; of a hidden line, that of the line which hides it."""
        row = bisect_left(self.line_of_row, line)
        is_hidden = row == len(self.line_of_row) or self.line_of_row[row] != line
        return max(0, row - 1 if is_hidden else row)

    def pull_all(self, until_s: float) -> bool:
        """Take more lines from the source without laying them out; returns whether all have come."""
        while not self._exhausted:
            if self._pull() is None:
                break
            if len(self.lines) % 64 == 0 and time.perf_counter() > until_s:
                return False
        return True

    def _start_at_line(self, line: int) -> int:
        if self._only is not None:  # whether a line shows depends on those before it
            self._start_at(0, 0)
            return self.laid_out_row_of(line)
        row = self.row_of(line)
        self._start_at(self.line_of_row[row] if self.line_of_row else 0, row)
        return row

    def _start_at(self, line: int, row: int) -> None:
        del self.rows[row:]
        del self.line_of_row[row:]
        self._next, self._hidden_above, self._below, self.complete = line, None, None, False

    def _pull(self) -> Line | None:
        line = next(self._source, None)
        if line is None:
            self._exhausted = True
            return None
        level = line.level
        while self._above and self._above[-1][0] >= level:
            self._above.pop()
        if line.fold:
            # The same node has the same key when its document is made again with more text.
            name = hash((self._above[-1][1] if self._above else 0, line.lead, line.text[:_NAME_CHARS]))
            twin = self._twins[name] = self._twins.get(name, 0) + 1
            key = hash((name, twin))
            self._key_of_line[len(self.lines)] = key
            self._above.append((level, key))
        self.lines.append(line)
        return line
