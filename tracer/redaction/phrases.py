"""Secrets that follow their name in a sentence or a command: `the password is ...`, `login ada password ...`.

Without a separator a name tells little, so only what looks random is taken: a run as long as a token, or what stands
behind the word password. Everything takes and gives bytes and places in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from . import credential_values, name_ends, names, tables
from .lazy_pattern import late
from .name_ends import NAME_CHARS
from .names import Tells
from .words import END_BYTES

_SMALL, _CAPITALS = b"assw", b"ASSWORD"
_D, _W = b"DW"
_PASSWORD = late(
    rb"(?i:ass(?:word|wd|wort))(?:[\"'`]?\s{1,4}(?:is|was|by|to|set\sto|lautet|ist|est|es))?\s{1,4}"
    rb"(\\{0,4}[\"'`])?([^\s\"'`\\]{6,256})"
)
_NETRC = late(rb"assword(?:\s|\\{1,8}n){1,8}([^\s\"'\\|]{1,1024})")
"""The end of a line of `.netrc`, or of several."""
_CALL = late(rb"ass(?:word|wd|wort)\(\s{0,4}(\\*[\"'])([^\s\"'\\]{4,256})\1")
_SETTERS = (b"set", b"set_", b"with", b"with_")
_HEAD = late(rb"ass(?:word|wd|wort)s?(?=[ *_`]{0,4}(?:[|,;\t]|\r?\n|\\+[nr]))")
"""The end of a name in the first row of a table."""
_LOGINS = frozenset((b"login", b"account", b"user"))
_NETRC_BYTES = 300
_CONNECTING = frozenset((b"is", b"was", b"are", b"be", b"to", b"by", b"as", b"provided", b"used", b"value"))
_CONNECTING_ENDS = (*_CONNECTING, b"ntified")
_BETWEEN = b" \t\"'`|(:=\\*>-"
"""Between a name and what follows it."""
_BEFORE_BYTES = 64
_VALUE = late(rb"[A-Za-z0-9+/_=.~-]{16,4096}")
_ECHOED = late(
    rb"echo\s{1,4}(?:-n\s)?\\?[\"']?([^\s\"'`\\|$]{6,1024})\\?[\"']?\s{0,4}\|[^|\r\n]{0,200}?(?:password-stdin|sudo -S)"
)


def has_marks(text: bytes) -> bool:
    """Whether the word password is in a text."""
    return text.find(_SMALL) >= 0 or (_may_hold_capitals(text) and text.find(_CAPITALS) >= 0)


def _may_hold_capitals(text: bytes) -> bool:
    """Whether the capitals are in a text that most texts lack; to find one takes a thirtieth of finding the word."""
    return _D in text and _W in text


def places(text: bytes) -> Iterator[tuple[int, int]]:
    """Where secrets are behind the word password: start and end of each."""
    for word in (_SMALL, _CAPITALS) if _may_hold_capitals(text) else (_SMALL,):
        position = text.find(word)
        while position >= 0:
            if (found := _PASSWORD.match(text, position)) and _is_password(
                found[2].decode("utf-8", "replace"), is_quoted=found[1] is not None
            ):
                yield found.span(2)
            elif (
                (found := _NETRC.match(text, position))
                and _is_netrc(text, position - 1)
                and not credential_values.is_placeholder(found[1].decode("utf-8", "replace"))
            ):
                yield found.span(1)
            elif found := _HEAD.match(text, position):
                yield from tables.column(text, position - 1, found.end())
            elif (found := _CALL.match(text, position)) and _is_set(text, position - 1, found):
                yield found.span(2)
            position = text.find(word, position + len(word))
    if b"|" in text and b"echo" in text and (b"-stdin" in text or b"sudo" in text):
        for found in _ECHOED.finditer(text):
            yield found.span(1)


def _is_set(text: bytes, position: int, call: re.Match[bytes]) -> bool:
    """Whether a call sets a password to a text."""
    is_setter = text[max(0, position - 5) : position].lower().endswith(_SETTERS)
    return is_setter and credential_values.is_secret(call[2].decode("utf-8", "replace"))


def _is_netrc(text: bytes, position: int) -> bool:
    """Whether a login stands before the word password."""
    before = text[max(0, position - _NETRC_BYTES) : position].replace(b"\\n", b" ").split()
    return len(before) > 1 and before[-2].lstrip(b"\\\"'") in _LOGINS


def named_before(text: bytes, runs: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Where what is as long as a token stands behind a telling name: start and end of each. `runs` are its places."""
    for run, _ in runs:
        if text[run - 1 : run] not in _STARTS:
            continue
        end = text[max(0, run - _NEAR_BYTES) : run].rstrip(_BETWEEN)[-END_BYTES:]
        if end not in _plain and (_tells(end) or len(end) < END_BYTES) and (place := _named_before(text, run)):
            yield place


def _tells(end: bytes) -> bool:
    """Whether a telling name, or a word between it and its value, may end so; where not, remembered."""
    if name_ends.may_end_name(end) or end[-1:] in b"+/=~" or end.endswith(_CONNECTING_ENDS):
        return True
    if len(_plain) >= name_ends.MOST_KNOWN:
        _plain.clear()
    _plain.add(end)
    return False


_plain: set[bytes] = set()
_NEAR_BYTES = 12


_STARTS = frozenset((b" ", b'"', b"'", b"`", b"|", b"(", b"\n", b"\t", b"/", b"+"))
"""What a value may follow; of the last two, it is in the middle of base64."""


def _named_before(text: bytes, run: int) -> tuple[int, int] | None:
    before = text[max(0, run - _BEFORE_BYTES) : run]
    shown = len(before.rstrip(NAME_CHARS + b"+/=~"))
    if shown == 0 and len(before) == _BEFORE_BYTES:  # in the midst of a long text in base64
        return None
    start = run - len(before) + shown
    before = text[max(0, start - _BEFORE_BYTES) : start].rstrip(_BETWEEN)
    name_start = len(before.rstrip(NAME_CHARS))
    if before[name_start:].lower() in _CONNECTING:
        before = before[:name_start].rstrip(_BETWEEN)
        name_start = len(before.rstrip(NAME_CHARS))
    name = before[name_start:].strip(b"-.")
    if name.lower() in (b"key", b"keys") and before[name_start - 1 : name_start] == b" ":
        first = before[: name_start - 1]
        name = first[len(first.rstrip(NAME_CHARS)) :] + b"_" + name
    is_sql = name.lower() == b"identified"
    kind = Tells.SECRET if is_sql else names.kind_of(name.decode("utf-8", "replace"))
    if kind is Tells.NOTHING or (found := _VALUE.match(text, start)) is None:
        return None
    end = start + len(found[0].rstrip(b"."))
    value = text[start:end].decode()
    return (start, end) if credential_values.is_key(value, or_hex=kind is not Tells.SOME_KEY) else None


def _is_password(text: str, *, is_quoted: bool) -> bool:
    """Whether a word behind the word password is one, and not the next of a sentence about it."""
    word = text.rstrip(".,;:!?)")
    if word.isalpha() and word.islower():
        return False
    if (
        credential_values.is_placeholder(word)
        or credential_values.is_reference(word)
        or credential_values.is_path(word)
    ):
        return False
    if credential_values.is_hyphenated(word) or credential_values.is_name(word):
        return False
    return credential_values.is_strong(word) if is_quoted else credential_values.mixes(word)
