"""Tokens in a text: by the table of shapes, and by a general one, a word such as `sk` or `token` before random letters.

Every token has a run of letters, digits, dashes and underscores that is longer than words are, so only the surroundings
of such runs are looked at. Whether a text has any is told by samples.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

from . import secret_values, token_shapes
from .token_shapes import Shape

RUN_CHARS = 20
"""A token is at least this long in one piece."""

_STEP = 5
_SAMPLES = b"a" * (RUN_CHARS // _STEP)
_WORD = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
_SHAPES = bytes(97 if char in _WORD else 32 for char in range(256))
_RUN = b"a" * RUN_CHARS

_BEFORE_BYTES = 48
"""Of what stands before a run: prefixes may end in a dot or a colon."""
_PREFIX_BYTES = 256
"""Of a long run that are looked at for the beginning of a token: it may be joined to words by dashes."""
_TOKEN_BYTES = 4_096
"""A token is not looked at beyond, but what continues it goes with it."""

BEGIN = rb"(?:(?<![A-Za-z0-9])|(?<=\\[nrtbf])|(?<=\\u[0-9a-f]{4})|(?<=%[0-9A-F]{2}))"
"""Of a word; a line break before it may be escaped."""

_GENERAL = re.compile(
    rb"(?:[A-Za-z0-9]{1,16}[-_]){0,3}?(?:sk|pat|secret|apikey|api[-_]key|token|live|svcacct|accesskey|access[-_]key)[-_]"
    rb"(?:[A-Za-z0-9]{1,8}[-_]){0,2}?([A-Za-z0-9]{20,})"
)
"""What makers who are not in the table write likewise: `acme_live_...`, `some-pat-...`."""
_BEGINNING_OF_GENERAL = rb"(?:[A-Za-z0-9]{1,16}[-_]){0,3}?(?:sk|pat|secret|apikey|api[-_]key|token|live|svcacct|access[-_]?key)[-_]"


def may_hold(text: bytes) -> bool:
    """Whether a run as long as a token may be in a text: one byte in five is looked at, then all where these agree."""
    return _SAMPLES in text[::_STEP].translate(_SHAPES) and _RUN in text.translate(_SHAPES)


def places(text: bytes) -> Iterator[tuple[int, int]]:
    """Where tokens are: start and end of each."""
    if not may_hold(text):
        return
    search = _Search()
    shapes = text.translate(_SHAPES)
    run = shapes.find(_RUN)
    done = 0
    while run >= 0:
        end = shapes.find(b" ", run + RUN_CHARS)
        end = len(text) if end < 0 else end
        for start in search.begins(text, max(done, run - _BEFORE_BYTES), min(end, run + _PREFIX_BYTES)):
            if start >= done and (stop := search.end_of(text, start)) > start:
                yield start, stop
                done = stop
        done = max(done, run)
        run = shapes.find(_RUN, end)
    for mark, pattern in search.webhooks:
        if mark in text:
            for found in pattern.finditer(text):
                yield found.span(1)


class _Search:
    """What the table of shapes comes to, made when the first long run is met."""

    def __init__(self) -> None:
        self._by_beginning, self._begin, self._patterns, self.webhooks = _compiled()

    def begins(self, text: bytes, start: int, end: int) -> Iterator[int]:
        """Where words are that begin as tokens do."""
        for found in self._begin.finditer(text, start, end):
            yield found.start()

    def end_of(self, text: bytes, start: int) -> int:
        """Where the token that begins here ends; the start where none does."""
        for shape, follows in self._by_beginning.get(text[start : start + 2], ()):
            after = start + len(shape.prefix)
            if text.startswith(shape.prefix, start) and (found := follows(text, after, after + _TOKEN_BYTES)):
                stop = found.end()
                size = stop - after
                if size < shape.least or (shape.most and size > shape.most):
                    continue
                if shape.is_word and not _looks_random(text[after:stop].decode()):
                    continue
                return _whole(text, stop, after + _TOKEN_BYTES)
        for pattern in self._patterns:
            if found := pattern.match(text, start, start + _TOKEN_BYTES):
                return _whole(text, found.end(), start + _TOKEN_BYTES)
        if (found := _GENERAL.match(text, start, start + _TOKEN_BYTES)) and secret_values.is_random(found[1].decode()):
            return _whole(text, found.end(), start + _TOKEN_BYTES)
        return start


_Match = Callable[[bytes, int, int], "re.Match[bytes] | None"]


@cache
def _compiled() -> tuple[
    dict[bytes, list[tuple[Shape, _Match]]],
    re.Pattern[bytes],
    list[re.Pattern[bytes]],
    list[tuple[bytes, re.Pattern[bytes]]],
]:
    alphabets = {alphabet: re.compile(alphabet).match for alphabet in {shape.alphabet for shape in token_shapes.SHAPES}}
    by_beginning: dict[bytes, list[tuple[Shape, _Match]]] = {}
    seconds: dict[bytes, set[bytes]] = {}
    for shape in token_shapes.SHAPES:
        by_beginning.setdefault(shape.prefix[:2], []).append((shape, alphabets[shape.alphabet]))
        seconds.setdefault(shape.prefix[:1], set()).add(re.escape(shape.prefix[1:2]))
    beginnings = [first + b"[" + b"".join(sorted(of_it)) + b"]" for first, of_it in sorted(seconds.items())]
    begin = re.compile(
        BEGIN + b"(?=" + b"|".join((*beginnings, token_shapes.BEGINNINGS_OF_PATTERNS, _BEGINNING_OF_GENERAL)) + b")"
    )
    return (
        by_beginning,
        begin,
        [re.compile(pattern) for pattern in token_shapes.PATTERNS],
        [(mark, re.compile(pattern)) for mark, pattern in token_shapes.WEBHOOKS],
    )


def _whole(text: bytes, stop: int, looked_at: int) -> int:
    """Where a token ends, also one that is longer than what was looked at; the end of a sentence is none of it."""
    if stop >= looked_at and (found := _REST.match(text, stop)):
        stop = found.end()
    while text[stop - 1 : stop] == b".":
        stop -= 1
    return stop


_REST = re.compile(token_shapes.BASE64)


def _looks_random(text: str) -> bool:
    """Whether what follows a prefix that words have too is no word."""
    if secret_values.is_random(text):
        return True
    return any(
        len(piece) >= 20
        or (
            len(piece) >= 12
            and any(map(str.isdigit, piece))
            and any(map(str.isalpha, piece))
            and not secret_values.is_numbered_word(piece)
        )
        for piece in _PIECES.split(text)
    )


_PIECES = re.compile(r"[^A-Za-z0-9]+")


def beginnings() -> tuple[str, ...]:
    """How tokens of the table begin."""
    return tuple(shape.prefix.decode() for shape in token_shapes.SHAPES)
