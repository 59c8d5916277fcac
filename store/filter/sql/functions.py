"""SQL functions in Python: regular expressions, case folding beyond ASCII, percentiles. They are evaluated last."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ...model.percentiles import rank
from ...model.usage import totals
from ..values.patterns import MAX_TEXT, PatternError, compiled, found

MAX_GLOB_STEPS = 1_000_000_000
"""Characters of a text times those of a pattern with wildcards. Each place of the text is tried once."""

CALLS_PYTHON = "filter_"
"""How the names of all of them begin; SQL that has one holds the interpreter lock most of its time."""


def register(connection: sqlite3.Connection) -> None:
    """Give `connection` the functions that compiled filters call. Once per connection, cheap."""
    connection.create_function("filter_search", 3, _heard(_search), deterministic=True)
    connection.create_function("filter_fullmatch", 3, _heard(_fullmatch), deterministic=True)
    connection.create_function("filter_contains", 2, _heard(_contains), deterministic=True)
    aggregates: dict[str, tuple[int, Any]] = {"filter_percentile": (2, _Percentile), "filter_totals": (5, _Totals)}
    for name, (arguments, made) in aggregates.items():
        connection.create_aggregate(name, arguments, made)


@contextmanager
def faults_told() -> Iterator[None]:
    """What one of the functions raised goes on, where SQLite would only say that one did."""
    _raised.error = None
    try:
        yield
    except sqlite3.OperationalError:
        error, _raised.error = _raised.error, None
        if error is None:
            raise
        raise error from None


class _Raised(threading.local):
    error: BaseException | None = None


_raised = _Raised()


def _heard(function: Callable[..., Any]) -> Callable[..., Any]:
    def called(*arguments: Any) -> Any:
        try:
            return function(*arguments)
        except BaseException as error:  # a Ctrl-C too
            _raised.error = error
            raise

    return called


def _search(pattern: str, flags: int, value: Any) -> bool | None:
    return None if value is None else found(pattern, flags, str(value)[:MAX_TEXT])


def _fullmatch(pattern: str, flags: int, value: Any) -> bool | None:
    if value is None:
        return None
    text = str(value)
    if len(text) * len(pattern) > MAX_GLOB_STEPS:
        raise PatternError(f"a pattern of {len(pattern):,} characters takes too long on a text of {len(text):,}")
    return compiled(pattern, flags).fullmatch(text) is not None


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


class _Totals:
    # Tokens, or cost, of the spans of one trace, see `usage`.
    def __init__(self) -> None:
        self._spans: list[tuple[Any, ...]] = []

    def step(self, *span: Any) -> None:
        self._spans.append(span)

    def finalize(self) -> float | None:
        known = [amount for amount in totals(self._spans) if amount is not None]
        return sum(known) if known else None
