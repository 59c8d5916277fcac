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
_COLON = re.compile(rb"\s?:[ \t]*")
_LINE_END = re.compile(rb"[\r\n]|\\+[nr]")
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
            if text[after : after + 1] in _FOLLOWING and (place := _beside(text, position, after)) is not None:
                yield place
                after = place[1]
            position = lowered.find(end, after)
    if not may_follow(text, b"-", _AFTER_DASH, 2):
        return
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


def _beside(text: bytes, position: int, after: int) -> tuple[int, int] | None:
    """The secret on the line after a name whose end is given, or as the second of a pair."""
    follows = text[after : after + 2]
    if follows[:1] in _NUMBERING and (numbered := _NUMBER.match(text, after)):
        after = numbered.end()
        follows = text[after : after + 2]
    is_line = follows[:1] == b":" or follows == b" :"
    if not is_line and follows[:1] not in (b'"', b"'", b"\\"):
        return None
    before = text[max(0, position - secret_names.NAME_CHARS) : position]
    start = len(before.rstrip(_NAME_CHARS))
    name = (before[start:] + text[position:after]).decode()
    if before[start - 1 : start] == b"\\" and before[start - 2 : start - 1] != b"\\":
        name = name[1:]  # the n of an escaped line end
    if not secret_names.tells(name):
        return None
    if is_line:
        quote = _QUOTE_BEFORE.search(before[:start])
        return _on_line(text, after, name, quote[0] if quote else None)
    return _in_pair(text, after, name)


def _on_line(text: bytes, after: int, name: str, quote: bytes | None) -> tuple[int, int] | None:
    """To the end of the line, or of the quotes that began before the name."""
    if (found := _COLON.match(text, after)) is None:
        return None
    first = found.end()
    beginning = text[first : first + secret_names.LOOKED_AT]
    words = secret_names.hidden_words(name, beginning[: _end_of_line(beginning, 0, quote)].decode("utf-8", "replace"))
    if words == 0:
        return None
    if words == 1:
        word = _FIRST_WORD.search(text, first)
        return word and word.span()
    return first, _end_of_line(text, first, quote)


def _end_of_line(text: bytes, first: int, quote: bytes | None) -> int:
    found = _LINE_END.search(text, first)
    end = found.start() if found else len(text)
    closing = text.find(quote, first, end) if quote else -1
    return closing if closing >= 0 else end


def _in_pair(text: bytes, after: int, name: str) -> tuple[int, int] | None:
    if (found := _PAIR.match(text, after)) is None:
        return None
    value = found[3].decode("utf-8", "replace")
    if found[1]:
        is_hidden = value != REDACTED and secret_names.hides(name, value)
    else:
        is_hidden = secret_names.hides_beside(name, value)
    return found.span(3) if is_hidden else None
