"""Names before separators: which separators of a text may stand behind a telling name, and what that name is.

A search for names would look at every word; one for a separator looks at a rare byte. What stands before it ends as a
telling name does or not: a text has many separators and few such ends, so these are remembered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from .late import late
from .secret_words import END_BYTES, ENDS

NAME_CHARS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
BEFORE_BYTES = 96
"""Of a name and the word before it."""

_PADDING = b"\0" * END_BYTES
_CHUNK_BYTES = 65_536
"""Of a text that are taken apart at once, as each separator takes memory."""
_MOST_KNOWN = 16_384

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
    rest = _NUMBER.sub(b"", end.lower().rstrip(_CLOSING))
    return not rest or rest.endswith(_ENDS) or (len(rest) < len(end) and rest in _begun_ends())


class Separator:
    """One separator, and the ends of names before it that were met so far."""

    def __init__(self, sign: bytes, before: bytes = b".") -> None:
        """`before` is a pattern of the byte before it."""
        self._sign = sign
        self._find = late(rb"%s(?<=(.{%d}%s)%s)" % (sign, END_BYTES - 1, before, sign), re.DOTALL)
        self._harmless: set[bytes] = set()
        self._telling: set[bytes] = set()

    def is_behind_name(self, text: bytes) -> bool:
        """Whether a telling name may stand before a separator of a text."""
        if self._sign not in text:
            return False
        if self._sign in text[: END_BYTES + 1] and self._tells(self._ends(_PADDING + text[: END_BYTES + 1])):
            return True
        return any(
            self._tells(self._ends(text, start, start + _CHUNK_BYTES)) for start in range(0, len(text), _CHUNK_BYTES)
        )

    def _ends(self, *text: Any) -> list[bytes]:
        return self._find.findall(*text)

    def _tells(self, ends: list[bytes]) -> bool:
        harmless = self._harmless
        if harmless.issuperset(ends):
            return False
        return any(map(self._is_telling, set(ends).difference(harmless)))

    def _is_telling(self, end: bytes) -> bool:
        if end in self._telling:
            return True
        tells = may_end_name(end)
        known = self._telling if tells else self._harmless
        if len(known) >= _MOST_KNOWN:
            known.clear()
        known.add(end)
        return tells

    def positions(self, text: bytes) -> Iterator[int]:
        """Where a separator stands behind what may be the end of a telling name."""
        if not self.is_behind_name(text):
            return
        first = END_BYTES + 1
        for found in self._find.finditer(_PADDING + text[:first]):
            if found.start() < 2 * END_BYTES and self._is_telling(found[1]):
                yield found.start() - END_BYTES
        harmless = self._harmless
        for found in self._find.finditer(text):
            if found[1] not in harmless and self._is_telling(found[1]):
                yield found.start()


_NAME = late(r"[\w.-]*\Z")
_SECOND_WORDS = frozenset(
    ("key", "keys", "code", "codes", "phrase", "words", "string", "passe", "khẩu", "sandi", "number", "card", "header")
)
"""Words that tell more together with the word before them: `API key`."""
_WORDS_BEFORE = late(r"(?:[^\W\d_]{2,24} ){1,2}\Z")


def name_before(text: bytes, position: int) -> tuple[str, int]:
    """The name that ends before a separator, and where it begins."""
    before = text[max(0, position - BEFORE_BYTES) : position].rstrip(b" \t").rstrip(_CLOSING)
    shown = before.decode("utf-8", "ignore")
    found = _NAME.search(shown)
    name = found[0] if found else ""
    start = len(before) - len(name.encode())
    if before[start - 1 : start] == b"\\" and before[start - 2 : start - 1] != b"\\" and name[:1] in ("n", "r", "t"):
        name, start = name[1:], start + 1  # of an escaped line end
    stripped = name.lstrip("-.")
    start += len(name) - len(stripped)
    name = stripped
    if name.lower() in _SECOND_WORDS and before[start - 1 : start] == b" ":
        head = shown[: len(shown) - len(name)]
        if first := _WORDS_BEFORE.search(head):
            name = first[0].replace(" ", "_") + name
    return name, max(0, position - BEFORE_BYTES) + start
