"""Check the types of values in rows: a file may be damaged, or another program may have written it."""

from __future__ import annotations

from collections.abc import Iterable
from types import NoneType
from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (float, int),
    "str": (str,),
    "bytes": (bytes,),
    "None": (NoneType,),
}
_NAMES = {int: "a whole number", float: "a number", str: "text", bytes: "bytes", NoneType: "nothing"}


class ColumnTypes:
    """The types of the columns of one class of row, from its annotations; a column of `Any` accepts every type."""

    def __init__(self, row: type[tuple[Any, ...]]) -> None:
        self._row = row
        self._allowed = [(name, _allowed(hint)) for name, hint in row.__annotations__.items()]
        self._known: set[tuple[type, ...]] = set()

    def mismatch(self, rows: Iterable[tuple[Any, ...]]) -> str:
        """Describe the first value that has not the type of its column; empty if there is none."""
        known = self._known
        for row in rows:
            kinds = tuple(map(type, row))
            if kinds in known:
                continue
            for (name, allowed), kind in zip(self._allowed, kinds, strict=True):
                if kind not in allowed and object not in allowed:
                    return f"{name} in a row of {self._row.__name__.removesuffix('Row').lower()} is {_NAMES[kind]}"
            known.add(kinds)
        return ""


def _allowed(hint: Any) -> tuple[type, ...]:
    # Python stores the text of the annotation in a ForwardRef.
    text: str = getattr(hint, "__forward_arg__", hint)
    return tuple(kind for word in text.split(" | ") for kind in _TYPES.get(word, (object,)))
