"""Base64 of any size, found and decoded in pieces: no thread of the host waits long for the interpreter lock."""

from __future__ import annotations

import re
import time
from binascii import a2b_base64
from collections.abc import Callable
from typing import Any

PIECE_CHARS = 131_072
"""Characters to process (about 0.2 ms) before the interpreter lock is released; a multiple of 4."""

LONG_CHARS = 1_024
"""Minimum characters of a long run of base64."""

_SAMPLE_CHARS = 48
_SAMPLE = re.compile(r"[A-Za-z0-9+/_-]{48}").match
_SAMPLE_OF_BYTES = re.compile(rb"[A-Za-z0-9+/_-]{48}").match
_STEP = LONG_CHARS - _SAMPLE_CHARS
"""Distance between samples, so that each run of `LONG_CHARS` contains a whole sample."""

_DIGITS = re.compile(r"[A-Za-z0-9+/]*")
_DIGITS_IN_URLS = re.compile(r"[A-Za-z0-9+/_-]*")
_FROM_URLS = str.maketrans("-_", "+/")
"""Translation from the alphabet for URLs (RFC 4648, section 5), in which Google's clients send images."""


def find(text: str, mark: str, start: int = 0) -> int:
    """Return `text.find(mark, start)`, releasing the interpreter lock between pieces."""
    while start < len(text):
        at = text.find(mark, start, start + PIECE_CHARS + len(mark) - 1)
        if at >= 0:
            return at
        start += PIECE_CHARS
        if start < len(text):
            time.sleep(0)  # releases the interpreter lock
    return -1


def may_hold_run(text: str | bytes) -> bool:
    """Return whether samples of `text` allow a run of `LONG_CHARS` in it."""
    sample: Callable[[Any, int], object] = _SAMPLE_OF_BYTES if type(text) is bytes else _SAMPLE
    for at in range(_STEP, len(text) - _SAMPLE_CHARS + 1, _STEP):  # noqa: SIM110 (a generator doubles the time)
        if sample(text, at):
            return True
    return False


def find_end(text: str, start: int, *, in_urls: bool = False) -> int:
    """Return the end, after padding, of the base64 at `start`. `in_urls` accepts both alphabets."""
    digits = _DIGITS_IN_URLS if in_urls else _DIGITS
    while True:
        stop = min(start + PIECE_CHARS, len(text))
        found = digits.match(text, start, stop)
        assert found is not None  # the pattern also matches an empty text
        start = found.end()
        if start < stop or stop == len(text):
            break
        time.sleep(0)
    padding = text[start : start + 2]
    return start + (2 if padding == "==" else padding[:1] == "=")


def decoded_size(text: str, start: int, end: int) -> int:
    """Return the bytes that `text[start:end]`, as found by `find_end`, decodes to; -1 if it is incomplete."""
    chars = end - start
    if chars % 4 or not chars:
        return -1
    return chars // 4 * 3 - (text[end - 1] == "=") - (text[end - 2] == "=")


def decode(text: str, start: int, end: int) -> bytes:
    """Return the bytes of `text[start:end]`, in either alphabet. `decoded_size` must not be -1."""
    pieces = []
    for at in range(start, end, PIECE_CHARS):
        piece = text[at : min(at + PIECE_CHARS, end)]
        if "-" in piece or "_" in piece:
            piece = piece.translate(_FROM_URLS)
        pieces.append(a2b_base64(piece))
        time.sleep(0)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
