"""Runs regular expressions of filters by the package `regex`, with a time limit; `re` could take for ever.

`regex` accepts the same language and releases the GIL.
"""

from __future__ import annotations

import re
import time
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING

from ..store.filter.values.patterns import PatternError, use_engine

if TYPE_CHECKING:
    from collections.abc import Callable

    from regex import Pattern

LONGEST_S = 0.5
"""The most seconds for one text."""

_MOST_SLOW_S = 2.0
"""The most seconds for all slow texts together."""
_SLOW_S = 0.02

_BRACE = re.compile(r"\\N\{[^}]*\}|\\.|\{(?![0-9]*,?[0-9]*\})", re.DOTALL)


def use_patient_regex() -> None:
    """Use time limits for the regular expressions of filters in this process."""
    use_engine(_engine)


class PatientRegex:
    """Searches texts for a pattern, and adds up the time of slow searches."""

    def __init__(self, longest_s: float = LONGEST_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._longest_s = longest_s
        self._clock = clock
        self._pattern = ""
        self._slow_s = 0.0

    def __call__(self, pattern: str, flags: int, text: str) -> bool:
        """Whether the text contains the pattern. Raises PatternError if the search takes too long."""
        if pattern != self._pattern:
            self._pattern, self._slow_s = pattern, 0.0
        began = self._clock()
        try:
            is_found = _compiled(pattern, flags).search(text, timeout=self._longest_s, concurrent=True) is not None
        except TimeoutError:
            raise self._given_up(pattern) from None
        took_s = self._clock() - began
        if took_s > _SLOW_S:
            self._slow_s += took_s
            if self._slow_s > _MOST_SLOW_S:
                raise self._given_up(pattern)
        return is_found

    def _given_up(self, pattern: str) -> PatternError:
        self._pattern = ""
        return PatternError(
            f"the regular expression `{pattern}` takes too long: write it without repeats inside of repeats,"
            " or narrow the search before it"
        )


_engine = PatientRegex()


@lru_cache(maxsize=16)
def _compiled(pattern: str, flags: int) -> Pattern[str]:
    import regex  # 15 ms, for few patterns

    same = regex.VERSION0 | (regex.IGNORECASE if flags & re.IGNORECASE else 0)
    # `re` reads a brace without a count as itself; `regex` could read it as an approximate match.
    plain = _BRACE.sub(lambda found: r"\{" if found[0] == "{" else found[0], pattern)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return regex.compile(plain, same)
    except (regex.error, RecursionError, OverflowError, ValueError) as error:
        raise PatternError(f"the regular expression `{pattern}` is too complex: {error}") from None
