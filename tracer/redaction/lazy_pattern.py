"""Patterns that are compiled when the first text needs them, as compiling takes longer than the rest of an import."""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast


class _Late:
    def __init__(self, *made_of: Any) -> None:
        self._made_of = made_of

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(*self._made_of), name)
        setattr(self, name, found)  # the next use finds it at once
        return found


def late(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """As `re.compile`, but when it is first used."""
    return cast("re.Pattern[AnyStr]", _Late(pattern, flags))
