"""Cut a long text where its repetition begins and ends: between objects of a list, around strings, at empty lines.

The pieces joined are the text, byte for byte, whatever the text is; where it is cut decides only what is found again.
A piece depends on what stands around it as little as possible, so a tool's result is the same piece in the span of the
tool and in the messages of all later calls, and a passage is the same piece in the documents and in the prompt.

`store/filter/sql/block_search.py` relies on this: a text that is cut in two has one of `"`, a backslash, a line end or
`},` there.
"""

from __future__ import annotations

from collections.abc import Iterator

LEAST_BYTES = 384
"""A shorter piece does not stand alone, but is joined to its neighbours."""

_WINDOW_BYTES = 131_072
"""How much of a text is split in one call, which holds the interpreter lock."""

_MOST_PIECES = 256
"""About the most pieces of one string: those of a very long one are longer."""

_BEGIN_JSON = (b"[", b"{", b'"', b",")
_BACKSLASH = 0x5C


def separator_of(text: bytes) -> bytes:
    """Return what stands between two objects of a list in this text: JSON is written with or without spaces."""
    return b"},{" if text.find(b"},{") >= 0 else b"}, {"


def split(text: bytes, separator: bytes) -> Iterator[list[bytes]]:
    """Split a text as `bytes.split` does, some at a time, so that the interpreter lock is held for a short time."""
    start, size = 0, len(text)
    while size - start > _WINDOW_BYTES:
        end = text.find(separator, start + _WINDOW_BYTES)
        if end < 0:
            break
        yield text[start:end].split(separator)
        start = end + len(separator)
    yield (text[start:] if start else text).split(separator)


def cut(text: bytes) -> list[bytes]:
    """Cut an element of a list, or a text that is no list, into long pieces and what stands between them.

    Every second piece, from the second on, is a long one. The others, of which the first and the last are two, may be
    empty.
    """
    pieces: list[bytes] = []
    done = 0
    for start, end in _long_pieces(text):
        pieces += (text[done:start], text[start:end])
        done = end
    pieces.append(text[done:])
    return pieces


def _long_pieces(text: bytes) -> Iterator[tuple[int, int]]:
    if text[:1] not in _BEGIN_JSON:
        yield from _paragraphs(text, 0, len(text), b"\n\n")
        return
    opening = text.find(b'"')
    while opening >= 0:
        start = opening + 1
        end = _end_of_string(text, start)
        if end - start >= LEAST_BYTES:
            yield from _paragraphs(text, start, end, b"\\n\\n")
        opening = text.find(b'"', end + 1)


def _end_of_string(text: bytes, start: int) -> int:
    """Where the next quote is that no backslash escapes, or the end of the text."""
    quote = text.find(b'"', start)
    while quote > start and text[quote - 1] == _BACKSLASH:
        before = quote - 1
        while before > start and text[before - 1] == _BACKSLASH:
            before -= 1
        if (quote - before) % 2 == 0:  # the backslashes escape each other
            return quote
        quote = text.find(b'"', quote + 1)
    return len(text) if quote < 0 else quote


def _paragraphs(text: bytes, start: int, end: int, separator: bytes) -> Iterator[tuple[int, int]]:
    """Long paragraphs alone, and short ones together as far as they come to a long piece."""
    least = max(LEAST_BYTES, (end - start) // _MOST_PIECES)
    begun = start
    while end - begun >= least:
        paragraph_end = text.find(separator, start, end)
        if paragraph_end < 0:
            paragraph_end = end
        if paragraph_end - start >= least:
            if start - len(separator) - begun >= least:
                yield begun, start - len(separator)
            yield start, paragraph_end
            begun = paragraph_end + len(separator)
        elif paragraph_end - begun >= least:
            yield begun, paragraph_end
            begun = paragraph_end + len(separator)
        start = paragraph_end + len(separator)
