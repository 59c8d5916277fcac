"""Secrets out of what is recorded, before it is first written: values under names that tell of one, and token shapes.

`redaction` walks values: keys of dicts at any depth, pairs, `{"name": "Authorization", "value": "..."}`, arguments of
commands, JSON inside strings. Texts are searched by `secret_text`; what names and values say is in `secret_names` and
`secret_values`. It is a net, not a proof: a secret that nothing names and no maker marks is not seen, and a program
that handles personal data has its own `configure(span_processors=[...])`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from ..values import limits
from . import lines as secret_lines
from . import names as secret_names
from . import partial_text as growing_text
from . import text as secret_text
from .names import REDACTED

__all__ = ["REDACTED"]

SHORT_CHARS = 8
"""Texts below are not looked at."""

_NAMES = ("name", "key", "header", "Name", "Key", "Header")
_VALUES = ("value", "Value")
"""Of entries that hold the name of a value and the value: HAR, manifests."""

_KNOWN_MAX = 16_384
_harmless: set[str] = set()
"""Keys that name no secret, as met so far: whole dicts are compared with it at once. None of `_VALUES` is here."""


def is_clean(value: Any, text: bytes) -> bool:
    """Whether a snapshot, and `text`, its JSON, hold nothing that looks like a secret; quick for most that do not."""
    return keys_are_clean(value) and secret_text.is_clean(text, is_json=True)


def are_harmless(keys: Collection[str]) -> bool:
    """Whether no value under any of these keys can be a secret for its name."""
    return _harmless.issuperset(keys) or all(map(_is_harmless, keys))


def has_harmless_keys(entries: dict[str, Any]) -> bool:
    """Whether the keys of a dict, and the name that one of its values may give to another, tell of no secret."""
    return _harmless.issuperset(entries) or (all(map(_is_harmless, entries)) and _named_secret(entries) is None)


def have_no_marks(payloads: list[bytes], texts: list[str]) -> bool:
    """Whether none of these JSON texts and plain texts is worth a closer look: one at all costs less than many."""
    plain = "\n".join(texts).encode("utf-8", "surrogatepass")
    return not secret_text.has_marks(b"\n".join(payloads), True) and not (plain and secret_text.has_marks(plain, False))


def clean(value: Any) -> Any:
    """A copy of a snapshot without its secrets; shares what has none."""
    kind = type(value)
    if kind is str:
        return clean_text(value)
    if kind is dict:
        return _clean_entries(value)
    if kind is list:
        if len(value) > 1 and type(value[0]) is str and (cleaned := _clean_words(value)) is not None:
            return cleaned
        return [clean(item) if type(item) in (str, dict, list) else item for item in value]
    return value


def _clean_entries(entries: dict[str, Any]) -> dict[str, Any]:
    is_logprob = type(entries.get("logprob")) is float  # then its token is a piece of text
    hidden_key = _named_secret(entries)
    cleaned: dict[str, Any] = {}
    for key, item in entries.items():
        shown = limits.unique_name(key if _is_harmless(key) else clean_text(key), cleaned)
        if key == hidden_key or (secret_names.hides(key, item) and not (is_logprob and key == "token")):
            cleaned[shown] = REDACTED
        elif _is_login(key, item):
            cleaned[shown] = [clean(item[0]), REDACTED]
        else:
            cleaned[shown] = clean(item)
    return cleaned


def _named_secret(entries: dict[str, Any]) -> str | None:
    """The key of the value in an entry like `{"name": "Authorization", "value": "..."}`, where that is a secret."""
    for value_key in _VALUES:
        if value_key in entries:
            value = entries[value_key]
            for name_key in _NAMES:
                if type(name := entries.get(name_key)) is str and secret_names.hides(name, value):
                    return value_key
    return None


def _is_login(key: str, item: Any) -> bool:
    return (
        type(item) is list
        and len(item) == 2
        and type(item[0]) is str
        and type(item[1]) is str
        and secret_names.names_login(key)
        and secret_names.is_login(item[0], item[1])
    )


def _is_pair_with_secret(items: list[Any]) -> bool:
    """Whether a list is a header and its value, as HTTP libraries have them."""
    name, value = items
    return type(name) is str and type(value) is str and secret_names.hides_beside(name, value)


def _clean_words(items: list[Any]) -> list[Any] | None:
    """A header and its value, or the arguments of a command, without secrets; None for any other list."""
    if len(items) == 2 and _is_pair_with_secret(items):
        return [clean(items[0]), REDACTED]
    if not all(type(item) is str for item in items):
        return None
    return _clean_arguments(items) if any(item[:1] == "-" for item in items) else None


def _clean_arguments(words: Iterable[str]) -> list[str]:
    """The words of a command, also where a secret follows its option as a word of its own."""
    cleaned = []
    option = ""
    is_curl = False
    for word in words:
        is_curl = is_curl or word == "curl" or word.endswith("/curl")
        user, colon, password = word.partition(":")
        if option.startswith("--") and secret_names.hides_after(option[2:], word, is_alone=True):
            cleaned.append(REDACTED)
        elif is_curl and colon and option in _LOGIN_OPTIONS and secret_lines.is_login_of_curl(user, password):
            cleaned.append(f"{user}:{REDACTED}")
        else:
            cleaned.append(clean_text(word))
        option = word if word[:1] == "-" else ""
    return cleaned


_LOGIN_OPTIONS = ("-u", "-U", "--user", "--proxy-user")
"""Of curl."""


def clean_text(text: str) -> str:
    """A text without its secrets."""
    if len(text) < SHORT_CHARS:
        return text
    if text[:1] in ("{", "[") and (cleaned := _clean_json(text)) is not None:
        return cleaned
    raw = text.encode("utf-8", "surrogatepass")
    if secret_text.is_clean(raw):
        return text
    return secret_text.cut_out(raw).decode("utf-8", "surrogatepass")


def _clean_json(text: str) -> str | None:
    """A text that is JSON, as the arguments of a tool call are; None if it is not."""
    import orjson

    try:
        value = orjson.loads(text)
    except ValueError:
        return None
    cleaned = clean(value)
    return text if cleaned == value else orjson.dumps(cleaned).decode()


def clean_attributes(attributes: dict[str, Any]) -> dict[str, Any]:
    """Attributes without their secrets; the same object where there are none."""
    texts = []
    is_safe = has_harmless_keys(attributes)
    for value in attributes.values():
        kind = type(value)
        if kind is str:
            if len(value) >= SHORT_CHARS:
                texts.append(value)
        elif kind is dict or kind is list:
            cleaned = clean(value)
            is_safe = is_safe and cleaned == value
    if is_safe and (not texts or secret_text.is_clean("\n".join(texts).encode("utf-8", "surrogatepass"))):
        return attributes
    return _clean_entries(attributes)


def clean_command(arguments: Iterable[str]) -> str:
    """A command line without its secrets."""
    return " ".join(_clean_arguments(arguments))


def clean_growing(text: str) -> str:
    """What may be shown of a text that grows: without its secrets, and without what may become one at its end."""
    text = text[: growing_text.unfinished_at(text)]
    if len(text) < SHORT_CHARS:
        return text
    raw = text.encode("utf-8", "surrogatepass")
    return secret_text.cut_out(raw).decode("utf-8", "surrogatepass")


def keys_are_clean(value: Any) -> bool:
    """Whether no key in a snapshot, at any depth, names a secret."""
    containers = [value]
    for container in containers:  # grows while it is walked
        kind = type(container)
        if kind is dict:
            if not (_harmless.issuperset(container) or has_harmless_keys(container)):
                return False
            items = container.values()
        elif kind is list:
            if len(container) == 2 and _is_pair_with_secret(container):
                return False
            if len(container) > _MOST_OF_MIXED and _CONTAINERS.isdisjoint(map(type, container)):  # an embedding
                continue
            items = container
        else:
            continue
        for item in items:
            kind = type(item)
            if (kind is dict or kind is list) and item:
                containers.append(item)
    return True


_CONTAINERS = frozenset((dict, list))
_MOST_OF_MIXED = 64
"""Items of a list that are looked at one by one; of a longer one the types are compared first."""


def _is_harmless(key: str) -> bool:
    """Whether no value under this key can be a secret for its name; remembered."""
    if key in _harmless or key in _VALUES:
        return True
    if len(key) > limits.NAME_CHARS or secret_names.tells(key):
        return False
    if len(key) >= SHORT_CHARS and not secret_text.is_clean(key.encode("utf-8", "surrogatepass")):
        return False
    if len(_harmless) >= _KNOWN_MAX:
        _harmless.clear()
    _harmless.add(key)
    return True
