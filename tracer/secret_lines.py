"""Secrets in lines of text that people and programs write: headers, pairs of a header and its value, command lines.

`Authorization: Basic ...`, `Cookie: a=b`, `X-API-Key: ...`, `["Authorization", "..."]`, `--password hunter2`,
`curl -u user:password`. Everything takes and gives bytes and places in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from . import secret_names
from .rare_bytes import may_follow
from .secret_names import REDACTED

_NAME_CHARS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
_MARKED = (b"authorization", b"cookie")
_NAME_ENDS = (*_MARKED, b"key", b"token", b"secret")
"""Of headers that carry a secret, in lower case."""
_ALL_NAME_ENDS = (
    *_NAME_ENDS,
    *(b"keys", b"secrets", b"secret_value", b"secret-value", b"password", b"passwd", b"passphrase", b"passcode"),
    *(b"pass", b"pwd", b"auth", b"credential", b"credentials", b"connection_string", b"connection-string"),
    *(b"connectionstring", b"jwt", b"bearer", b"dsn"),
)
"""Of whatever `secret_names` takes for the name of one: looked for in growing texts, and where a value may be named."""
_NAMED_VALUE = (b'value"', b"value\\", b"value'")
_NUMBER = re.compile(rb"[_.-]?\d{1,3}(?=\\*[\"'])")

_NUMBERING = frozenset((b"_", b".", b"-", *(b"%d" % digit for digit in range(10))))
_FOLLOWING = frozenset((b":", b" ", b'"', b"'", b"\\")) | _NUMBERING
"""What may stand behind the name of a header."""
_QUOTE_BEFORE = re.compile(rb"(?:\\*[\"'`])\Z")
_LINE = re.compile(rb"\s?:[ \t]*((?:(?!\\+[nr])[^\r\n])+)")
_PAIR = re.compile(  # a pair, or {"name": ..., "value": ...}
    rb"\\*[\"']\s*,\s*((?:[^{}\[\]]{0,200}?(?<=[\"']))?[Vv]alue\\*[\"']\s*:\s*)?b?(\\*[\"'])((?:(?!(?<!\\)\2).)+)",
    re.DOTALL,
)
_FIRST_WORD = re.compile(rb"[^\s\"'`\\]+")

_OPTION = re.compile(
    rb"--(?<![A-Za-z0-9_-]--)([A-Za-z][A-Za-z0-9_.-]{1,63})(?:(=)|[ \t]+|\\*[\"']\s*,\s*)"
    rb"(?:(\\*[\"'])((?:(?!\3|\\+[nr])[^\r\n])+)|((?:\\(?![nrt\"'\\])|[^\s\"'`\\])+))"
)
_OPTION_OF_SECRET = re.compile(
    rb"(?i)--(?<![a-z0-9_-]--)(?=[a-z])[a-z0-9_.-]{0,40}?"
    rb"(?:pass|pwd|secret|key|token|jwt|dsn|auth|bearer|credential|cookie|string)"
)
_AFTER_DASH = frozenset((b"", b"u ", b'u"', b"u'", b"u\\"))
"""Of `--` and `-u`: an empty piece is one between two dashes."""
_LOGIN_OF_CURL = re.compile(
    rb"(?<![A-Za-z])curl\b.{0,1024}?[\s\"'](?:-u|-U|--user|--proxy-user)[\s\"',=\\]*"
    rb"([^\s:\"'\\=,]+):((?:\\(?![nrt\"'\\])|[^\s\"'`\\])+)",
    re.DOTALL,
)


def has_marks(text: bytes) -> bool:
    """Whether a closer look is worth it; keys that are long enough to be tokens have marks of their own."""
    return (
        b"uthorization" in text
        or (b"=" in text and b"ookie: " in text)
        or (
            may_follow(text, b"-", _AFTER_DASH, 2)
            and (_OPTION_OF_SECRET.search(text) is not None or _LOGIN_OF_CURL.search(text) is not None)
        )
    )


def secrets(text: bytes, *, may_hold_key: bool, is_growing: bool) -> Iterator[tuple[int, int]]:
    """Where secrets are: start and end of each, in no order.

    Under other names than those of `_MARKED` something is looked for where a run as long as a key is in the text, and
    where a value may be named. A text that is JSON as a whole is walked, and pairs are seen under any name: a growing
    one is to become that.
    """
    lowered = text.lower()
    is_named = b"value" in lowered and any(mark in lowered for mark in _NAMED_VALUE)
    for end in _ALL_NAME_ENDS if is_growing or is_named else _NAME_ENDS if may_hold_key else _MARKED:
        position = lowered.find(end)
        while position >= 0:
            after = position + len(end)
            if text[after : after + 1] in _FOLLOWING:
                yield from _beside(text, position, after)
            position = lowered.find(end, after)
    if b"--" in text:
        for found in _OPTION.finditer(text):
            group = 4 if found[3] else 5
            option, value = found[1].decode(), found[group].decode("utf-8", "replace")
            if secret_names.hides_after(option, value, is_alone=bool(found[2] or found[3])):
                yield found.span(group)
    if b"curl" in text:
        for found in _LOGIN_OF_CURL.finditer(text):
            if is_login_of_curl(found[1].decode("utf-8", "replace"), found[2].decode("utf-8", "replace")):
                yield found.span(2)


def is_login_of_curl(user: str, password: str) -> bool:
    """Whether what follows `-u` is a user and a password, and not two ids as `docker run -u` has them."""
    return not (user.isdigit() and password.isdigit()) and not password.startswith(("$", "<", REDACTED))


def _beside(text: bytes, position: int, after: int) -> Iterator[tuple[int, int]]:
    """What stands on the line after a name whose end is given, or as the second of a pair."""
    follows = text[after : after + 2]
    if follows[:1] in _NUMBERING and (numbered := _NUMBER.match(text, after)):
        after = numbered.end()
        follows = text[after : after + 2]
    if follows[:1] != b":" and follows != b" :" and follows[:1] not in (b'"', b"'", b"\\"):
        return
    before = text[max(0, position - secret_names.NAME_CHARS) : position]
    start = len(before.rstrip(_NAME_CHARS))
    name = (before[start:] + text[position:after]).decode()
    if before[start - 1 : start] == b"\\" and before[start - 2 : start - 1] != b"\\":
        name = name[1:]  # the n of an escaped line end
    if not secret_names.tells(name):
        return
    is_pair = follows[:1] not in (b":", b" ")
    found = (_PAIR if is_pair else _LINE).match(text, after)
    if found is None:
        return
    if is_pair:
        value = found[3].decode("utf-8", "replace")
        if (
            (secret_names.hides(name, value) and value != REDACTED)
            if found[1]
            else secret_names.hides_beside(name, value)
        ):
            yield found.span(3)
        return
    first, end = found.span(1)
    if quote := _QUOTE_BEFORE.search(before[:start]):
        closing = text.find(quote[0], first, end)
        end = closing if closing >= 0 else end
    match secret_names.hidden_words(name, text[first:end].decode("utf-8", "replace")):
        case 2:
            yield first, end
        case 1:
            word = _FIRST_WORD.search(text, first)
            assert word is not None
            yield word.span()
