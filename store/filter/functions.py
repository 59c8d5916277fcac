"""What SQLite lacks: regular expressions, and case folding beyond ASCII. In Python, so tried last."""

from __future__ import annotations

import re
import sqlite3
from functools import lru_cache
from typing import Any

from ..sorted_runs import rank
from ..usage import topmost_totals

MAX_REGEX_TEXT = 20_000
"""Characters of a value that a regular expression sees: `re` has no time limit and may be quadratic."""


CALLS_PYTHON = "filter_"
"""How the names of all of them begin; SQL that has one holds the interpreter lock most of its time."""


def register(connection: sqlite3.Connection) -> None:
    """Give `connection` the functions that compiled filters call. Once per connection, cheap."""
    connection.create_function("filter_search", 3, _search, deterministic=True)
    connection.create_function("filter_fullmatch", 3, _fullmatch, deterministic=True)
    connection.create_function("filter_contains", 2, _contains, deterministic=True)
    aggregates: dict[str, tuple[int, Any]] = {"filter_percentile": (2, _Percentile), "filter_topmost": (5, _Topmost)}
    for name, (arguments, made) in aggregates.items():
        connection.create_aggregate(name, arguments, made)


@lru_cache(maxsize=64)
def compiled(pattern: str, flags: int) -> re.Pattern[str]:
    """The compiled pattern. Raises re.error, RecursionError or OverflowError for one that cannot be."""
    return re.compile(pattern, flags)


def _search(pattern: str, flags: int, value: Any) -> bool | None:
    return None if value is None else compiled(pattern, flags).search(str(value)[:MAX_REGEX_TEXT]) is not None


def _fullmatch(pattern: str, flags: int, value: Any) -> bool | None:
    return None if value is None else compiled(pattern, flags).fullmatch(str(value)) is not None


def _contains(value: Any, needle: str) -> bool | None:
    return None if value is None else needle in str(value).casefold()


class _Percentile:
    # The smallest value that at least the share asked for does not exceed.
    def __init__(self) -> None:
        self._values: list[float] = []
        self._share = 0.0

    def step(self, value: float | None, share: float) -> None:
        if value is not None:
            self._values.append(value)
            self._share = share

    def finalize(self) -> float | None:
        return sorted(self._values)[rank(self._share, len(self._values))] if self._values else None


class _Topmost:
    # Tokens, or cost, of the spans of one trace by the topmost-usage rule.
    def __init__(self) -> None:
        self._spans: list[tuple[Any, ...]] = []

    def step(self, *span: Any) -> None:
        self._spans.append(span)

    def finalize(self) -> float | None:
        totals = [amount for amount in topmost_totals(self._spans) if amount is not None]
        return sum(totals) if totals else None
