"""Encode recorded values as JSON, and decode them, without loss.

orjson is several times faster than the standard library, but `orjson.loads` turns an integer beyond 64 bits into a
float, and rejects `NaN` and lone surrogates. Values and texts that may contain these use the standard library.

orjson holds the interpreter lock for a whole call, 0.75 ms per megabyte: encoding a prompt of 10 MB in one call would
stall the host's event loop. `encode` encodes a large value in pieces and offers the lock between them.
"""

from __future__ import annotations

import json
import re
import time
from itertools import chain, islice
from math import isfinite
from typing import Any

import orjson

MAX_DEPTH = 400
"""The deepest nesting that `decode` accepts, so that every consumer can walk the value by recursion."""

PIECE_CHARS = 131_072
"""The size of a piece: encoding it holds the interpreter lock for about 0.1 ms."""

_CHUNK_ENTRIES = 256
"""How many entries of a container are checked and encoded in one step."""

_SMALL_ENTRIES = 4_096
"""The most entries of a small value, at all depths: so many numbers are about a piece."""

_MAYBE_BIG_INTEGER = re.compile(r"(?<![0-9\"])[0-9]{19}")
"""Every integer with fewer digits fits in 64 bits. Digits behind a quotation mark are text: OTLP writes times so."""


def decode(text: str) -> Any:
    """Return the value of a JSON text, exact. Raises ValueError for invalid JSON and for nesting beyond `MAX_DEPTH`."""
    value = _parse(text)
    if text.count("[") + text.count("{") > MAX_DEPTH and _is_deeper(value, MAX_DEPTH):
        raise ValueError("JSON nested too deep")
    return value


def decode_or_text(text: str) -> Any:
    """Return the value of a JSON text, or the text itself if it is not JSON: no stored text is ever hidden."""
    try:
        return decode(text)
    except ValueError:
        return text


def _parse(text: str) -> Any:
    if _MAYBE_BIG_INTEGER.search(text) is None:
        try:
            return orjson.loads(text)
        except (orjson.JSONDecodeError, UnicodeEncodeError):
            pass  # the standard library also reads NaN and lone surrogates: it decides
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("JSON nested too deep") from None


def _is_deeper(value: Any, levels: int) -> bool:
    level = [value]
    for _ in range(levels + 1):
        dicts = [item.values() for item in level if isinstance(item, dict)]
        lists = [item for item in level if isinstance(item, list)]
        if not dicts and not lists:
            return False
        level = list(chain(chain.from_iterable(dicts), chain.from_iterable(lists)))
    return True


def encode(value: Any) -> bytes:
    """Return the JSON, as UTF-8, of a value that `tracetui.tracer.values.snapshot.snapshot` made; never raises for one.

    The result stays bytes on its way into the file: decoding 10 MB for SQLite to encode it again would hold the
    interpreter lock for 30 ms. Lone surrogates become JSON escapes, integers beyond 64 bits keep all digits, NaN and
    infinities become strings (see `float_word`). A value of type bytes is JSON already and is returned unchanged.
    """
    if type(value) is bytes:
        return value
    if is_small(value):
        return encode_at_once(value)
    pieces = _Pieces()
    pieces.encode(value)
    return b"".join(pieces.texts)


def encode_at_once(value: Any) -> bytes:
    """Return what `encode` returns, in one call of orjson; for values that are known to be small."""
    text = encode_finite(value)
    # A null may also stand for None. `in` would first try to read the bytes as a number, which costs 0.1 us.
    return encode_finite(_encodable(value)) if text.find(b"null") >= 0 and _has_non_finite(value) else text


def encode_finite(value: Any) -> bytes:
    """Return what `encode_at_once` returns, for a value that is known to contain neither NaN nor infinities."""
    try:
        return orjson.dumps(value)
    except TypeError:  # a lone surrogate, an integer beyond 64 bits, a key that is not a string
        return json.dumps(_encodable(value), separators=(",", ":"), default=repr).encode()


def float_word(value: float) -> str:
    """Return the string that replaces a non-finite float, which JSON cannot express: NaN, Infinity or -Infinity."""
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"


def _has_non_finite(value: Any) -> bool:
    items = value.values() if type(value) is dict else value if type(value) is list else (value,)
    kinds = set(map(type, items))  # iterates in C
    if float in kinds and not all(isfinite(item) for item in items if type(item) is float):
        return True
    if dict in kinds or list in kinds:
        for item in items:
            if (type(item) is dict or type(item) is list) and item and _has_non_finite(item):
                return True
    return False


_MAX_BITS = 14_000
"""An integer of more bits has more than 4,300 decimal digits, which `str` refuses to compute."""


def _encodable(value: Any) -> Any:
    """Copy a value; replace non-finite floats by strings, and enormous integers by hexadecimal text."""
    kind = type(value)
    if kind is dict:
        return {key: _encodable(item) for key, item in value.items()}
    if kind is list:
        return [_encodable(item) for item in value]
    if kind is float:
        return value if isfinite(value) else float_word(value)
    return exact_integer(value) if kind is int else value


def exact_integer(value: int) -> int | str:
    """Return the integer, or its hexadecimal text if it is too long for `str`."""
    return value if value.bit_length() <= _MAX_BITS else hex(value)


def is_small(value: Any) -> bool:
    """Whether one call of orjson encodes the value quickly. Cheap; may return False for a small value."""
    kind = type(value)
    if kind is str:
        return len(value) <= PIECE_CHARS
    if kind is not dict and kind is not list:
        return True
    chars = entries = 0
    containers = [value]
    for container in containers:  # grows while it is walked
        entries += len(container)
        if entries > _SMALL_ENTRIES:
            return False
        for item in container.values() if type(container) is dict else container:
            nested = type(item)
            if nested is str:
                chars += len(item)
            elif (nested is dict or nested is list) and item:
                containers.append(item)
    return chars <= PIECE_CHARS


class _Pieces:
    """Encodes one large value piece by piece."""

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
        for start in range(0, len(value), _CHUNK_ENTRIES):
            entries = value[start : start + _CHUNK_ENTRIES]
            if is_small(entries):
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
        while some := dict(islice(entries, _CHUNK_ENTRIES)):
            if is_small(some):
                self._add(opening + encode_at_once(some)[1:-1])
                opening = b","
                continue
            for key, item in some.items():
                self._add(opening + encode_at_once(key) + b":")
                self.encode(item)
                opening = b","
        self._add(b"}" if opening == b"," else b"{}")
