"""Places of secrets in one text: tokens by their shape, values under telling keys in JSON, reprs and assignments.

Most texts hold no secret, and finding that out must cost little. What a secret may be known by are marks, each one
search through the text; only where one is found the text is looked at closely.
"""

from __future__ import annotations

import re
import time
from binascii import Error, a2b_base64
from collections.abc import Iterator
from typing import Any

from . import assignments, credential_values, lines, names, phrases, token_search
from .byte_search import may_follow
from .lazy_pattern import late
from .names import REDACTED

_REDACTED_BYTES = REDACTED.encode()
_LINE_BREAK, _DASH, _K, _V, _AT, _BACKSLASH, _QUOTE, _APOSTROPHE = b"\n-KV@\\\"'"

_BEARER = late(token_search.begun(b"earer", b"[Bb]") + rb"\s+([A-Za-z0-9._~+/-]{7,}[A-Za-z0-9_~+/-]=*)")
_BASIC = late(token_search.begun(b"asic", b"[Bb]") + rb"\s+([A-Za-z0-9+/]{8,4096}={0,2})")
_USERINFO = late(
    rb"://(?!\d{1,5}[/?#])(?:[^\s/:@\"'\\<>?#]{0,256}:(?!\d{1,5}[/?#])([^\s\"'\\<>]{1,1024}?)(?=@[A-Za-z0-9.\[_-]+(?:[:/?,#\s\"'\\<>)]|\.?\Z))"
    rb"|([^\s/:@\"'\\<>?#]{16,1024})@)"
)
_USER_BEFORE_NONE = late(rb"://([A-Za-z0-9_-]{16,256}):(?:x-oauth-basic|x|)@")
"""A token in the place of a user, and nothing, or a word for it, as the password."""
_USERINFO_OF_ORACLE = late(rb"jdbc:oracle:[a-z0-9]{1,8}:[^\s/@\"'\\]{1,64}/([^\s@\"'\\]{1,256})@")
_USERINFO_OF_GO = late(rb"[^\s/:@\"'\\<>]{1,64}:([^\s\"'\\<>]{1,256})@tcp\(")
_PEM = late(rb"-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----(.*?)(?:-----END|\Z)", re.DOTALL)
_PUTTY = late(rb"Private-Lines: \d{1,4}(?:\r?\n|(?:\\+r)?\\+n)(.*?)(?:Private-MAC|\"|\Z)", re.DOTALL)
_QUOTED_VALUE = late(  # as deep as it is quoted itself
    rb"[\"']\s*:\s*(?:(\\*[\"'])((?:(?!(?<!\\)\1).)*)|(-?\d[\d.eE+-]{0,32}|[\[{(][^\]})]{0,4096}[\]})]?))", re.DOTALL
)
_BRACKET = late(rb"[\"']\s*:\s*[\[({]")
_LOGIN = late(
    _BRACKET.pattern + rb"\s*(\\*[\"'])((?:(?!\1).){1,256})\1\s*,\s*(\\*[\"'])((?:(?!(?<!\\)\3).)*)", re.DOTALL
)
_SCHEMA = late(
    rb"[\[{(]\s*\\*[\"'](?:type|title|description|\$ref|anyOf|oneOf|allOf|format|minLength|maxLength|enum|pattern)\\*[\"']\s*:"
)
"""A value that describes what stands under a key."""
_KEY_BYTES = 64
"""A key in a text is not looked for beyond."""

_PIECE_BYTES = 131_072
"""Looked at between two offers of the interpreter lock."""

_OVERLAP_BYTES = 256


def is_clean(text: bytes, *, is_json: bool = False) -> bool:
    """Whether nothing in a text looks like a secret; of JSON, the keys of its own are not looked at."""
    if len(text) <= _PIECE_BYTES:
        return next(_secrets(text, is_json), None) is None
    for start in range(0, len(text), _PIECE_BYTES):
        piece = text[max(0, start - _OVERLAP_BYTES) : start + _PIECE_BYTES]
        if next(_secrets(piece, is_json), None) is not None:
            return False
        time.sleep(0)  # offers the interpreter lock
    return True


def has_marks(text: bytes, is_json: bool) -> bool:
    """Whether a closer look is worth it: false for most texts, at a microsecond for a short one.

    `text` may be several texts, joined by line breaks. So only names, and what no line break can be in, are judged
    here: tokens, and passwords in addresses.
    """
    return (
        phrases.has_marks(text)
        or lines.has_marks(text)
        or text.find(b"earer ") >= 0
        or assignments.has_marks(text)
        or _has_quoted(text, is_json)
        or _may_hold_private_key(text)
        or (_may_hold_userinfo(text) and next(_userinfo(text), None) is not None)
        or _has_tokens(text)
    )


def _has_tokens(text: bytes) -> bool:
    """Whether a token is in a text, or a mark of what only texts with long runs may hold."""
    runs = token_search.runs(text)
    if not runs and not token_search.has_broken(text):
        return False
    return (
        next(token_search.places(text, runs), None) is not None
        or next(phrases.named_before(text, runs), None) is not None
        or text.find(b"asic ") >= 0
        or text.find(b"Private-Lines") >= 0
    )


def _may_hold_private_key(text: bytes) -> bool:
    return _DASH in text and _K in text and _V in text and text.find(b" PRIVATE KEY") >= 0


def _may_hold_userinfo(text: bytes) -> bool:
    return _AT in text and (b"://" in text or b"@tcp(" in text or b"jdbc:oracle" in text)


def _may_be_quoted(text: bytes, is_json: bool) -> bool:
    """Whether quotes are in a text; of JSON, within its strings."""
    return (_BACKSLASH if is_json else _QUOTE) in text or _APOSTROPHE in text


def _has_quoted(text: bytes, is_json: bool) -> bool:
    """Whether a telling name stands in quotes before a colon or a comma."""
    if not may_follow(text, b"'", _QUOTED, 1) and not (
        may_follow(text, b"\\", _ESCAPED, 2) if is_json else _QUOTE in text
    ):
        return False
    return next(_telling_marks(text, is_json), None) is not None or lines.has_pairs(text, is_json=is_json)


def cut_out(text: bytes) -> bytes:
    """A text without its secrets."""
    spans = sorted(_secrets(text, is_json=False))
    parts: list[bytes] = []
    end = 0
    for start, stop in spans:
        if start >= end:
            parts += [text[end:start], _REDACTED_BYTES]
        end = max(end, stop)
    return b"".join([*parts, text[end:]])


def _secrets(text: bytes, is_json: bool) -> Iterator[tuple[int, int]]:
    """Where secrets are: start and end of each, in no order."""
    yield from assignments.places(text)
    runs = token_search.runs(text)
    if runs and b"Private-Lines" in text:
        yield from _groups(_PUTTY, text, 1)
    if runs or token_search.has_broken(text):
        yield from token_search.places(text, runs)
        yield from phrases.named_before(text, runs)
        if b"asic " in text:
            for start, end in _groups(_BASIC, text, 1):
                if _is_login(text[start:end]):
                    yield start, end
    if b"earer " in text:
        for start, end in _groups(_BEARER, text, 1):
            if _is_bearer(text, start, end):
                yield start, end
    if phrases.has_marks(text):
        yield from phrases.places(text)
    if _may_hold_userinfo(text):
        yield from _userinfo(text)
    if _may_hold_private_key(text):
        yield from _groups(_PEM, text, 1)
    if lines.has_marks(text):
        yield from lines.secrets(text)
    if not _may_be_quoted(text, is_json):
        return
    if (b'\\",' if is_json else b'",') in text or may_follow(text, b"'", _COMMA, 1):
        yield from lines.pairs(text, is_json=is_json)
    for mark, quote in _telling_marks(text, is_json):
        yield from _quoted(text, mark, quote)


def _telling_marks(text: bytes, is_json: bool) -> Iterator[tuple[bytes, bytes]]:
    """The marks that follow a key which may name a secret, each with the quote that ends the key."""
    for mark, quote in _key_marks(is_json):
        is_there = may_follow(text, b"'", _COLON, 1) if quote == b"'" else _BACKSLASH in text or not is_json
        if is_there and text.find(mark) >= 0 and _has_telling_keys(text, mark, quote):
            yield mark, quote


def _key_marks(is_json: bool) -> tuple[tuple[bytes, bytes], ...]:
    """What follows a key in JSON, or in the repr of a dict, inside a text; and the quote that ends the key."""
    return _KEY_MARKS_OF_JSON if is_json else _KEY_MARKS


_ESCAPED = frozenset((b'":', b'" ', b'",'))
_QUOTED = frozenset((b":", b","))
_COLON = frozenset((b":",))
_COMMA = frozenset((b",",))
_KEY_MARKS = ((b'":', b'"'), (b'" :', b'"'), (b"':", b"'"))
_KEY_MARKS_OF_JSON = ((b'\\":', b'"'), (b'\\" :', b'"'), (b"':", b"'"))
"""In JSON itself only text within strings is looked at, whose quotes are escaped."""


def _groups(pattern: re.Pattern[bytes], text: bytes, group: int) -> Iterator[tuple[int, int]]:
    for found in pattern.finditer(text):
        if found[group] != _REDACTED_BYTES:
            yield found.span(group)


def _is_bearer(text: bytes, start: int, end: int) -> bool:
    """Whether what follows is a token, and not the next word of a sentence about a bearer."""
    value = text[start:end].decode()
    if credential_values.is_placeholder(value) or credential_values.is_numbered_word(value):
        return False
    return credential_values.mixes(value) or len(value) >= 32


def _is_login(text: bytes) -> bool:
    """Whether a text is a user and a password in base64."""
    try:
        return b":" in a2b_base64(text + b"=" * (-len(text) % 4))
    except Error:
        return False


def _userinfo(text: bytes) -> Iterator[tuple[int, int]]:
    """Passwords in URLs, and tokens in the place of a user."""
    for found in _USER_BEFORE_NONE.finditer(text):
        yield found.span(1)
    if b"jdbc:oracle" in text:
        yield from _groups(_USERINFO_OF_ORACLE, text, 1)
    for found in _USERINFO.finditer(text):
        group = 1 if found[1] is not None else 2
        value = found[group].decode("utf-8", "replace")
        if not credential_values.is_placeholder(value) and (group == 1 or credential_values.is_key(value, or_hex=True)):
            yield found.span(group)
    if b"@tcp(" in text:
        yield from _groups(_USERINFO_OF_GO, text, 1)


def _login(text: bytes, at: int) -> Iterator[tuple[int, int]]:
    """The second of the two texts in brackets that are a user and a password."""
    if found := _LOGIN.match(text, at):
        user, password = (found[group].decode("utf-8", "replace") for group in (2, 4))
        if names.is_login(user, password):
            yield found.span(4)


def _describes(value: bytes) -> bool:
    """Whether a dict or a list describes what stands under a key, or tells what is wrong with it."""
    return _SCHEMA.match(value) is not None or credential_values.is_sentence(value.decode("utf-8", "replace"))


def _has_telling_keys(text: bytes, mark: bytes, quote: bytes) -> bool:
    """Whether a key before one of these marks may name a secret: a text has many keys, and few that differ."""
    keys = set()
    for before in text.split(mark)[:-1]:
        end = before[-_KEY_BYTES:].rstrip(b"\\")
        keys.add(key := end[end.rfind(quote) + 1 :])
        if _LINE_BREAK in key:  # perhaps a text begins behind it, with the rest of the key
            keys.add(key[key.rfind(b"\n") + 1 :])
    return names.any_tells({key.decode("utf-8", "replace") for key in keys})


def _quoted(text: bytes, mark: bytes, quote: bytes) -> Iterator[tuple[int, int]]:
    """Values of keys of JSON, or of a Python repr, in a text."""
    position = text.find(mark)
    while position >= 0:
        after = position + mark.index(quote)
        before = text[max(0, position - _KEY_BYTES) : position].rstrip(b"\\")
        key = before[before.rfind(quote) + 1 :].decode("utf-8", "replace")
        if key and names.tells(key):
            if names.names_login(key) and _BRACKET.match(text, after):
                yield from _login(text, after)
            elif value := _QUOTED_VALUE.match(text, after):
                group = 2 if value[2] is not None else 3
                shown: Any = 0 if group == 3 else value[2].decode("utf-8", "replace")
                if value[group] == _REDACTED_BYTES or (group == 3 and _describes(value[3])):
                    pass
                elif names.hides(key, shown):
                    yield value.span(group)
                    position = max(position, value.end(group) - len(mark))
        position = text.find(mark, position + len(mark))
