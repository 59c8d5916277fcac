"""What the name of a value says of it: keys, headers and options that name a secret, and values that look like one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

REDACTED = "[redacted]"
"""What stands where a secret was."""

_SECRET = re.compile(
    r"(?i)passw(?:or)?d|pass(?:phrase|code)|^pwd$|[_.-]pwd$|secret$|secrets$|secret[_.-]?value$|credentials?$"
    r"|authorization$|^(?:set-?)?cookie$"
    r"|(?:api|access|private|secret|signing|encryption|account|auth|master|service"
    r"|session|client|ssh|hmac)[ _.-]?keys?$|connection[_-]?string$"
)
_TOKEN = re.compile(r"(?i)token$|^jwt$|^bearer$|^dsn$")
_HARMLESS_TOKEN = re.compile(
    r"(?i)(?:^|[^a-z])(?:eos|bos|pad|unk|sep|cls|mask|stop|start|end|special|next|previous|page|continuation|first|last"
    r"|max|min|per|new|each|decoder|image|audio|placeholder)(?:[_.-]?page)?[_.-]?token$|(?:next|page|sync)token$"
)
_SHORT = re.compile(r"(?i)(?:^|[_.-])(?:pass|auth)$")
"""Names that as often have a verdict, or a method, for their value."""
_AUTH = re.compile(r"(?i)(?:^|[_.-])auth$")
_AUTHORIZATION = re.compile(r"(?i)authorization$")
_COOKIE = re.compile(r"(?i)cookie$")
_NUMBER = re.compile(r"(?<=[A-Za-z])[_.-]?\d{1,3}$")
"""After a name: `API_KEY_2`."""

NAME_CHARS = 64
"""A longer text is not taken for the name of a header or an option."""

_METHOD = re.compile(r"(?i)oauth|hmac|sha-?\d|aws|sigv?\d|api[_-]?key|basic|digest|bearer|kerberos|ntlm|^jwt$|^token$")
"""Ways to authenticate, none of them a credential."""
_SCHEME = re.compile(
    r"(?i)(?:basic|bearer|token|digest|api-?key|key|negotiate|ntlm|oauth|hawk|signature|sso-key|aws4-hmac-sha256)$"
)
_NAME = re.compile(r"[xX]-[A-Za-z]|[a-z]+(?:_[a-z]+)+_?\d{0,2}$")
"""Of a header of one's own, or of a field."""
_WORD = re.compile(r"[^\s\"'`\\]+")
LOOKED_AT = 1_024
"""Characters of a line that tell whether it holds a secret."""
_PLACEHOLDERS = ("$", "<", "{", "-", REDACTED)
_PROSE = re.compile(
    r"(?i)(?:an?|the|to|is|and|or|for|of|in|on|as|at|by|if|it|be|with|when|that|this|which|must|should|was|are|from|not"
    r"|can|may|will|does|has|using|via|without|instead|field|value|parameter|flag|options?|arguments?|after|before|here"
    r"|needs|required)$"
)
"""Words that go on after the name of an option in a sentence about it."""

_KNOWN_MAX = 16_384
_plain: set[str] = set()
"""Names that tell of no secret, as met so far."""


def tells(name: str) -> bool:
    """Whether a value under this name may be a secret; remembered."""
    if name in _plain:
        return False
    bare = _NUMBER.sub("", name)
    if _SECRET.search(bare) or (_TOKEN.search(bare) and not _HARMLESS_TOKEN.search(bare)) or _SHORT.search(bare):
        return True
    if len(_plain) >= _KNOWN_MAX:
        _plain.clear()
    _plain.add(name)
    return False


def any_tells(names: Iterable[str]) -> bool:
    """Whether one of these names may be that of a secret."""
    return not _plain.issuperset(names) and any(map(tells, names))


def hides(name: str, value: Any) -> bool:
    """Whether the value under this name is a secret as a whole."""
    if value is None or value is True or value is False or name in _plain:
        return False
    bare = _NUMBER.sub("", name)
    if _SECRET.search(bare):
        return value not in ("", [], {})
    if type(value) is not str:
        return False
    if _TOKEN.search(bare) and not _HARMLESS_TOKEN.search(bare):
        return _looks_random(value)
    return _SHORT.search(bare) is not None and _is_credential(value)


def names_login(name: str) -> bool:
    """Whether two texts under this name may be a user and a password, as `requests` takes them."""
    return name not in _plain and _AUTH.search(_NUMBER.sub("", name)) is not None


def is_login(first: str, second: str) -> bool:
    """Whether two texts are a user and a password, and not ways to authenticate."""
    return second not in ("", REDACTED) and first != "" and not _METHOD.search(first) and not _METHOD.search(second)


def hides_beside(name: str, value: str) -> bool:
    """Whether a text that stands beside a name is a secret, where two words may stand side by side for other reasons.

    In a list of two, `["password", "email"]` are required fields and `["password", "hunter2"]` is a login.
    """
    if len(name) > NAME_CHARS or not tells(name):
        return False
    if (words := _words(value)) and len(words) > 1 and _AUTHORIZATION.search(name):
        return _SCHEME.match(words[0]) is not None and not words[1].startswith(_PLACEHOLDERS)
    return hidden_words(name, value) > 0


def hidden_words(name: str, value: str) -> int:
    """How much of the line after a header's name is a secret: 0 nothing, 1 its first word, 2 all of it."""
    words = _words(value)
    if not words or words[0].startswith(_PLACEHOLDERS) or len(name) > NAME_CHARS or not tells(name):
        return 0
    if _COOKIE.search(name):
        return 2 if "=" in words[0] else 0
    if not _AUTHORIZATION.search(name):
        return 1 if _is_credential(words[0]) else 0
    if len(words) > 1 and _SCHEME.match(words[0]):
        second = words[1]
        return 2 if not second.startswith(_PLACEHOLDERS) and ("=" in second or _is_credential(second)) else 0
    return 2 if _is_credential(words[0]) else 0


def _words(value: str) -> list[str]:
    return _WORD.findall(value[:LOOKED_AT])[:2]


def hides_after(option: str, value: str, *, is_alone: bool) -> bool:
    """Whether the word after an option of a command is a secret, and not the next word of a sentence about it.

    `is_alone` says that none can follow: it stands in quotes, or behind an equals sign.
    """
    if not tells(option) or not value or value.startswith(_PLACEHOLDERS) or REDACTED in value:
        return False
    word = value.strip("[](){}.,;:")
    if not word or (
        word.isupper() and option.lower().replace("-", "_").endswith(word.lower())
    ):  # as usage lines have it
        return False
    if _SHORT.search(option):
        return _is_credential(value)
    return is_alone or _PROSE.match(word) is None


def _looks_random(text: str) -> bool:
    """Whether a text under a key like `token` is a credential, and not the word that a model produced."""
    if any(char.isspace() for char in text):
        return text[:7].lower() == "bearer "
    return len(text) >= 16 or (len(text) >= 8 and any(char.isdigit() for char in text))


def _is_credential(text: str) -> bool:
    """Whether a text looks random even to one who expects a word there: letters and digits, or cases that alternate."""
    if any(char.isspace() for char in text):
        words = _words(text)
        return len(words) > 1 and _SCHEME.match(words[0]) is not None and _is_credential(words[1])
    if len(text) < 7 or text.startswith(_PLACEHOLDERS) or _METHOD.search(text) or _NAME.match(text):
        return False
    if any(char.isdigit() for char in text):
        return any(char.isalpha() for char in text)
    turns = sum(one.isupper() != other.isupper() for one, other in pairwise(text))
    return turns * 3 >= len(text)
