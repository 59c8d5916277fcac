"""The difference of two texts, line by line, as a code review shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

SAME, REMOVED, ADDED, SKIPPED = " ", "-", "+", "…"

MOST_LINES = 2_000
"""The most lines of each text that are compared; `difflib` needs a second for twice as many that differ."""


class DiffLine(NamedTuple):
    """A line of the difference."""

    sign: str
    """`SAME`, `REMOVED` (only in the first text), `ADDED`, or `SKIPPED`: equal lines that are left out."""
    text: str


def text_difference(first: Sequence[str], second: Sequence[str], *, context: int = 2) -> Iterator[DiffLine]:
    """Yield the lines that differ, with up to `context` equal lines around them. Lines have no line ends.

    Of texts with more than `MOST_LINES` lines, the rest is not compared, and a last line says so.
    """
    cut = max(len(first), len(second)) > MOST_LINES
    first, second = first[:MOST_LINES], second[:MOST_LINES]
    codes = SequenceMatcher(None, first, second, autojunk=False).get_opcodes()
    for number, (what, start, end, second_start, second_end) in enumerate(codes):
        if what == "equal":
            lines = first[start:end]
            head = 0 if number == 0 else context
            tail = 0 if number == len(codes) - 1 else context
            if len(lines) <= head + tail + 1:
                yield from (DiffLine(SAME, line) for line in lines)
                continue
            yield from (DiffLine(SAME, line) for line in lines[:head])
            yield DiffLine(SKIPPED, f"{len(lines) - head - tail:,} equal lines")
            yield from (DiffLine(SAME, line) for line in lines[len(lines) - tail :])
            continue
        yield from (DiffLine(REMOVED, line) for line in first[start:end])
        yield from (DiffLine(ADDED, line) for line in second[second_start:second_end])
    if cut:
        yield DiffLine(SKIPPED, f"only the first {MOST_LINES:,} lines are compared")
