"""Names before separators: which separators of a text may stand behind a telling name, and what that name is.

A search for names would look at every word; one for a separator looks at a rare byte. What stands before it ends as a
telling name does or not: a text has many separators and few such ends, so these are remembered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from . import names
from .lazy_pattern import late
from .words import ADDRESS_PARAMETERS, END_BYTES, ENDS

NAME_CHARS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
BEFORE_BYTES = 96
"""Of a name and the word before it."""

_PADDING = b"\0" * END_BYTES
"""Before a text, so that as many bytes stand before its first separator as before any other."""
_CHUNK_BYTES = 8_192
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


def _is_harmless(before: bytes) -> bool:
    """Whether bytes before a separator hold a whole name, and that name tells of no secret."""
    name, start = name_before(before, len(before))
    lowered = name.lower()
    if start < _SURROUNDING_BYTES or lowered in _NAMES_OF_MORE or b"\\u" in before or _PLACE.search(before):
        return False
    previous = before[start - 1 : start]
    if previous >= b"\x80" or _is_second_word(name, before, start):
        return False
    if previous in (b"?", b"&", b";") and lowered.rpartition("-")[2] in ADDRESS_PARAMETERS:
        return False
    return names.kind_of(name) is names.Tells.NOTHING


def _last_word(before: bytes) -> bytes:
    """The last word of bytes before a separator, with the space before it, where no more of them matters to its name
    unless the name is one of `_SECOND_WORDS`; else all of them."""
    space = before.rstrip(_CLOSING).rfind(b" ")
    return before if space < _SURROUNDING_BYTES or b"\\u" in before else before[space:]


def _may_be_second_word(before: bytes) -> bool:
    return name_before(before, len(before))[0].lower().rstrip(_NUMBERING) in _SECOND_WORDS


_FEW = 4
_SURROUNDING_BYTES = 3
"""Bytes before a name that tell where the name begins."""
_NAMES_OF_MORE = frozenset(("", "value", "wifi"))
"""Names that what stands around them gives a meaning."""
_NAME_BYTES = 24
"""Bytes before a separator that hold most names as a whole."""


class Separator:
    """One separator, and the ends of names before it that were met so far."""

    def __init__(self, sign: bytes, end: bytes = b".{6}") -> None:
        """`end` is a pattern of the bytes before it that are looked at, `END_BYTES` of them."""
        self._sign = sign
        self._first = sign[0]
        self._find = late(rb"%s(?<=(%s)%s)" % (sign, end, sign), re.DOTALL)
        self._harmless: set[bytes] = set()
        self._telling: set[bytes] = set()
        self._harmless_names: set[bytes] = set()

    def is_behind_name(self, text: bytes) -> bool:
        """Whether a telling name may stand before a separator of a text."""
        return self._first in text and next(self.positions(text), -1) >= 0

    def positions(self, text: bytes) -> Iterator[int]:
        """Where a separator stands behind what may be the end of a telling name."""
        if self._first not in text:
            return
        text = _PADDING + text
        for start in range(0, len(text), _CHUNK_BYTES):
            end = start + _CHUNK_BYTES
            if self._harmless.issuperset(ends := self._find.findall(text, start, end)):
                continue
            telling = [one for one in set(ends).difference(self._harmless) if self._is_telling(one)]
            for position in self._behind(telling, text, start, end):
                if self._may_tell(text, position):
                    yield position - END_BYTES

    def _behind(self, ends: list[bytes], text: bytes, start: int, stop: int) -> list[int]:
        """Where the separator stands behind one of these ends; to search for each of a few costs less than for all."""
        if len(ends) > _FEW:
            return [found.start() for found in self._find.finditer(text, start, stop) if found[1] in self._telling]
        places = []
        for end in ends:
            position = text.find(end + self._sign, start - END_BYTES if start else 0, stop)
            while position >= 0:
                places.append(position + END_BYTES)
                position = text.find(end + self._sign, position + 1, stop)
        return sorted(places)

    def _is_telling(self, end: bytes) -> bool:
        """Whether a telling name may end so; remembered."""
        if end in self._telling:
            return True
        if end in self._harmless:
            return False
        is_telling = may_end_name(end) and not _is_harmless(end)
        _remember(end, self._telling if is_telling else self._harmless)
        return is_telling

    def _may_tell(self, text: bytes, position: int) -> bool:
        """Whether the name before a separator may be a telling one; names that are not are remembered."""
        before = text[max(0, position - _NAME_BYTES) : position]
        word = _last_word(before)
        if word in self._harmless_names or before in self._harmless_names:
            return False
        if _is_harmless(before):
            _remember(before if _may_be_second_word(before) else word, self._harmless_names)
            return False
        return True


def _remember(end: bytes, known: set[bytes]) -> None:
    if len(known) >= MOST_KNOWN:
        known.clear()
    known.add(end)


_MARKS = frozenset("“”„«»‘’‚‹›—–…、。，：；！？（）【】「」『』《》·\u00a0\u3000\ufffd")
"""Beyond ASCII, what is no part of a name."""
_PAUSES = (b",", b";", b".", b"(", b")", b"=")
"""Between words that are no name together."""
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
    if _is_second_word(name, before, start):
        words = _WORD.findall(before[max(0, start - _ESCAPED_BYTES) : start].decode("utf-8", "ignore"))[-2:]
        name = "_".join([*words, name])
    return name, min(position, max(0, position - BEFORE_BYTES) + start)


def _is_second_word(name: str, before: bytes, start: int) -> bool:
    """Whether a name that begins at a place is the last of several words that are a name together."""
    return (
        before[start - 1 : start] == b" "
        and before[start - 2 : start - 1] not in _PAUSES
        and name.lower().rstrip(_NUMBERING) in _SECOND_WORDS
    )


_NUMBERING = "0123456789_-."
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
