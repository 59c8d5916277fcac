"""Opinions as people type them on one line."""

from __future__ import annotations

import getpass
import math
from typing import NamedTuple

MOST_CHARS = 10_000
"""The longest note that is kept."""


class Named(NamedTuple):
    """A name and its value; None takes the value away."""

    name: str
    value: float | bool | str | None


def person() -> str:
    """Returns the name under which opinions are written: that of the user on this machine."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "default"  # MLflow's word for a person without a name


def score(text: str, default: str) -> Named | None:
    """Read `0.8`, `helpful 0.8`, `helpful = 0.8` or `helpful = yes`; None for a text that is no score.

    A name alone, or an empty text for the name `default`, takes the score away.
    """
    name, sign, value = (part.strip() for part in text.partition("="))
    if not sign:
        words = text.split()
        if not words:
            return Named(default, None)
        is_named = len(words) > 1 or _value_of(words[0]) is None
        name, value = (words[0], " ".join(words[1:])) if is_named else (default, words[0])
    if not name:
        return None
    if not value:
        return Named(name, None)
    found = _value_of(value)
    return None if found is None else Named(name, found)


def tag(text: str) -> Named | None:
    """Read `key=value`, `key`, which has the value `true`, or `-key`, which takes the tag away; None for no tag."""
    key, sign, value = (part.strip() for part in text.partition("="))
    if key.startswith("-") and not sign:
        return Named(key[1:].strip(), None) if key[1:].strip() else None
    return Named(key, value if sign else "true") if key else None


def words(text: str) -> str | None:
    """Read a note; None for one that is too long."""
    return text.strip() if len(text) <= MOST_CHARS else None


def _value_of(text: str) -> float | bool | None:
    if text.casefold() in ("yes", "true"):
        return True
    if text.casefold() in ("no", "false"):
        return False
    try:
        number = float(text)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and text.lstrip("+-").isdecimal() else number
