"""What SQLite lacks: regular expressions, and case folding beyond ASCII. In Python, so tried last."""

from __future__ import annotations

import re
import sqlite3
from functools import lru_cache
from typing import Any

MAX_REGEX_TEXT = 20_000
"""Characters of a value that a regular expression sees: `re` has no time limit and may be quadratic."""


def register(connection: sqlite3.Connection) -> None:
    """Give `connection` the functions that compiled filters call. Once per connection, cheap."""
    connection.create_function("filter_search", 3, _search, deterministic=True)
    connection.create_function("filter_fullmatch", 3, _fullmatch, deterministic=True)
    connection.create_function("filter_contains", 2, _contains, deterministic=True)


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
