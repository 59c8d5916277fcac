"""How the names of secrets end, as patterns: a text is searched for a separator, and what stands before it is read.

A pattern that looks back from a rare byte costs a fraction of one that looks for names. Where a separator stands often,
as in logs and code, the same few names stand before it: `Ends` remembers the ends of names that tell nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial

_ENDS = (
    rb"word|sswd|wort|cret|rets|okie|kies|oken|kens|reds|enha|rase|ases|tial|ials|_str|nstr|onid|onic|auth|pass|asse"
    rb"|pwds|keys|_pat"
    rb"|arer|.(?:key|pwd|jwt|dsn|otp|psk|cvv|cvc|pin|_pw|sid|e64|b64|[ydtns](?:\d\d|[_.-]\d))|..[ydtns]\d|[ydtns][_.-]\d\d"
)
"""How telling names end, in four characters."""
_ENDS_OF_WORDS = rb"code|odes|ring|alue|hash|ords|tion|firm|base|fier"
"""The same of those that end as many words do, of which `_LONGER_ENDS` tell more."""
_LONGER_ENDS = (
    rb"(?:ss|th|fa|on|ty|tp|me|in)code|d_hash|y_base",
    rb"(?:th|fa|on|ty|tp|me|in|ry|up|ss)[_. -]code|sertion|[nt]string|[tdyn]_value|[yp]_codes|y_words|c_words",
    rb"[nt][_. -]string|_confirm|verifier",
    rb"firmation",
    rb"uthorization",
)
"""By their length."""
_FIRST_ENDS = rb"pwd|jwt|dsn|otp|psk|cvv|cvc|pin"
"""Names so short that a text which begins with one has no four characters."""

NAME_CHARS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-\xc3\xb1"
_CLOSING = b"\"'`*])\\:"
"""Between a name and its separator."""
BEFORE_BYTES = 96
"""Of a name and the word before it."""
_SECOND_WORDS = frozenset((b"key", b"keys", b"code", b"phrase", b"words", b"string", b"passe"))
"""Words that tell more together with the word before them: `API key`."""

_LETTERS = re.compile(rb"\\.|\(\?:|(\[[^\]]*\]|[a-z])")
"""Of a pattern, but for its syntax."""


def behind(separator: bytes, closing: bytes = b"") -> bytes:
    """A pattern of a separator and what stands before it: the end of a telling name, and what closes the name."""
    after = closing + separator
    longer = b"|".join(map(partial(before, after), _LONGER_ENDS))
    return rb"(?:%s|%s(?:%s)|%s)" % (
        before(after, _ENDS),
        before(after, _ENDS_OF_WORDS),
        longer,
        before(after, rb"\A(?:" + _FIRST_ENDS + rb")"),
    )


def before(after: bytes, ends: bytes) -> bytes:
    """A pattern of what stands before `after`, itself included: one of these ends, all as long as each other."""
    return rb"(?<=(?:%s)%s)" % (_LETTERS.sub(_in_both_cases, ends), after)


def _in_both_cases(found: re.Match[bytes]) -> bytes:
    """A class in the place of a letter: many times as fast as the flag for it."""
    if found[1] is None:
        return found[0]
    letters = found[1].strip(b"[]")
    return b"[" + letters + letters.upper() + b"]"


_END_BYTES = 5
_PADDING = b"\0" * _END_BYTES
"""In the place of what stands before a short piece and its separator: no pattern below asks for more of it."""
_MOST_PIECES = 16_384
"""A text with more separators is not taken apart, as each piece takes memory."""
_MOST_KNOWN = 16_384
_MOST_UNKNOWN = 64
"""Ends of one text that are looked at one by one; to search the text costs less than to look at more of them."""


class Ends:
    """The bytes that stand before one separator: whether a search for telling names before it is worth it."""

    def __init__(self, separator: bytes, others: bytes) -> None:
        """`others` is a pattern of the ends, beside those of telling names, that a search looks for."""
        self._separator = separator
        self._tells: Callable[[], re.Pattern[bytes]] = cache(
            lambda: re.compile(rb"(?is).*(?:(?:%s|%s)%s|%s)\Z" % (_ENDS, _ENDS_OF_WORDS, b" ?", others))
        )
        self._harmless: set[bytes] = set()

    def may_tell(self, text: bytes) -> bool:
        """Whether a name that tells of a secret may stand before a separator in a text."""
        pieces = text.split(self._separator, _MOST_PIECES)
        if len(pieces) > _MOST_PIECES:
            return True
        del pieces[-1]
        ends = {piece[-_END_BYTES:] for piece in pieces}
        if self._harmless.issuperset(ends):
            return False
        unknown = ends - self._harmless
        return len(unknown) > _MOST_UNKNOWN or not all(map(self._is_harmless, unknown))

    def _is_harmless(self, end: bytes) -> bool:
        """Whether no search finds a separator behind this end; remembered."""
        if self._tells().match((_PADDING + self._separator + end)[-_END_BYTES:]):
            return False
        if len(self._harmless) >= _MOST_KNOWN:
            self._harmless.clear()
        self._harmless.add(end)
        return True


def name_before(text: bytes, position: int) -> tuple[str, int]:
    """The name that ends before a separator, and where it begins."""
    before = text[max(0, position - BEFORE_BYTES) : position].rstrip(b" \t").rstrip(_CLOSING).rstrip(b" \t")
    start = len(before.rstrip(NAME_CHARS))
    name = before[start:]
    if before[start - 1 : start] == b"\\" and before[start - 2 : start - 1] != b"\\" and name[:1] in (b"n", b"r", b"t"):
        start += 1  # of an escaped line end
    name = before[start:].lstrip(b"-.")
    if name.lower() in _SECOND_WORDS and before[start - 1 : start] == b" ":
        first = before[: start - 1].rstrip(b" ")
        name = first[len(first.rstrip(NAME_CHARS)) :].lstrip(b"-.") + b"_" + name
    return name.decode("utf-8", "replace"), max(0, position - BEFORE_BYTES) + start
