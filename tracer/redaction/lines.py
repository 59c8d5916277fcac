"""Secrets beside their names in text: pairs of a header and its value, entries of manifests, command lines.

`["Authorization", "..."]`, `{"name": "PASSWORD", "value": "..."}`, `--password hunter2`, `curl -u user:password`,
`mysql -phunter2`. Everything takes and gives bytes and places in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from . import credential_values, names
from .lazy_pattern import late
from .name_ends import NAME_CHARS, Separator
from .names import REDACTED

_FEW_DASHES = 16
"""Dashes that are found by themselves, faster than as the beginning of a pattern."""
_PAIR = Separator(b",", b".{5}[\"']")
_PAIR_IN_JSON = Separator(b",", rb".{4}(?:.'|\\\")")
"""Behind a name in quotes."""
_REST_OF_PAIR = late(  # a pair, or {"name": ..., "value": ...}
    rb"\\*[\"']\s*,\s*((?:[^{}\[\]]{0,200}?(?<=[\"']))?[Vv]alue\\*[\"']\s*:\s*)?b?(\\*[\"'])((?:(?!(?<!\\)\2).){1,4096})",
    re.DOTALL,
)
_OPTION = late(
    rb"--(?<![A-Za-z0-9_-]--)([A-Za-z][A-Za-z0-9_.-]{1,63})(?:(=)|[ \t]+|\\*[\"']\s*,\s*)"
    rb"(?:(\\*[\"'])((?:(?!\3|\\+[nr])[^\r\n]){1,4096})|((?:\\(?![nrt\"'\\])|[^\s\"'`\\])+))"
)
_SHORT = (
    rb"-(?<=[\s\"'n]-)(?:[uUpPawk](?=[ =\"'\\])|p(?=\S))"
    rb"[ =]?(?:\\*[\"'](?:\s{0,2},\s{0,2}\\*[\"'])?)?(?!-)"
)
_ANY_OPTION = late(
    rb"-(?:" + _SHORT[1:] + rb"|-(?<![A-Za-z0-9_-]--)(?=[A-Za-z])[A-Za-z0-9_.-]{0,40}?"
    rb"(?i:pass|pwd|secret|key|token|jwt|dsn|auth|bearer|credential|cookie|string|user|body)"
    rb"|SecureString(?<=To-SecureString)(?=[ \t]))"
)
_SHORT_OPTION = late(_SHORT)
"""Options that may be followed by a secret."""
_LOGIN_OF_CURL = late(
    rb"(?<![A-Za-z])(?:curl|https?|xh)\b(?!:).{0,1024}?[\s\"'](?:-u|-U|-a|--auth|--user|--proxy-user)[\s\"',=\\]*"
    rb"([^\s:\"'\\=,]+):((?:\\(?![nrt\"'\\])|[^\s\"'`\\])+)",
    re.DOTALL,
)


_SECRET_SET = late(rb"secret set [^\r\n\\]{0,200}?(?:--body|-b)[ =](\\*[\"'])?(?![$<{])([^\s\"'\\]{4,4096})")
"""GitHub's command line."""
_SECURE_STRING = late(rb"To-SecureString[ \t]{1,8}(?:-String[ \t]{1,8})?(\\*[\"'])(?!\$)((?:(?!\1)[^\r\n]){4,1024})\1")
_CLIENTS = {
    b"p": late(
        rb"(?<![A-Za-z0-9])(?:mysql|mariadb|sshpass|mongo|smbclient|(?:docker|podman|registry|az|cf|oc|npm|heroku)\s+login)"
    ),
    b"a": late(rb"redis-cli"),
    b"k": late(rb"openssl"),
    b"w": late(rb"ldap[a-z]"),
    b"P": late(rb"sqlcmd|bcp |zip|7z"),
}
"""Clients that take a password behind an option of one letter."""
_CLIENT_BYTES = 256
"""Between a client and its option."""
_CLIENT_WORD = late(rb"[^\s\"'`\\]{3,1024}")


def has_marks(text: bytes) -> bool:
    """Whether an option that may be followed by a secret is in a text."""
    position = text.find(b"-")
    for _ in range(_FEW_DASHES):
        if position < 0:
            return False
        if _ANY_OPTION.match(text, position):
            return True
        position = text.find(b"-", position + 1)
    return position >= 0 and _ANY_OPTION.search(text, position) is not None


def has_pairs(text: bytes, *, is_json: bool) -> bool:
    """Whether a telling name stands in quotes before a comma."""
    return (_PAIR_IN_JSON if is_json else _PAIR).is_behind_name(text)


def pairs(text: bytes, *, is_json: bool) -> Iterator[tuple[int, int]]:
    """Where the second of a pair is whose first is a telling name: start and end of each."""
    for position in (_PAIR_IN_JSON if is_json else _PAIR).positions(text):
        if (place := _in_pair(text, position - 1)) is not None:
            yield place


def secrets(text: bytes) -> Iterator[tuple[int, int]]:
    """Where secrets are behind options of commands: start and end of each, in no order."""
    if b"--" in text:
        for found in _OPTION.finditer(text):
            group = 4 if found[3] else 5
            option, value = found[1].decode(), found[group].decode("utf-8", "replace")
            if names.hides_after(option, value, is_alone=bool(found[2] or found[3])):
                yield found.span(group)
    if b"curl" in text or b" -a" in text or b"--auth" in text:
        for found in _LOGIN_OF_CURL.finditer(text):
            if is_login_of_curl(found[1].decode("utf-8", "replace"), found[2].decode("utf-8", "replace")):
                yield found.span(2)
    if b"secret set" in text:
        for found in _SECRET_SET.finditer(text):
            yield found.span(2)
    if b"SecureString" in text:
        for found in _SECURE_STRING.finditer(text):
            if not credential_values.is_placeholder(found[2].decode("utf-8", "replace")):
                yield found.span(2)
    for found in _SHORT_OPTION.finditer(text):
        if (place := _of_client(text, found)) is not None:
            yield place


def _of_client(text: bytes, option: re.Match[bytes]) -> tuple[int, int] | None:
    """The password behind an option of one letter, where the command is one that takes it so."""
    client = _CLIENTS.get(text[option.start() + 1 : option.start() + 2])
    start = max(0, option.start() - _CLIENT_BYTES)
    if client is None or (word := _CLIENT_WORD.match(text, option.end())) is None:
        return None
    command = text[start : option.start()]
    line = max(command.rfind(end) for end in (b"\n", b"|", b";"))
    if client.search(command, line + 1) is None or (
        b"mysql" in command and text[option.start() + 2 : option.end()].strip(b"\\\"'") != b""
    ):
        return None
    value = word[0].decode("utf-8", "replace")
    return None if credential_values.is_placeholder(value) or value.startswith(("$", "<")) else word.span()


def hides_behind(option: str, command: str, value: str) -> bool:
    """Whether a word is the password behind an option of one letter; `command` is what stands before it."""
    client = _CLIENTS.get(option[1:].encode())
    before = command.encode("utf-8", "replace")[-_CLIENT_BYTES:]
    if client is None or client.search(before) is None or b"mysql" in before:
        return False
    return len(value) > 2 and not credential_values.is_placeholder(value) and not value.startswith(("$", "<", "-"))


def is_login_of_curl(user: str, password: str) -> bool:
    """Whether what follows `-u` is a user and a password, and not two ids as `docker run -u` has them."""
    return not (user.isdigit() and password.isdigit()) and not password.startswith(("$", "<", REDACTED))


def _in_pair(text: bytes, at: int) -> tuple[int, int] | None:
    """The second of a pair whose first is a telling name; `at` is the quote behind the name."""
    before = text[max(0, at - names.NAME_CHARS - 4) : at].rstrip(b"\\")
    name = before[len(before.rstrip(NAME_CHARS)) :].decode()
    slashes = at - len(text[max(0, at - 8) : at].rstrip(b"\\")) - max(0, at - 8)
    if not names.tells(name) or (found := _REST_OF_PAIR.match(text, at - slashes)) is None:
        return None
    value = found[3].decode("utf-8", "replace")
    is_hidden = (value != REDACTED and names.hides(name, value)) if found[1] else names.hides_beside(name, value)
    return found.span(3) if is_hidden else None
