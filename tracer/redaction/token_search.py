"""Tokens in a text: by the table of shapes, and by a general one, a word such as `sk` or `token` before random letters.

Every token has a run of letters, digits, dashes and underscores that is longer than words are, so only the surroundings
of such runs are looked at. Whether a text has any is told by samples.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from . import credential_values, token_shapes
from .lazy_pattern import late
from .token_shapes import Shape

RUN_CHARS = 20
"""A token is at least this long in one piece."""

_WORD = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
_SHAPES = bytes(97 if char in _WORD + b"+" else 32 for char in range(256))
_RUN = b"a" * RUN_CHARS
_SLASH, _UNDERSCORE, _DOLLAR = b"/_$"
_HTPASSWD = b"$apr1$"
_BROKEN = b"whsec_"
"""The beginning of tokens in base64 that are so short that slashes may leave no run of them."""

_JOINED = _WORD + b".:/~$%+="
"""Between the parts of a token, and between its prefix and the run."""
_JOINS = frozenset(bytes((char,)) for char in b".:/~$%")
_BEFORE_BYTES = 64
"""Of what stands before a run."""
_PREFIX_BYTES = 256
"""Of a long run that are looked at for the beginning of a token: it may be joined to words by dashes."""
_TOKEN_BYTES = 4_096
"""A token is not looked at beyond, but what continues it goes with it."""


def begun(start: bytes, first: bytes = b"") -> bytes:
    """A pattern of how a word starts, where one does; a line break before it may be escaped.

    `start` comes first, as a search for characters is many times as fast as one for what stands before them; before it
    may be a letter of the class `first`, which the match leaves out.
    """
    before = (rb"(?<![A-Za-z0-9]%s)", rb"(?<=\\[nrtbf]%s)", rb"(?<=\\u[0-9a-f]{4}%s)", rb"(?<=%%[0-9A-F]{2}%s)")
    return start + rb"(?<=%s)(?:%s)" % (first + start, b"|".join(each % (first + start) for each in before))


_ESCAPED = late(rb"(?:[nrtbf](?<=\\[nrtbf])|u[0-9a-f]{4}(?<=\\.....)|[0-9A-F]{2}(?<=%..))?")
_PIECE = late(rb"[A-Za-z0-9]+")


def has_broken(text: bytes) -> bool:
    """Whether a token may be in a text that slashes break into short runs."""
    return (_SLASH in text and _UNDERSCORE in text and text.find(_BROKEN) >= 0) or (
        _DOLLAR in text and text.find(_HTPASSWD) >= 0
    )


def runs(text: bytes) -> list[tuple[int, int]]:
    """Start and end of each run of letters, digits and dashes that is as long as a token."""
    shapes = text.translate(_SHAPES)
    found = []
    run = shapes.find(_RUN)
    while run >= 0:
        end = shapes.find(b" ", run + RUN_CHARS)
        end = len(text) if end < 0 else end
        found.append((run, end))
        run = shapes.find(_RUN, end)
    return found


def places(text: bytes, runs: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Where tokens are, of which each has one of the `runs` of this text: start and end of each."""
    table = _table()
    surroundings = _surroundings(text, runs)
    patterns = [(mark, follows) for sign, mark, follows in table.patterns if sign in text and mark in surroundings]
    done = 0
    for run, end in runs:
        if end <= done:
            continue
        is_whole = text[run - 1 : run] not in _PART_SIGNS and text[end : end + 1] not in _PART_SIGNS
        word = text[run:end] if is_whole and end - run <= _WORD_BYTES else b""
        if word in _plain_words:
            continue
        start = run
        if text[run - 1 : run] in _JOINS:
            before = text[max(done, run - _BEFORE_BYTES) : run]
            start -= len(before) - len(before.rstrip(_JOINED))
        escaped = _ESCAPED.match(text, start)
        first = escaped.end() if escaped else start
        stop = min(end, run + _PREFIX_BYTES)
        near = _near(patterns, text[start : min(len(text), end + _BEFORE_BYTES)]) if patterns else []
        if near or not table.heads.isdisjoint(_HEAD.findall(text, first, stop)):
            for place in _around(text, done, first, stop, end, near):
                yield place
                done = place[1]
                word = b""
        if word:
            if len(_plain_words) >= _MOST_KNOWN:
                _plain_words.clear()
            _plain_words.add(word)
        done = max(end, done)
    if has_broken(text):
        for found in _BROKEN_TOKEN.finditer(text):
            yield found.span()
    if runs and b"hook" in text:
        for mark, pattern in table.webhooks:
            if mark in text:
                for found in pattern.finditer(text):
                    yield found.span(1)


_WORD_BYTES = 64
_MOST_KNOWN = 16_384
_plain_words: set[bytes] = set()
"""Runs that are no tokens, as identifiers of code are: each is read once."""
_PART_SIGNS = _JOINS | {b"\\", b"="}
"""Signs beside a run that make more of the text a part of the word."""


def _surroundings(text: bytes, runs: list[tuple[int, int]]) -> bytes:
    """What of a text is near its runs; the text itself where most of it is."""
    if len(runs) * 2 * _BEFORE_BYTES > len(text):
        return text
    return b" ".join([text[max(0, run - _BEFORE_BYTES) : end + _BEFORE_BYTES] for run, end in runs])


def _near(patterns: Sequence[tuple[bytes, _Match]], window: bytes) -> list[_Match]:
    """Of the patterns those whose mark is near a run."""
    return [
        follows for mark, follows in patterns if mark in window and (mark != b"." or _DOTTED.search(window) is not None)
    ]


_HEAD = late(rb"([A-Za-z0-9]{1,3})[A-Za-z0-9]*")
"""The first letters of the pieces of a run."""
_DOTTED = late(rb"\.(?:[A-Za-z0-9_-]{6}\.|(?<=[0-9a-f]{32}\.))")
_BROKEN_TOKEN = late(begun(b"whsec_") + rb"[A-Za-z0-9+/=_-]{20,}|\$apr1\$[A-Za-z0-9./]{1,8}\$[A-Za-z0-9./]{22}")

_Match = Callable[[bytes, int, int], "re.Match[bytes] | None"]


class _Table:
    """What the table of shapes comes to; made when the first long run is met."""

    def __init__(self) -> None:
        alphabets = {shape.alphabet: late(shape.alphabet).match for shape in token_shapes.SHAPES}
        self.by_beginning: dict[bytes, list[tuple[Shape, _Match]]] = {}
        for shape in token_shapes.SHAPES:
            self.by_beginning.setdefault(shape.prefix[:2], []).append((shape, alphabets[shape.alphabet]))
        self.patterns = [(sign, mark, late(one).match) for sign, mark, one in token_shapes.PATTERNS]
        self.heads = _heads()
        self.webhooks = [(mark, late(pattern)) for mark, pattern in token_shapes.WEBHOOKS]


_table = cache(_Table)


def _heads() -> frozenset[bytes]:
    """How the pieces begin at which tokens do."""
    heads = {word[:3] for word in token_shapes.GENERAL}
    for shape in token_shapes.SHAPES:
        head = _PIECE.match(shape.prefix)
        if head is not None:
            short = head[0][:3]
            heads.add(short)
            if len(short) < 3 and short == shape.prefix:
                heads.update(short + bytes((char,)) for char in _WORD)
    return frozenset(heads)


def _around(
    text: bytes, done: int, first: int, stop: int, end: int, patterns: list[_Match]
) -> Iterator[tuple[int, int]]:
    """The tokens in one long run, or before it where dots, colons and slashes join their parts."""
    table = _table()
    word = b""
    for piece in _PIECE.finditer(text, first, stop):
        at = piece.start()
        if at < done:
            continue
        if text[at : at + 2] in table.by_beginning and (found := _by_prefix(table, text, at)):
            yield at, found
            done = found
        elif word in token_shapes.GENERAL and _is_general(piece[0]):
            done = _whole(text, end, end)
            yield at, done
        else:
            for follows in patterns:
                if match := follows(text, at, at + _TOKEN_BYTES):
                    done = _whole(text, match.end(), at + _TOKEN_BYTES)
                    yield at, done
                    break
        word = piece[0].lower()


def _is_general(piece: bytes) -> bool:
    return len(piece) >= token_shapes.GENERAL_CHARS and credential_values.is_random(piece.decode())


def _by_prefix(table: _Table, text: bytes, start: int) -> int:
    """Where the token that begins here ends; 0 where none does."""
    for shape, follows in table.by_beginning[text[start : start + 2]]:
        after = start + len(shape.prefix)
        if text.startswith(shape.prefix, start) and (found := follows(text, after, after + _TOKEN_BYTES)):
            size = found.end() - after
            if size < shape.least or (shape.most and size > shape.most):
                continue
            if shape.is_word and not _looks_random(text[after : found.end()].decode()):
                continue
            return _whole(text, found.end(), after + _TOKEN_BYTES)
    return 0


def _whole(text: bytes, stop: int, looked_at: int) -> int:
    """Where a token ends, also one that is longer than what was looked at; the end of a sentence is none of it."""
    if stop >= looked_at and (found := _REST.match(text, stop)):
        stop = found.end()
    while text[stop - 1 : stop] == b".":
        stop -= 1
    return stop


_REST = late(token_shapes.BASE64)


def _looks_random(text: str) -> bool:
    """Whether what follows a prefix that words have too is no word."""
    if credential_values.is_random(text):
        return True
    return any(
        (len(piece) >= 20 and len(set(piece)) > 2)
        or (
            len(piece) >= 12
            and any(map(str.isdigit, piece))
            and any(map(str.isalpha, piece))
            and not credential_values.is_numbered_word(piece)
        )
        for piece in _PIECES.split(text)
    )


_PIECES = late(r"[^A-Za-z0-9]+")
