"""Secrets in tables of Markdown and CSV: the cells of a column whose head names a password."""

from __future__ import annotations

from collections.abc import Iterator

from . import credential_values, names
from .lazy_pattern import late
from .names import Tells

_HEAD_BYTES = 256
"""Bytes of the first row before and behind a name."""
_ROW_BYTES = 1_024
_MOST_ROWS = 256
_LINE_END = late(rb"\r?\n|(?:\\+r)?\\+n")
"""Line ends also as JSON writes them."""
_CELL = rb"[A-Za-z][A-Za-z0-9_ -]{0,31}"
_HEAD = late(rb"%s([,;\t])%s(?:\1%s)*" % (_CELL, _CELL, _CELL))
"""The first row of CSV; prose has spaces behind its commas."""


def column(text: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each secret below a name that stands between `start` and `end`."""
    first = max(0, start - _HEAD_BYTES)
    for mark in (b"\n", b"\\n", b'"', b": "):
        if (position := text.rfind(mark, first, start)) >= 0:
            first = position + len(mark)
    if (row_end := _LINE_END.search(text, end, end + _HEAD_BYTES)) is None:
        return
    head = text[first : row_end.start()]
    sign = b"|"
    if sign not in head:
        if (found := _HEAD.fullmatch(head)) is None:
            return
        sign = found[1]
    number = head.count(sign, 0, start - first)
    name = head.split(sign)[number].strip(b" *_`").decode("utf-8", "replace")
    if sign not in head or names.kind_of(name) is not Tells.SECRET:
        return
    for _ in range(_MOST_ROWS):
        position = row_end.end()
        row_end = _LINE_END.search(text, position, position + _ROW_BYTES)
        row = text[position : row_end.start() if row_end else position + _ROW_BYTES].partition(b'"')[0]
        if row.count(sign) != head.count(sign):
            return
        cells = row.split(sign)
        cell = cells[number].strip(b" `*")
        value = cell.decode("utf-8", "replace")
        if b" " not in cell and credential_values.is_strong(value) and not credential_values.is_placeholder(value):
            begin = position + sum(len(other) + len(sign) for other in cells[:number]) + cells[number].index(cell)
            yield begin, begin + len(cell)
        if row_end is None:
            return
