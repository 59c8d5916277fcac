"""Where a value ends that a text gives a name: with its quotes, its word, its line, or before the next assignment."""

from __future__ import annotations

import re

LINE_BYTES = 1_024
"""Of a line that are looked at; a longer value goes to the end of its word."""

_LINE_END = re.compile(rb"\\+[nr]")
"""As JSON and Python write it."""
_QUOTE = re.compile(rb"[bBrRuU]{0,2}(\\*[\"'`])")
BARE = re.compile(rb"(?=[^\s\"'`])[^\s\"'`\\]*(?:\\(?![nrtu\"'\\])[^\s\"'`\\]*)*")
_REST_OF_LINE = re.compile(rb"[^\r\n\"'`]*")
_NEXT = re.compile(rb"(?:&|&amp;|[;,|])[A-Za-z_][\w .-]{0,40}=")
"""The next of several assignments."""


def line_end(text: bytes, start: int) -> int:
    """Where the line ends that holds a place; no further than is looked at."""
    end = min(len(text), start + LINE_BYTES)
    for mark in (b"\n", b"\r"):
        at = text.find(mark, start, end)
        end = at if at >= 0 else end
    if text.find(b"\\", start, end) >= 0 and (found := _LINE_END.search(text, start, end)):
        end = found.start()
    return end


def quoted(text: bytes, start: int) -> tuple[int, int] | None:
    """The content of quotes that open here; to the end of the line where none closes them."""
    if (opening := _QUOTE.match(text, start)) is None:
        return None
    quote, first = opening[1], opening.end()
    limit = line_end(text, first)
    at = text.find(quote, first, limit)
    while at > first and text[at - 1 : at] == b"\\" and text[at - 2 : at - 1] != b"\\":
        at = text.find(quote, at + 1, limit)
    return first, limit if at < 0 else at


def end_of_bare(text: bytes, start: int, end: int, *, in_url: bool) -> int:
    """Where a value without quotes ends: before the next parameter, and without what closes a sentence or brackets."""
    if in_url:
        for mark in (b"&", b"#", b"<", b">"):
            at = text.find(mark, start, end)
            end = at if at >= 0 else end
    elif following := _NEXT.search(text, start, end):
        end = following.start()
    at = text.find(b"<", start + 1, end)
    end = at if at >= 0 else end
    kept = text[start:end].rstrip(b")]},.;:>")
    return start + len(kept) if kept else end


def whole(text: bytes, start: int, end: int) -> int:
    """Where a value ends that is longer than what is looked at: with its word, or with its quotes or line."""
    if end - start < LINE_BYTES:
        return end
    found = (_REST_OF_LINE if b" " in text[start:end] else BARE).match(text, end)
    return found.end() if found else end
