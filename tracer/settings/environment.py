"""Settings from `TRACETUI_*` variables: what is unset or empty gives the default, and so does what cannot be read,
which is told of once. Nothing is raised: a slip in the environment must not end the program."""

from __future__ import annotations

import os
from typing import TypeVar

from ...store.text.byte_size import parse_byte_size
from .. import guard

_ON = ("1", "true", "yes", "on", "y", "t")
_OFF = ("0", "false", "no", "off", "n", "f")

Setting = TypeVar("Setting")


def switch(variable: str, default: bool) -> bool:
    """On or off, in any of the usual words."""
    word = os.environ.get(variable, "").strip().lower()
    if word in _ON:
        return True
    if word in _OFF:
        return False
    return _default(variable, default, "1, true, yes, on or 0, false, no, off")


def whole_number(variable: str, default: int) -> int:
    """A number of things or bytes, at least 1."""
    text = os.environ.get(variable, "").strip()
    if text.isdecimal() and len(text) < 20 and int(text) > 0:
        return int(text)
    return _default(variable, default, "a whole number from 1 on, in digits, such as 100000")


def size(variable: str) -> int | None:
    """An amount of bytes, `500MB` or `2 GiB`; None where none is given."""
    return parse_byte_size(os.environ.get(variable, "")) or _default(variable, None, "a size such as 500MB or 2GB")


def share(variable: str, default: float) -> float:
    """A share from 0 to 1."""
    try:
        number = float(os.environ.get(variable, ""))
        if 0.0 <= number <= 1.0:
            return number
    except ValueError:
        pass
    return _default(variable, default, "a share from 0 to 1, such as 0.1")


def _default(variable: str, default: Setting, expected: str) -> Setting:
    if text := os.environ.get(variable, "").strip():
        shown = int(default) if isinstance(default, bool) else default
        taken = "" if default is None else f" and {shown} taken"
        guard.warn(variable, f"{variable}={text!r} is ignored{taken}: it is to be {expected}")
    return default
