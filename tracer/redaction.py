"""Secrets out of what is recorded, before it is first written: values under keys that name one, and token shapes.

Keys: `api_key`, `Authorization`, `password`, `client_secret`, `accessToken` and their like, at any depth, in JSON
inside strings, and in `key=value`. Shapes: keys of OpenAI, Anthropic, AWS, GitHub, GitLab, Google, Hugging Face,
Slack, Stripe, JWTs, `Bearer ...`, private keys in PEM, passwords in URLs. It is a net, not a proof: a program that
handles personal data has its own `configure(span_processors=[...])`.

Most values hold no secret, and finding that out must cost little: the text is mapped once so that every character a
token is made of is the same byte, and a search for twenty of them in a row skips through prose in great steps.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterable, Iterator
from typing import Any

REDACTED = "[redacted]"
"""What stands where a secret was."""

_REDACTED_BYTES = REDACTED.encode()

_SECRET_KEY = re.compile(
    r"(?i)passw(?:or)?d|pass(?:phrase|code)|^pwd$|[_.-]pwd$|secret$|secrets$|secret[_.-]?value$|credentials?$"
    r"|authorization$|^(?:set-?)?cookie$"
    r"|(?:api|access|private|secret|signing|encryption|account|auth|master|service"
    r"|session|client|ssh|hmac)[ _.-]?keys?$|connection[_-]?string$"
)
_TOKEN_KEY = re.compile(r"(?i)token$|^jwt$|^bearer$|^dsn$")
_HARMLESS_TOKEN_KEY = re.compile(
    r"(?i)(?:^|[^a-z])(?:eos|bos|pad|unk|sep|cls|mask|stop|start|end|special|next|previous|page|continuation|first|last"
    r"|max|min|per|new|each|decoder|image|audio|placeholder)(?:[_.-]?page)?[_.-]?token$|(?:next|page|sync)token$"
)

_RUN_CHARS = 20
"""A token is at least this long in one piece; words are shorter."""

SHORT_CHARS = 12
"""Texts below are not looked at."""

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
_STARTS = (
    r"sk-|[sr]k_|A[KS]IA|gh[pousr]_|github_pat_|glpat-|xox|AIza|hf_|eyJ|dapi|npm_|dop_v1_|tgp_v1_|gsk_|lsv2_|r8_|pcsk_"
    r"|jina_|dckr_pat_|whsec_|shpat_|pypi-|pplx-|xai-|nvapi-|tvly-|GOCSPX-"
)
_TOKEN_START = re.compile(_BEGIN + b"(?:" + _STARTS.encode() + b")")
_TOKEN_BEGUN = re.compile(
    rf"(?<![A-Za-z0-9])(?:{_STARTS}|(?i:bearer\s+))\S*\Z"
    r"|://[^\s/:@\"']*:[^\s/@\"']*\Z"
    r"|(?i:passw(?:or)?d|passphrase|pwd|secrets?|credentials?|authorization|cookie|keys?|token|jwt|bearer|dsn)"
    r"\\*[\"']?\s?[:=]\s?\\*[\"']?[^\s\"'&]*\Z"
)
"""At the end of a text: what may become a token, the password of a URL, or a value under a telling key."""
_BEARER = re.compile(_BEGIN + rb"[Bb]earer\s+([A-Za-z0-9._~+/-]{7,}[A-Za-z0-9_~+/-]=*)")
_ASSIGNED_VALUE = re.compile(rb"=(?:([^\s&\"'`<>\\;,(){}\[\]]{6,})|(\\*[\"'])((?:(?!\2)[^\r\n]){6,512}))")
"""Bare, or in quotes as `.env` files and programs have it."""
_USERINFO = re.compile(rb"://[^\s/:@\"'\\]*:([^\s/@\"'\\]+)@")
_PEM = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----(.*?)(?:-----END|\Z)", re.DOTALL)
_QUOTED_VALUE = re.compile(  # as deep as it is quoted itself
    rb"[\"']\s*:\s*(?:(\\*[\"'])((?:(?!(?<!\\)\1).)*)|(-?\d[\d.eE+-]*|[\[{][^\]}]*))", re.DOTALL
)
_REFERENCES = (b"os.", b"$", b"self.", b"None", b"config.", b"settings.", b"getenv", b"str", _REDACTED_BYTES)
_KEY_BYTES = 64
"""A key in a text is not looked for beyond."""

_PIECE_BYTES = 131_072
"""Looked at between two offers of the interpreter lock."""

_OVERLAP_BYTES = 256

_KNOWN_MAX = 16_384
_harmless: set[str] = set()
"""Keys that name no secret, as met so far: whole dicts are compared with it at once."""


def is_clean(value: Any, text: bytes) -> bool:
    """Whether a snapshot, and `text`, its JSON, hold nothing that looks like a secret; quick for most that do not."""
    return keys_are_clean(value) and text_is_clean(text, is_json=True)


def are_harmless(keys: Collection[str]) -> bool:
    """Whether no value under any of these keys can be a secret for its name."""
    return _harmless.issuperset(keys) or all(map(_is_harmless, keys))


def have_no_marks(payloads: list[bytes], texts: list[str]) -> bool:
    """Whether none of these JSON texts and plain texts is worth a closer look: one at all costs less than many."""
    plain = "\n".join(texts).encode("utf-8", "surrogatepass")
    return not _has_marks(b"\n".join(payloads), True) and not (plain and _has_marks(plain, False))


def clean(value: Any, depth: int = 0) -> Any:
    """A copy of a snapshot without its secrets; shares what has none."""
    kind = type(value)
    if kind is str:
        return clean_text(value)
    if kind is dict:
        is_logprob = type(value.get("logprob")) is float  # then its token is a piece of text
        return {
            key if _is_harmless(key) else clean_text(key): (
                REDACTED if _hides(key, item) and not (is_logprob and key == "token") else clean(item, depth + 1)
            )
            for key, item in value.items()
        }
    if kind is list:
        return [clean(item, depth + 1) if type(item) in (str, dict, list) else item for item in value]
    return value


def clean_text(text: str) -> str:
    """A text without its secrets."""
    if len(text) < SHORT_CHARS:
        return text
    if text[:1] in ("{", "[") and (cleaned := _clean_json(text)) is not None:
        return cleaned
    raw = text.encode("utf-8", "surrogatepass")
    if text_is_clean(raw):
        return text
    return _cut_out(raw).decode("utf-8", "surrogatepass")


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
    is_safe = are_harmless(attributes)
    for value in attributes.values():
        kind = type(value)
        if kind is str:
            if len(value) >= SHORT_CHARS:
                texts.append(value)
        elif kind is dict or kind is list:
            cleaned = clean(value)
            is_safe = is_safe and cleaned == value
    if is_safe and (not texts or text_is_clean("\n".join(texts).encode("utf-8", "surrogatepass"))):
        return attributes
    return {
        key if _is_harmless(key) else clean_text(key): (
            REDACTED if _hides(key, value) else clean(value) if type(value) in (str, dict, list) else value
        )
        for key, value in attributes.items()
    }


def clean_command(arguments: Iterable[str]) -> str:
    """A command line without its secrets, also where one follows its option as a word of its own."""
    words = []
    option = ""
    for word in arguments:
        words.append(REDACTED if option and _hides(option, word) else clean_text(word))
        option = word.lstrip("-") if word.startswith("-") else ""
    return " ".join(words)


def unfinished_token_at(text: str) -> int:
    """Where a token begins that the end of a growing text may still be in the middle of; its length where none does."""
    tail = text[-_OVERLAP_BYTES:]
    begun = _TOKEN_BEGUN.search(tail)
    return len(text) if begun is None else len(text) - len(tail) + begun.start()


def text_is_clean(text: bytes, *, is_json: bool = False) -> bool:
    """Whether nothing in a text looks like a secret; of JSON, the keys of its own are not looked at."""
    if len(text) <= _PIECE_BYTES:
        return not _has_marks(text, is_json) or next(_spans_of(text, is_json), None) is None
    for start in range(0, len(text), _PIECE_BYTES):
        piece = text[max(0, start - _OVERLAP_BYTES) : start + _PIECE_BYTES]
        if next(_spans_of(piece, is_json), None) is not None:  # in a long text are marks of every kind
            return False
        time.sleep(0)  # offers the interpreter lock
    return True


def _has_marks(text: bytes, is_json: bool) -> bool:
    """Whether a closer look is worth it: false for most texts, at a microsecond for a short one."""
    shapes = text.translate(_SHAPES)
    return (
        _RUN in shapes
        or (b"=" in text and (_ASSIGNED in shapes or any(mark in text for mark in _ASSIGNED_QUOTED)))
        or b"earer " in text
        or (b'\\":' if is_json else b'":') in text
        or (b'\\" :' if is_json else b'" :') in text
        or b"':" in text
        or b"PRIVATE KEY-----" in text
        or (b"@" in text and b"://" in text)
    )


def _cut_out(text: bytes) -> bytes:
    spans = sorted(_spans_of(text, is_json=False))
    parts: list[bytes] = []
    end = 0
    for start, stop in spans:
        if start >= end:
            parts += [text[end:start], _REDACTED_BYTES]
        end = max(end, stop)
    return b"".join([*parts, text[end:]])


def _spans_of(text: bytes, is_json: bool) -> Iterator[tuple[int, int]]:
    """Where secrets are: start and end of each, in no order."""
    shapes = text.translate(_SHAPES)
    yield from _tokens(text, shapes)
    if b"=" in text:
        yield from _assigned(text, shapes)
    if b"earer " in text:
        yield from _groups(_BEARER, text, 1)
    if b"@" in text and b"://" in text:
        yield from _groups(_USERINFO, text, 1)
    if b"PRIVATE KEY-----" in text:
        yield from _groups(_PEM, text, 1)
    for mark, quote in _key_marks(is_json):
        if mark in text and _has_telling_keys(text, mark, quote):
            yield from _quoted(text, mark, quote)


def _key_marks(is_json: bool) -> tuple[tuple[bytes, bytes], ...]:
    """What follows a key in JSON, or in the repr of a dict, inside a text; and the quote that ends the key."""
    return _KEY_MARKS_OF_JSON if is_json else _KEY_MARKS


_KEY_MARKS = ((b'":', b'"'), (b'" :', b'"'), (b"':", b"'"))
_KEY_MARKS_OF_JSON = ((b'\\":', b'"'), (b'\\" :', b'"'), (b"':", b"'"))
"""In JSON itself only text within strings is looked at, whose quotes are escaped."""


def _tokens(text: bytes, shapes: bytes) -> Iterator[tuple[int, int]]:
    position = shapes.find(_RUN)
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
    for position in (
        *_places(_ASSIGNED, shapes),
        *(place for mark in _ASSIGNED_QUOTED if mark in text for place in _places(mark, text)),
    ):
        before = shapes[max(0, position - _KEY_BYTES) : position]
        start = position - len(before) + max(before.rfind(b" "), before.rfind(b"=")) + 1
        key = text[start + (text[max(0, start - 1) : start] == b"\\") : position].decode()  # not the n of an escaped \n
        if (
            key not in _harmless
            and not _is_harmless(key)
            and (value := _ASSIGNED_VALUE.match(text, position)) is not None
            and not value[group := 1 if value[1] else 3].startswith(_REFERENCES)
            and _hides(key, value[group].decode("utf-8", "replace"))
        ):
            yield value.span(group)


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
    return not are_harmless({key.decode("utf-8", "replace") for key in keys})


def _quoted(text: bytes, mark: bytes, quote: bytes) -> Iterator[tuple[int, int]]:
    """Values of keys of JSON, or of a Python repr, in a text."""
    position = text.find(mark)
    while position >= 0:
        after = position + mark.index(quote)
        before = text[max(0, position - _KEY_BYTES) : position].rstrip(b"\\")
        key = before[before.rfind(quote) + 1 :].decode("utf-8", "replace")
        if key and key not in _harmless and not _is_harmless(key) and (value := _QUOTED_VALUE.match(text, after)):
            group = 2 if value[2] is not None else 3
            shown: Any = 0 if group == 3 else value[2].decode("utf-8", "replace")
            if shown != REDACTED and _hides(key, shown):
                yield value.span(group)
        position = text.find(mark, position + len(mark))


def keys_are_clean(value: Any) -> bool:
    """Whether no key in a snapshot, at any depth, names a secret."""
    kind = type(value)
    if kind is dict:
        if not are_harmless(value):
            return False
        return _items_are_clean(value.values())
    if kind is list:
        if len(value) > 64 and not {dict, list} & set(map(type, value)):  # an embedding
            return True
        return _items_are_clean(value)
    return True


def _items_are_clean(items: Iterable[Any]) -> bool:
    for item in items:
        kind = type(item)
        if (kind is dict or kind is list) and item and not keys_are_clean(item):
            return False
    return True


def _is_harmless(key: str) -> bool:
    """Whether no value under this key can be a secret for its name; remembered."""
    if key in _harmless:
        return True
    if _SECRET_KEY.search(key) or (_TOKEN_KEY.search(key) and not _HARMLESS_TOKEN_KEY.search(key)):
        return False
    if len(key) >= SHORT_CHARS and not text_is_clean(key.encode("utf-8", "surrogatepass")):
        return False
    if len(_harmless) >= _KNOWN_MAX:
        _harmless.clear()
    _harmless.add(key)
    return True


def _hides(key: str, value: Any) -> bool:
    """Whether the value under this key is a secret as a whole."""
    if value is None or value is True or value is False or key in _harmless:
        return False
    if _SECRET_KEY.search(key):
        return value not in ("", [], {})
    if _TOKEN_KEY.search(key) and not _HARMLESS_TOKEN_KEY.search(key):
        return type(value) is str and _looks_random(value)
    return False


def _looks_random(text: str) -> bool:
    """Whether a text under a key like `token` is a credential, and not the word that a model produced."""
    if any(char.isspace() for char in text):
        return text[:7].lower() == "bearer "
    return len(text) >= 16 or (len(text) >= 8 and any(char.isdigit() for char in text))
