"""The first place where two JSON values differ, as a path that people can read."""

from __future__ import annotations

from typing import Any, NamedTuple


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING = _Missing()
"""One of the values has no entry there."""


class JsonDifference(NamedTuple):
    """Two values that differ, and where they are: `messages.0.content`; "" for the whole."""

    path: str
    first: Any
    second: Any


def first_difference(first: Any, second: Any, path: str = "") -> JsonDifference | None:
    """Return the first entry that differs, in the order of `first`; None for equal values. 1 and true differ."""
    if isinstance(first, dict) and isinstance(second, dict):
        for key in [*first, *(key for key in second if key not in first)]:
            found = first_difference(first.get(key, MISSING), second.get(key, MISSING), f"{path}.{key}")
            if found is not None:
                return found
        return None
    if isinstance(first, list) and isinstance(second, list):
        for index in range(max(len(first), len(second))):
            sides = [side[index] if index < len(side) else MISSING for side in (first, second)]
            if (found := first_difference(sides[0], sides[1], f"{path}.{index}")) is not None:
                return found
        return None
    if first == second and isinstance(first, bool) == isinstance(second, bool):
        return None
    return JsonDifference(path.removeprefix("."), first, second)
