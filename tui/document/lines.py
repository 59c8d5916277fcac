"""Logical lines of text, and the rows they take when wrapped to a width."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from rich.cells import cell_len, chop_cells

LONGEST_LINE = 8_192
"""The most characters of a logical line. Longer lines are split, so that one line costs no more than a screen."""


ROLE_MARK = "▎"
"""The first character of the heading of a message."""

HEADING = "title"
"""The style of the lead of a heading."""

OPEN, CLOSED = 1, 2
"""Whether the lines below a line show at first, for `Line.fold`."""


class _Whole:
    def __repr__(self) -> str:
        return "WHOLE"


WHOLE: Final = _Whole()
"""The `part` of a line that shows no smaller part of its value."""


class Line(NamedTuple):
    """One logical line: a lead such as a key, and a text of any length. The styles are names of `widgets.styles`.

    Lines below a line, which fold with it, follow it and have a larger level.
    """

    text: str
    style: str = "plain"
    indent: int = 0
    """Cells to the left of the first row."""
    lead: str = ""
    lead_style: str = "key"
    hang: int = 2
    """Cells by which further rows of a line with a lead are indented beyond `indent`."""
    value: int = -1
    """The index of the document's value that this line shows; -1 for none."""
    fold: int = 0
    """`OPEN` or `CLOSED` for a line that can be folded."""
    summary: str = ""
    """What a folded line says of the lines below it."""
    part: Any = WHOLE
    """The smaller part of the value that this line shows: a leaf or a branch of JSON, a message, a text."""
    path: tuple[str | int, ...] | None = None
    """Where that part is in the value: keys of objects and places in lists; None where it is not known."""

    @property
    def level(self) -> int:
        """How deep the line is: headings are above all other lines."""
        return -1 if self.lead_style == HEADING else self.indent


def split_text(text: str) -> Iterator[str]:
    """Yields the lines of a text of any size, none longer than `LONGEST_LINE`."""
    start = 0
    while True:
        end = text.find("\n", start)
        stop = len(text) if end < 0 else end
        while stop - start > LONGEST_LINE:
            yield text[start : start + LONGEST_LINE]
            start += LONGEST_LINE
        yield text[start:stop].removesuffix("\r")
        if end < 0:
            return
        start = end + 1


def wrapped(lines: Iterable[Line], width_cells: int) -> Iterator[Line]:
    """Yields the rows of `lines`, none wider than `width_cells`; breaks between words where possible."""
    for line in lines:
        yield from wrapped_line(line, width_cells)


def wrapped_line(line: Line, width_cells: int) -> tuple[Line, ...] | Iterator[Line]:
    """Returns the rows of one line."""
    first = line.indent + cell_len(line.lead)
    text = line.text
    if (len(text) if text.isascii() else cell_len(text)) + first <= width_cells:
        return (line,)
    return _rows(line, first, width_cells)


def _rows(line: Line, first: int, width_cells: int) -> Iterator[Line]:
    hang = min(line.indent + (line.hang if line.lead else 0), width_cells // 2)
    pieces = _broken(line.text, max(4, width_cells - first), max(4, width_cells - hang))
    yield line._replace(text=next(pieces, ""))
    for piece in pieces:
        yield Line(piece, line.style, hang, value=line.value, part=line.part, path=line.path)


def _broken(text: str, first_cells: int, other_cells: int) -> Iterator[str]:
    width = first_cells
    if not text.isascii() and cell_len(text) != len(text):
        # Wide text: cells first, as such scripts break anywhere.
        pieces = chop_cells(text, width)
        yield pieces[0]
        yield from chop_cells(text[len(pieces[0]) :], other_cells)
        return
    start = 0
    while len(text) - start > width:
        space = text.rfind(" ", start, start + width + 1)
        # A word is broken only when keeping it whole would leave most of the row empty.
        stop = space + 1 if space > start + width // 3 else start + width
        yield text[start:stop].rstrip(" ") if stop <= len(text) else text[start:]
        start = stop
        width = other_cells
    yield text[start:]
