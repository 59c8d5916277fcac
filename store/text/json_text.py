"""JSON text of recorded values, encoded in pieces so that no other thread of the host waits long for the interpreter.

orjson holds the interpreter lock for a whole call, 0.75 ms a megabyte; a prompt of 10 MB encoded at once
would stall the host's event loop. Large values are encoded piece by piece, with the lock offered between.
"""

from __future__ import annotations

import json
import time
from itertools import islice
from math import isfinite
from typing import Any

import orjson

PIECE_CHARS = 131_072
"""Encoded at once: about 0.1 ms of the interpreter lock."""

_ENTRIES = 256
"""Entries of a container that are looked at together."""

_SHORT_CHARS = 256
"""Strings up to this length are not counted one by one: `_ENTRIES` of them stay below a piece."""


def encode(value: Any) -> bytes:
    """JSON, as UTF-8, of a value made by `tracetui.tracer.values.snapshot.snapshot`; never raises for one.

    It stays bytes on its way into the file: decoding 10 MB only for SQLite to encode it again costs 30 ms of the
    interpreter lock. Lone surrogates and integers beyond 64 bits keep their exact value as JSON escapes and digits.
    NaN and infinities, for which JSON has no form, become the words of `float_word`. Bytes are JSON already, and given
    back as they are.
    """
    if type(value) is bytes:
        return value
    if is_small(value):
        return encode_at_once(value)
    pieces = _Pieces()
    pieces.encode(value)
    return b"".join(pieces.texts)


def encode_at_once(value: Any) -> bytes:
    """What `encode` gives, without a pause; for values that are known to be small."""
    try:
        text = orjson.dumps(value)
        # A null of orjson's may be None as well. `in` would first try the bytes as a number, for 0.1 us.
        if text.find(b"null") >= 0 and _has_odd_float(value):
            text = orjson.dumps(_shown(value))
        return text
    except TypeError:  # a lone surrogate, an integer beyond 64 bits, a key that is no string
        return json.dumps(_shown(value), separators=(",", ":"), default=repr).encode()


def float_word(value: float) -> str:
    """What stands in JSON for a float that it has no form for."""
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"


def _has_odd_float(value: Any) -> bool:
    items = value.values() if type(value) is dict else value if type(value) is list else (value,)
    kinds = set(map(type, items))  # walks in C
    if float in kinds and not all(isfinite(item) for item in items if type(item) is float):
        return True
    if dict in kinds or list in kinds:
        for item in items:
            if (type(item) is dict or type(item) is list) and item and _has_odd_float(item):
                return True
    return False


_MAX_BITS = 14_000
"""Of an integer whose decimal digits Python works out without being asked twice: it has at most 4,300."""


def _shown(value: Any) -> Any:
    """A copy of a value with words for floats that JSON lacks, and hexadecimal digits for enormous integers."""
    kind = type(value)
    if kind is dict:
        return {key: _shown(item) for key, item in value.items()}
    if kind is list:
        return [_shown(item) for item in value]
    if kind is float:
        return value if isfinite(value) else float_word(value)
    return exact_integer(value) if kind is int else value


def exact_integer(value: int) -> int | str:
    """The integer, or as hexadecimal text one that is so long that `str` refuses it."""
    return value if value.bit_length() <= _MAX_BITS else hex(value)


def is_small(value: Any, _depth: int = 0) -> bool:
    """Whether encoding at once is short; quick to answer, and may say no to something that is."""
    kind = type(value)
    if kind is str:
        return len(value) <= PIECE_CHARS
    if kind is not dict and kind is not list:
        return True
    if len(value) > _ENTRIES or _depth > 3:
        return False
    chars = 0
    for item in value.values() if kind is dict else value:
        nested = type(item)
        if nested is str:
            if len(item) > _SHORT_CHARS:
                chars += len(item)
        elif (nested is dict or nested is list) and not is_small(item, _depth + 1):
            return False
    return chars <= PIECE_CHARS


class _Pieces:
    """JSON text in the making."""

    def __init__(self) -> None:
        self.texts: list[bytes] = []
        self._since_pause = 0

    def encode(self, value: Any) -> None:
        kind = type(value)
        if is_small(value):
            self._add(encode_at_once(value))
        elif kind is str:
            self._encode_long_string(value)
        elif kind is dict:
            self._encode_dict(value)
        else:
            self._encode_list(value)

    def _add(self, text: bytes) -> None:
        self.texts.append(text)
        self._since_pause += len(text)
        if self._since_pause > PIECE_CHARS:
            self._since_pause = 0
            time.sleep(0)  # offers the interpreter lock

    def _encode_long_string(self, value: str) -> None:
        self._add(b'"')
        for start in range(0, len(value), PIECE_CHARS):
            self._add(encode_at_once(value[start : start + PIECE_CHARS])[1:-1])
        self._add(b'"')

    def _encode_list(self, value: list[Any]) -> None:
        opening = b"["
        for start in range(0, len(value), _ENTRIES):
            entries = value[start : start + _ENTRIES]
            if is_small(entries, 1):
                self._add(opening + encode_at_once(entries)[1:-1])
                opening = b","
                continue
            for item in entries:
                self._add(opening)
                self.encode(item)
                opening = b","
        self._add(b"]" if opening == b"," else b"[]")

    def _encode_dict(self, value: dict[str, Any]) -> None:
        opening = b"{"
        entries = iter(value.items())
        while some := dict(islice(entries, _ENTRIES)):
            if is_small(some, 1):
                self._add(opening + encode_at_once(some)[1:-1])
                opening = b","
                continue
            for key, item in some.items():
                self._add(opening + encode_at_once(key) + b":")
                self.encode(item)
                opening = b","
        self._add(b"}" if opening == b"," else b"{}")
