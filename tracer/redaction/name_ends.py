"""Names before separators: which separators of a text may stand behind a telling name, and what that name is.

A search for names would look at every word; one for a separator looks at a rare byte. What stands before it ends as a
telling name does or not: a text has many separators and few such ends, so these are remembered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from .lazy_pattern import late
from .words import END_BYTES, ENDS

NAME_CHARS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
BEFORE_BYTES = 96
"""Of a name and the word before it."""

_PADDING = b"\0" * END_BYTES
_CHUNK_BYTES = 65_536
"""Of a text that are taken apart at once, as each separator takes memory."""
MOST_KNOWN = 16_384

_CLOSING = b" \t\"'`*])\\:"
"""Between a name and its separator."""
_NUMBER = re.compile(rb"[_.-]?\d{1,3}\Z")
_PLACE = re.compile(rb"(?<!\d)\d{4,5}\Z|[:n]\*\Z")
"""Before a separator: a port, or a star, as in a line of `.pgpass`."""


_ENDS = tuple(ENDS)


@cache
def _begun_ends() -> frozenset[bytes]:
    return frozenset(end[start:] for end in ENDS for start in range(len(end)))


def may_end_name(end: bytes) -> bool:
    """Whether these bytes may be the last of a telling name and what closes it."""
    if _PLACE.search(end):
        return True
    closed = end.lower().rstrip(_CLOSING)
    return any(
        not rest or rest.endswith(_ENDS) or (len(rest) < len(end) and rest in _begun_ends())
        for rest in (closed, _NUMBER.sub(b"", closed))
    )


class Separator:
    """One separator, and the ends of names before it that were met so far."""

    def __init__(self, sign: bytes, end: bytes = b".{6}") -> None:
        """`end` is a pattern of the bytes before it that are looked at, `END_BYTES` of them."""
        self._sign = sign
        self._first = sign[:1]
        self._find = late(rb"%s(?<=(%s)%s)" % (sign, end, sign), re.DOTALL)
        self._harmless: set[bytes] = set()
        self._telling: set[bytes] = set()

    def is_behind_name(self, text: bytes) -> bool:
        """Whether a telling name may stand before a separator of a text."""
        return self._first in text and (
            next(self._telling_parts(text), None) is not None or next(self._at_beginning(text), None) is not None
        )

    def _at_beginning(self, text: bytes) -> Iterator[int]:
        """The positions where so few bytes stand before it that the pattern asks for more."""
        head = text[: END_BYTES + len(self._sign) - 1]
        if self._sign in head:
            for found in self._find.finditer(_PADDING + head):
                if self._is_telling(found[1]):
                    yield found.start() - END_BYTES

    def _telling_parts(self, text: bytes) -> Iterator[tuple[int, int]]:
        """The parts of a text in which a separator stands behind what may be the end of a telling name."""
        harmless = self._harmless
        find = self._find.findall
        for start in range(0, len(text), _CHUNK_BYTES):
            end = start + _CHUNK_BYTES
            if not harmless.issuperset(ends := find(text, start, end)) and any(
                map(self._is_telling, set(ends).difference(harmless))
            ):
                yield start, end

    def _is_telling(self, end: bytes) -> bool:
        if end in self._telling:
            return True
        tells = may_end_name(end)
        known = self._telling if tells else self._harmless
        if len(known) >= MOST_KNOWN:
            known.clear()
        known.add(end)
        return tells

    def positions(self, text: bytes) -> Iterator[int]:
        """Where a separator stands behind what may be the end of a telling name."""
        if self._first not in text:
            return
        yield from self._at_beginning(text)
        for start, end in self._telling_parts(text):
            for found in self._find.finditer(text, start, end):
                if found[1] not in self._harmless and self._is_telling(found[1]):
                    yield found.start()


_MARKS = frozenset("“”„«»‘’‚‹›—–…、。，：；！？（）【】「」『』《》·\u00a0\u3000\ufffd")
"""Beyond ASCII, what is no part of a name."""
_SECOND_WORDS = frozenset(
    ("key", "keys", "code", "codes", "phrase", "words", "string", "passe", "khẩu", "sandi", "number", "card", "header")
)
"""Words that tell more together with the word before them: `API key`."""


def name_before(text: bytes, position: int) -> tuple[str, int]:
    """The name that ends before a separator, and where it begins."""
    before = text[max(0, position - BEFORE_BYTES) : position].rstrip(b" \t").rstrip(_CLOSING)
    start = len(before.rstrip(NAME_CHARS))
    if before[start - 1 : start] >= b"\x80":
        start = _start_beyond_ascii(before)
    name = before[start:].decode("utf-8", "replace")
    if before[start - 1 : start] == b"\\" and before[start - 2 : start - 1] != b"\\" and name[:1] in ("n", "r", "t"):
        name, start = name[1:], start + 1  # of an escaped line end
    stripped = name.lstrip("-.")
    start += len(name) - len(stripped)
    name = stripped
    if b"\\u" in before[-_ESCAPED_BYTES:]:
        before = _ESCAPE.sub(lambda found: chr(int(found[1], 16)).encode("utf-8", "replace"), before)
        start = _start_beyond_ascii(before)
        name = before[start:].decode("utf-8", "replace")
    if name.lower() in _SECOND_WORDS and before[start - 1 : start] == b" ":
        words = _WORD.findall(before[max(0, start - _ESCAPED_BYTES) : start].decode("utf-8", "ignore"))[-2:]
        name = "_".join([*words, name])
    return name, min(position, max(0, position - BEFORE_BYTES) + start)


_ESCAPED_BYTES = 48
_ESCAPE = late(rb"\\+u([0-9a-f]{4})")
_WORD = late(r"[^\W\d_]+")


def _start_beyond_ascii(before: bytes) -> int:
    """Where a name begins that has letters of any script."""
    shown = before.decode("utf-8", "ignore")
    size = 0
    for char in reversed(shown):
        if char in _MARKS or (char < "\x80" and char.encode() not in NAME_CHARS):
            break
        size += len(char.encode())
    return len(before) - size
