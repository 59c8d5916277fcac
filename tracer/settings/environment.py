"""Settings from `TRACETUI_*` variables. An unset, empty or invalid variable means the default.

An invalid variable is warned about once. Nothing is raised: a typo in the environment must not end the program.
"""

from __future__ import annotations

import os
from typing import TypeVar

from .. import guard

_ON = ("1", "true", "yes", "on", "y", "t")
_OFF = ("0", "false", "no", "off", "n", "f")

Setting = TypeVar("Setting")


def boolean(variable: str, default: bool) -> bool:
    """Return True or False for any of the usual words."""
    word = os.environ.get(variable, "").strip().lower()
    if word in _ON:
        return True
    if word in _OFF:
        return False
    return _default(variable, default, "1, true, yes, on or 0, false, no, off")


def positive_integer(variable: str, default: int) -> int:
    """Return a whole number, at least 1."""
    text = os.environ.get(variable, "").strip()
    if text.isdecimal() and len(text) < 20 and int(text) > 0:
        return int(text)
    return _default(variable, default, "a whole number of at least 1, in digits, such as 100000")


def byte_size(variable: str) -> int | None:
    """Return a number of bytes, written as `500MB` or `2 GiB`; None if the variable is unset."""
    if not (text := os.environ.get(variable, "")):
        return None
    from ...store.text.byte_size import parse_byte_size

    return parse_byte_size(text) or _default(variable, None, "a size such as 500MB or 2GB")


def age_s(variable: str) -> float | None:
    """Return the seconds of an age, written as `7d` or `12h`; None if the variable is unset."""
    if not (text := os.environ.get(variable, "")):
        return None
    from ...store.text.age import parse_age_s

    return parse_age_s(text) or _default(variable, None, "an age such as 7d, 12h or 30m")


def ratio(variable: str, default: float) -> float:
    """Return a number from 0 to 1."""
    try:
        number = float(os.environ.get(variable, ""))
        if 0.0 <= number <= 1.0:
            return number
    except ValueError:
        pass
    return _default(variable, default, "a number from 0 to 1, such as 0.1")


def _default(variable: str, default: Setting, expected: str) -> Setting:
    if text := os.environ.get(variable, "").strip():
        shown = int(default) if isinstance(default, bool) else default
        used = "" if default is None else f", the default {shown} is used"
        guard.warn(variable, f"{variable}={text!r} is ignored{used}: it must be {expected}")
    return default
