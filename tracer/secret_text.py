"""Places of secrets in one text: tokens by their shape, values under telling keys in JSON, reprs and `key=value`.

Most texts hold no secret, and finding that out must cost little: the text is mapped once so that every character a
token is made of is the same byte, and a search for twenty of them in a row skips through prose in great steps. What
else a secret may be known by are marks, each one search through the text; only where one is found it is parsed.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

from . import secret_lines, secret_names
from .rare_bytes import may_follow
from .secret_names import REDACTED

_REDACTED_BYTES = REDACTED.encode()

_RUN_CHARS = 20
"""A token is at least this long in one piece; words are shorter."""

_WORD = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
_SHAPES = bytes(97 if char in _WORD else 61 if char == 61 else 32 for char in range(256))
_RUN = b"a" * _RUN_CHARS
_PREFIX_BYTES = 256
"""Of a long run that are looked at for the beginning of a token: it may be joined to words by dashes."""
_ASSIGNED = b"=" + b"a" * 6
_ASSIGNED_QUOTED = (b'="', b'=\\"', b"='")

_BEGIN = rb"(?:(?<![A-Za-z0-9])|(?<=\\[nrtbf])|(?<=\\u[0-9a-f]{4}))"
"""Of a word; a line break before it may be escaped."""

_TOKEN = re.compile(
    _BEGIN + rb"(?:"
    rb"sk-[A-Za-z0-9_-]{17,}|[sr]k_(?:live|test)_[A-Za-z0-9]{12,}|(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"
    rb"|gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,}|glpat-[A-Za-z0-9_-]{14,}|xox[abeprs]-[A-Za-z0-9-]{15,}"
    rb"|AIza[A-Za-z0-9_-]{30,}|hf_[A-Za-z0-9]{17,}|dapi[0-9a-f]{32}(?![A-Za-z0-9])|npm_[A-Za-z0-9]{20,}"
    rb"|(?:dop_v1|tgp_v1|gsk|lsv2_[ps][tk]|r8|pcsk|jina|dckr_pat|whsec|shpat)_[A-Za-z0-9_-]{20,}"
    rb"|(?:pypi|pplx|xai|nvapi|tvly|GOCSPX)-[A-Za-z0-9_-]{20,}|eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"
    rb")"
)
STARTS = (
    r"sk-|[sr]k_|A[KS]IA|gh[pousr]_|github_pat_|glpat-|xox|AIza|hf_|eyJ|dapi|npm_|dop_v1_|tgp_v1_|gsk_|lsv2_|r8_|pcsk_"
    r"|jina_|dckr_pat_|whsec_|shpat_|pypi-|pplx-|xai-|nvapi-|tvly-|GOCSPX-"
)
"""How tokens begin, as a pattern."""
_TOKEN_START = re.compile(_BEGIN + b"(?:" + STARTS.encode() + b")")
_BEARER = re.compile(_BEGIN + rb"[Bb]earer\s+([A-Za-z0-9._~+/-]{7,}[A-Za-z0-9_~+/-]=*)")
_ASSIGNED_VALUE = re.compile(rb"=(?:([^\s&\"'`<>\\;,(){}\[\]]{6,})|(\\*[\"'])((?:(?!\2)[^\r\n]){6,512}))")
"""Bare, or in quotes as `.env` files and programs have it."""
_USERINFO = re.compile(rb"://[^\s/:@\"'\\]*:([^\s/@\"'\\]+)@")
_PEM = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----(.*?)(?:-----END|\Z)", re.DOTALL)
_QUOTED_VALUE = re.compile(  # as deep as it is quoted itself
    rb"[\"']\s*:\s*(?:(\\*[\"'])((?:(?!(?<!\\)\1).)*)|(-?\d[\d.eE+-]*|[\[{(][^\]})]*[\]})]?))", re.DOTALL
)
_BRACKET = re.compile(rb"[\"']\s*:\s*[\[({]")
_LOGIN = re.compile(
    _BRACKET.pattern + rb"\s*(\\*[\"'])((?:(?!\1).){1,256})\1\s*,\s*(\\*[\"'])((?:(?!(?<!\\)\3).)*)", re.DOTALL
)
_REFERENCES = (b"os.", b"$", b"self.", b"None", b"config.", b"settings.", b"getenv", b"str", _REDACTED_BYTES)
_KEY_BYTES = 64
"""A key in a text is not looked for beyond."""

_PIECE_BYTES = 131_072
"""Looked at between two offers of the interpreter lock."""

_OVERLAP_BYTES = 256


def is_clean(text: bytes, *, is_json: bool = False) -> bool:
    """Whether nothing in a text looks like a secret; of JSON, the keys of its own are not looked at."""
    if len(text) <= _PIECE_BYTES:
        return not has_marks(text, is_json) or next(_secrets(text, is_json), None) is None
    for start in range(0, len(text), _PIECE_BYTES):
        piece = text[max(0, start - _OVERLAP_BYTES) : start + _PIECE_BYTES]
        if next(_secrets(piece, is_json), None) is not None:  # in a long text are marks of every kind
            return False
        time.sleep(0)  # offers the interpreter lock
    return True


def has_marks(text: bytes, is_json: bool) -> bool:
    """Whether a closer look is worth it: false for most texts, at a microsecond for a short one."""
    shapes = text.translate(_SHAPES)
    return (
        _RUN in shapes
        or (b"=" in text and (_ASSIGNED in shapes or any(mark in text for mark in _ASSIGNED_QUOTED)))
        or b"earer " in text
        or (is_json and may_follow(text, b"\\", _QUOTED, 2) and (b'\\":' in text or b'\\" :' in text))
        or (not is_json and (b'":' in text or b'" :' in text))
        or may_follow(text, b"'", _COLON, 1)
        or b"PRIVATE KEY-----" in text
        or (b"@" in text and b"://" in text)
        or secret_lines.has_marks(text)
    )


def cut_out(text: bytes, *, is_growing: bool = False) -> bytes:
    """A text without its secrets. What of a growing one is cut stays cut, also where it becomes JSON as a whole."""
    spans = sorted(_secrets(text, is_json=False, is_growing=is_growing))
    parts: list[bytes] = []
    end = 0
    for start, stop in spans:
        if start >= end:
            parts += [text[end:start], _REDACTED_BYTES]
        end = max(end, stop)
    return b"".join([*parts, text[end:]])


def _secrets(text: bytes, is_json: bool, is_growing: bool = False) -> Iterator[tuple[int, int]]:
    """Where secrets are: start and end of each, in no order."""
    shapes = text.translate(_SHAPES)
    run = shapes.find(_RUN)
    yield from _tokens(text, shapes, run)
    if b"=" in text:
        yield from _assigned(text, shapes)
    if b"earer " in text:
        yield from _groups(_BEARER, text, 1)
    if b"@" in text and b"://" in text:
        yield from _groups(_USERINFO, text, 1)
    if b"PRIVATE KEY-----" in text:
        yield from _groups(_PEM, text, 1)
    yield from secret_lines.secrets(text, may_hold_key=run >= 0, is_growing=is_growing)
    for mark, quote in _key_marks(is_json):
        is_there = may_follow(text, b"'", _COLON, 1) if quote == b"'" else mark in text
        if is_there and _has_telling_keys(text, mark, quote):
            yield from _quoted(text, mark, quote)


def _key_marks(is_json: bool) -> tuple[tuple[bytes, bytes], ...]:
    """What follows a key in JSON, or in the repr of a dict, inside a text; and the quote that ends the key."""
    return _KEY_MARKS_OF_JSON if is_json else _KEY_MARKS


_QUOTED = frozenset((b'":', b'" '))
_COLON = frozenset((b":",))
_KEY_MARKS = ((b'":', b'"'), (b'" :', b'"'), (b"':", b"'"))
_KEY_MARKS_OF_JSON = ((b'\\":', b'"'), (b'\\" :', b'"'), (b"':", b"'"))
"""In JSON itself only text within strings is looked at, whose quotes are escaped."""


def _tokens(text: bytes, shapes: bytes, position: int) -> Iterator[tuple[int, int]]:
    while position >= 0:
        end = shapes.find(b" ", position + _RUN_CHARS)
        end = len(text) if end < 0 else end
        for start in _TOKEN_START.finditer(text, position, min(end, position + _PREFIX_BYTES)):
            if found := _TOKEN.match(text, start.start()):
                yield found.span()
        position = shapes.find(_RUN, end)


def _groups(pattern: re.Pattern[bytes], text: bytes, group: int) -> Iterator[tuple[int, int]]:
    for found in pattern.finditer(text):
        if found[group] != _REDACTED_BYTES:
            yield found.span(group)


def _assigned(text: bytes, shapes: bytes) -> Iterator[tuple[int, int]]:
    """Values of `api_key=...` in URLs, shells and logs; not where code says whence the value comes."""
    yield from _assigned_at(_places(_ASSIGNED, shapes), text, shapes)
    for mark in _ASSIGNED_QUOTED:
        if mark in text:
            yield from _assigned_at(_places(mark, text), text, shapes)


def _assigned_at(places: Iterator[int], text: bytes, shapes: bytes) -> Iterator[tuple[int, int]]:
    end = 0
    for position in places:
        if position < end or text.startswith(_REFERENCES, position + 1):  # within what is cut; from elsewhere
            continue
        before = shapes[max(0, position - _KEY_BYTES) : position]
        start = position - len(before) + max(before.rfind(b" "), before.rfind(b"=")) + 1
        key = text[start + (text[max(0, start - 1) : start] == b"\\") : position].decode()  # not the n of an escaped \n
        if (
            secret_names.tells(key)
            and (value := _ASSIGNED_VALUE.match(text, position)) is not None
            and not value[group := 1 if value[1] else 3].startswith(_REFERENCES)
            and secret_names.hides(key, value[group].decode("utf-8", "replace"))
        ):
            end = value.end(group)
            yield value.span(group)


def _login(text: bytes, at: int) -> Iterator[tuple[int, int]]:
    """The second of the two texts in brackets that are a user and a password."""
    if found := _LOGIN.match(text, at):
        user, password = (found[group].decode("utf-8", "replace") for group in (2, 4))
        if secret_names.is_login(user, password):
            yield found.span(4)


def _places(mark: bytes, text: bytes) -> Iterator[int]:
    position = text.find(mark)
    while position >= 0:
        yield position
        position = text.find(mark, position + len(mark))


def _has_telling_keys(text: bytes, mark: bytes, quote: bytes) -> bool:
    """Whether a key before one of these marks may name a secret: a text has many keys, and few that differ."""
    keys = set()
    for before in text.split(mark)[:-1]:
        end = before[-_KEY_BYTES:].rstrip(b"\\")
        keys.add(end[end.rfind(quote) + 1 :])
    return secret_names.any_tells({key.decode("utf-8", "replace") for key in keys})


def _quoted(text: bytes, mark: bytes, quote: bytes) -> Iterator[tuple[int, int]]:
    """Values of keys of JSON, or of a Python repr, in a text."""
    position = text.find(mark)
    while position >= 0:
        after = position + mark.index(quote)
        before = text[max(0, position - _KEY_BYTES) : position].rstrip(b"\\")
        key = before[before.rfind(quote) + 1 :].decode("utf-8", "replace")
        if key and secret_names.tells(key):
            if secret_names.names_login(key) and _BRACKET.match(text, after):
                yield from _login(text, after)
            elif value := _QUOTED_VALUE.match(text, after):
                group = 2 if value[2] is not None else 3
                shown: Any = 0 if group == 3 else value[2].decode("utf-8", "replace")
                if value[group] != _REDACTED_BYTES and secret_names.hides(key, shown):
                    yield value.span(group)
                    position = max(position, value.end(group) - len(mark))
        position = text.find(mark, position + len(mark))
