"""What the name of a value says of it: keys, headers, variables and options that name a secret.

Names are read without regard to their spelling: `apiKey`, `API-KEY`, `api.key` and `API_KEY_2` are `api_key`. What a
value must look like to be one depends on how much its name tells.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any

from . import credential_values
from .credential_values import (
    REDACTED,
    is_credential,
    is_key,
    is_placeholder,
    is_schema,
    is_secret,
    looks_random,
)
from .lazy_pattern import late
from .words import (
    AUTH,
    CODE,
    COOKIE,
    FORMS,
    HARMLESS_KEY,
    HARMLESS_TOKEN,
    PROVIDER_KEY,
    SECRET,
    TOKEN,
    WEBHOOK,
)

__all__ = ["REDACTED"]


class Tells(Enum):
    """How much a name tells of its value."""

    NOTHING = 0
    SECRET = 1
    """Whatever stands there is one, but for placeholders, verdicts and sentences."""
    COOKIE = 2
    TOKEN = 3
    """What looks random: models produce tokens too."""
    AUTH = 4
    """What looks like a credential: as often a verdict, or a method, stands there."""
    PROVIDER_KEY = 5
    """What could be a key, hexadecimal digits included."""
    SOME_KEY = 6
    """What can only be a key: caches, tables and storages have keys too."""
    CODE = 7
    """Some digits, or a credential."""
    WEBHOOK = 8
    """An address to which anybody may send who knows it."""


_BREAKS = late(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[\W_]+")
"""Between the words of a name."""

_NUMBER = late(r"_?(?<!base)(?<!_b)\d{1,3}$")
"""After a name: `API_KEY_2`."""

_FLAG = late(
    r"(?:has|have|is|are|needs?|requires?|should|can|must|uses?|using|shows?|hides?|allows?|enabled?|disabled?|no|without"
    r"|forgot|supports?|missing|invalid|num|count|max|min)_"
)
"""Before names of what is said of a secret."""


class _Ends:
    """Words of the table, as names end that are spelled in one way."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self._parts = tuple(word.replace("_", "") for word in words if word[0] != "_")
        self._words = tuple(word for word in words if word[0] == "_")

    def end(self, spelled: str) -> bool:
        return spelled.replace("_", "").endswith(self._parts) or f"_{spelled}".endswith(self._words)


_KINDS = (
    (Tells.AUTH, _Ends(AUTH)),
    (Tells.WEBHOOK, _Ends(WEBHOOK)),
    (Tells.SECRET, _Ends(SECRET)),
    (Tells.COOKIE, _Ends(COOKIE)),
    (Tells.TOKEN, _Ends(TOKEN)),
    (Tells.CODE, _Ends(CODE)),
)
_SESSION_OF_ASP = late(r"asp_?session_?id[a-z]{8}$")
_LOGIN = late(r"(?:^|_)auth$")
_AUTHORIZATION = late(r"authorization$|auth_header$")

NAME_CHARS = 64
"""A longer text is not taken for the name of a header or an option."""

_TAIL_CHARS = 128
"""Of a name that tell what it names: the rest of a path of keys, or of a text in the place of one."""

_KNOWN_MAX = 16_384
_plain: set[str] = set()
"""Names that tell of no secret, as met so far."""
_telling: dict[str, Tells] = {}
"""The others."""


def kind_of(name: str) -> Tells:
    """How much a name tells; remembered."""
    if name in _plain:
        return Tells.NOTHING
    if (known := _telling.get(name)) is not None:
        return known
    tail = name[-_TAIL_CHARS:]
    kind = _kind(tail)
    if len(name) <= _TAIL_CHARS:
        if len(_plain) + len(_telling) >= _KNOWN_MAX:
            _plain.clear()
            _telling.clear()
        if kind is Tells.NOTHING:
            _plain.add(name)
        else:
            _telling[name] = kind
    return kind


def _spelled(name: str) -> str:
    """A name in small letters, its words divided by underscores, without a number at its end."""
    return _NUMBER.sub("", _BREAKS.sub("_", name).lower().strip("_"))


def _kind(name: str) -> Tells:
    spelled = _spelled(name)
    if _FLAG.match(spelled):
        return Tells.NOTHING
    kind = _kind_of_spelled(spelled, name)
    while kind is Tells.NOTHING and (form := spelled.rpartition("_"))[0] and form[2] in FORMS:
        spelled = _NUMBER.sub("", form[0])
        kind = _kind_of_spelled(spelled, name)
    return kind


def _kind_of_spelled(spelled: str, name: str) -> Tells:
    for kind, ends in _KINDS:
        if ends.end(spelled):
            if kind is Tells.TOKEN and HARMLESS_TOKEN.search(spelled):
                return Tells.NOTHING
            if kind is Tells.AUTH and "_" in spelled and not _LOGIN.search(spelled):
                return Tells.SECRET
            return kind
    if _SESSION_OF_ASP.search(spelled):
        return Tells.SECRET
    if PROVIDER_KEY.search(spelled):
        return Tells.PROVIDER_KEY
    if spelled.endswith(("key", "keys")) and not HARMLESS_KEY.search(spelled):
        return Tells.PROVIDER_KEY if name.isupper() else Tells.SOME_KEY
    return Tells.NOTHING


def tells(name: str) -> bool:
    """Whether a value under this name may be a secret."""
    return name not in _plain and kind_of(name) is not Tells.NOTHING


def any_tells(names: Iterable[str]) -> bool:
    """Whether one of these names may be that of a secret."""
    return not _plain.issuperset(names) and any(map(tells, names))


def is_authorization(name: str) -> bool:
    """Whether a scheme and a credential stand under this name."""
    return name not in _plain and _AUTHORIZATION.search(_spelled(name[-_TAIL_CHARS:])) is not None


def hides(name: str, value: Any) -> bool:
    """Whether the value under this name is a secret as a whole."""
    if value is None or value is True or value is False or name in _plain:
        return False
    kind = kind_of(name)
    return kind is not Tells.NOTHING and _hides(name, kind, value)


def _hides(name: str, kind: Tells, value: Any) -> bool:
    form = type(value)
    if form is str:
        return _hides_text(name, kind, value)
    if form is dict:
        return kind in (Tells.SECRET, Tells.COOKIE) and bool(value) and not is_schema(value) and _holds(kind, value)
    if form is list:
        if kind is Tells.AUTH and len(value) == 2:  # a user and a password
            return False
        return any(_hides(name, kind, item) for item in value[: credential_values.LOOKED_AT])
    if value is None or form is bool:
        return False
    if kind is Tells.CODE:
        return credential_values.is_code(value)
    return kind is Tells.SECRET


def _holds(kind: Tells, entries: dict[str, Any]) -> bool:
    """Whether one of the entries of a dict of secrets is none that only describes them."""
    return any(_hides("", kind, item) or (type(item) is dict and _holds(kind, item)) for item in entries.values())


def _hides_text(name: str, kind: Tells, value: str) -> bool:
    if kind is Tells.SECRET:
        return is_secret(value) and not (name in ("PWD", "pwd", "OLDPWD") and credential_values.is_path(value))
    if kind is Tells.COOKIE:
        return is_secret(value) and ("=" in value or is_credential(value))
    if kind is Tells.WEBHOOK:
        return credential_values.is_address_of_secret(value)
    if kind is Tells.TOKEN and "://" in value and "@" not in value:  # an address, as a DSN may be
        return False
    if kind is Tells.TOKEN:
        return looks_random(value) and not (
            name == "token" and len(value) < 32 and credential_values.is_plain_word(value)
        )
    if kind is Tells.AUTH:
        return is_credential(value)
    if kind is Tells.CODE:
        return credential_values.is_code(value) or is_key(value, or_hex=True)
    return is_key(value, or_hex=kind is Tells.PROVIDER_KEY)


def names_login(name: str) -> bool:
    """Whether two texts under this name may be a user and a password, as `requests` takes them."""
    return name not in _plain and kind_of(name) is Tells.AUTH and _LOGIN.search(_spelled(name)) is not None


def is_login(first: str, second: str) -> bool:
    """Whether two texts are a user and a password, and not ways to authenticate."""
    return second not in ("", REDACTED) and first != "" and not any(map(credential_values.is_method, (first, second)))


def hides_beside(name: str, value: str) -> bool:
    """Whether a text that stands beside a name is a secret, where two words may stand side by side for other reasons.

    In a list of two, `["password", "email"]` are required fields and `["password", "hunter2"]` is a login.
    """
    if len(name) > NAME_CHARS or not tells(name):
        return False
    if len(found := credential_values.words(value)) > 1 and _AUTHORIZATION.search(_spelled(name)):
        return credential_values.is_scheme(found[0]) and not is_placeholder(found[1])
    return hidden_words(name, value) > 0


def hidden_words(name: str, value: str) -> int:
    """How much of the line after a header's name is a secret: 0 nothing, 1 its first word, 2 all of it."""
    found = credential_values.words(value)
    if not found or len(name) > NAME_CHARS or is_placeholder(found[0]) or found[0].startswith(REDACTED):
        return 0
    if (kind := kind_of(name)) is Tells.NOTHING:
        return 0
    if kind is Tells.COOKIE:
        return 2 if "=" in found[0] else 1 if is_credential(found[0]) else 0
    if not _AUTHORIZATION.search(_spelled(name)):
        is_hidden = is_credential(found[0]) and not credential_values.is_reference(found[0])
        return 1 if is_hidden and _hides_text(name, kind, found[0]) else 0
    if len(found) > 1 and credential_values.is_scheme(found[0]):
        second = found[1]
        return 2 if not is_placeholder(second) and ("=" in second or is_credential(second)) else 0
    return 2 if is_credential(found[0]) else 0


def hides_after(option: str, value: str, *, is_alone: bool) -> bool:
    """Whether the word after an option of a command is a secret, and not the next word of a sentence about it.

    `is_alone` says that none can follow: it stands in quotes, or behind an equals sign.
    """
    if (kind := kind_of(option)) is Tells.NOTHING or not value or value.startswith("-"):
        return False
    word = value.strip("[](){}.,;:")
    if not word or is_placeholder(value) or value.startswith(("$", "<", "{")):
        return False
    if credential_values.is_verdict(word):
        return False
    if word.isupper() and option.lower().replace("-", "_").endswith(word.lower()):  # as usage lines have it
        return False
    if kind in (Tells.AUTH, Tells.SOME_KEY, Tells.PROVIDER_KEY, Tells.CODE):
        return _hides_text(option, kind, value)
    return is_alone or not credential_values.is_word_of_prose(word)
