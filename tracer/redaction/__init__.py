"""Secrets out of what is recorded, before it is first written: values under names that tell of one, and token shapes.

`redaction` walks values: keys of dicts at any depth, pairs, `{"name": "Authorization", "value": "..."}`, arguments of
commands, JSON inside strings. Texts are searched by `text_scan`; what names and values say is in `names` and
`credential_values`. It is a net, not a proof: a secret that nothing names and no maker marks is not seen, and a program
that handles personal data has its own `configure(span_processors=[...])`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from ..values import limits
from . import lines, names, partial_text, text_scan
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


_LONG_CHARS = 512
"""Characters of a text whose scan is remembered, as each call of a conversation carries the former messages again."""
_clean_texts: set[int] = set()
"""Hashes of the long texts that were scanned and hold no secret."""


def is_clean(value: Any, text: bytes) -> bool:
    """Whether a snapshot, and `text`, its JSON, hold nothing that looks like a secret; quick for most that do not."""
    long_texts: list[str] = []
    if not _keys_are_clean(value, long_texts):
        return False
    if not long_texts:
        return text_scan.is_clean(text, is_json=True)
    hashes = set(map(hash, long_texts))
    if not hashes.isdisjoint(_clean_texts):
        text = _encoded_without_clean_texts(value) or text
    if not text_scan.is_clean(text, is_json=True):
        return False
    if len(_clean_texts) >= _KNOWN_MAX:
        _clean_texts.clear()
    _clean_texts.update(hashes)
    return True


def _encoded_without_clean_texts(value: Any) -> bytes | None:
    """The JSON of a snapshot, its known clean texts empty; None where orjson cannot encode the snapshot."""
    import orjson

    try:
        return orjson.dumps(_without_clean_texts(value))
    except TypeError:  # a lone surrogate
        return None


def _without_clean_texts(value: Any) -> Any:
    kind = type(value)
    if kind is str:
        return "" if len(value) >= _LONG_CHARS and hash(value) in _clean_texts else value
    if kind is dict:
        return {key: _without_clean_texts(item) if type(item) in _DEEP else item for key, item in value.items()}
    if kind is list:
        return [_without_clean_texts(item) if type(item) in _DEEP else item for item in value]
    return value


_DEEP = frozenset((str, dict, list))


def are_harmless(keys: Collection[str]) -> bool:
    """Whether no value under any of these keys can be a secret for its name."""
    return _harmless.issuperset(keys) or all(map(_is_harmless, keys))


def has_harmless_keys(entries: dict[str, Any]) -> bool:
    """Whether the keys of a dict, and the name that one of its values may give to another, tell of no secret."""
    return _harmless.issuperset(entries) or (all(map(_is_harmless, entries)) and _named_secret(entries) is None)


def have_no_marks(payloads: list[bytes], texts: list[str]) -> bool:
    """Whether none of these JSON texts and plain texts is worth a closer look: one at all costs less than many."""
    if payloads and text_scan.has_marks(b"\n".join(payloads), True):
        return False
    return not texts or not text_scan.has_marks("\n".join(texts).encode("utf-8", "surrogatepass"), False)


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
        if key == hidden_key or (names.hides(key, item) and not (is_logprob and key == "token")):
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
                if type(name := entries.get(name_key)) is str and names.hides(name, value):
                    return value_key
    return None


def _is_login(key: str, item: Any) -> bool:
    return (
        type(item) is list
        and len(item) == 2
        and type(item[0]) is str
        and type(item[1]) is str
        and names.names_login(key)
        and names.is_login(item[0], item[1])
    )


def _is_pair_with_secret(items: list[Any]) -> bool:
    """Whether a list is a header and its value, as HTTP libraries have them."""
    name, value = items
    return type(name) is str and type(value) is str and names.hides_beside(name, value)


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
    option = before = ""
    is_curl = False
    for word in words:
        is_curl = is_curl or word == "curl" or word.endswith("/curl")
        user, colon, password = word.partition(":")
        if (option.startswith("--") and names.hides_after(option[2:], word, is_alone=True)) or (
            option in _SHORT_OPTIONS and lines.hides_behind(option, before, word)
        ):
            cleaned.append(REDACTED)
        elif is_curl and colon and option in _LOGIN_OPTIONS and lines.is_login_of_curl(user, password):
            cleaned.append(f"{user}:{REDACTED}")
        else:
            cleaned.append(clean_text(word))
        option = word if word[:1] == "-" else ""
        before += f" {word}"
    return cleaned


_SHORT_OPTIONS = ("-p", "-P", "-a", "-k", "-w")
_LOGIN_OPTIONS = ("-u", "-U", "--user", "--proxy-user")
"""Of curl."""


def clean_text(text: str) -> str:
    """A text without its secrets."""
    if len(text) < SHORT_CHARS:
        return text
    if text[:1] in ("{", "[") and (cleaned := _clean_json(text)) is not None:
        return cleaned
    raw = text.encode("utf-8", "surrogatepass")
    if text_scan.is_clean(raw):
        return text
    return text_scan.cut_out(raw).decode("utf-8", "surrogatepass")


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
    if is_safe and (not texts or text_scan.is_clean("\n".join(texts).encode("utf-8", "surrogatepass"))):
        return attributes
    return _clean_entries(attributes)


def clean_command(arguments: Iterable[str]) -> str:
    """A command line without its secrets."""
    return " ".join(_clean_arguments(arguments))


def clean_growing(text: str) -> str:
    """What may be shown of a text that grows: without its secrets, and without what may become one at its end."""
    text = text[: partial_text.unfinished_at(text)]
    if len(text) < SHORT_CHARS:
        return text
    raw = text.encode("utf-8", "surrogatepass")
    return text_scan.cut_out(raw).decode("utf-8", "surrogatepass")


def keys_are_clean(value: Any) -> bool:
    """Whether no key in a snapshot, at any depth, names a secret."""
    return _keys_are_clean(value, [])


def _keys_are_clean(value: Any, long_texts: list[str]) -> bool:
    """The same; long texts that are met on the way are added to `long_texts`."""
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
            if kind is str:
                if len(item) >= _LONG_CHARS:
                    long_texts.append(item)
            elif (kind is dict or kind is list) and item:
                containers.append(item)
    return True


_CONTAINERS = frozenset((dict, list))
_MOST_OF_MIXED = 64
"""Items of a list that are looked at one by one; of a longer one the types are compared first."""


def _is_harmless(key: str) -> bool:
    """Whether no value under this key can be a secret for its name; remembered."""
    if key in _harmless or key in _VALUES:
        return True
    if len(key) > limits.NAME_CHARS or names.tells(key):
        return False
    if len(key) >= SHORT_CHARS and not text_scan.is_clean(key.encode("utf-8", "surrogatepass")):
        return False
    if len(_harmless) >= _KNOWN_MAX:
        _harmless.clear()
    _harmless.add(key)
    return True
