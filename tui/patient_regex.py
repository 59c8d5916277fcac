"""Regular expressions for which `re` could take for ever, tried by the package `regex`.

It reads the same language, lets other threads run meanwhile, and gives up when it is told to.
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
"""For one text."""

_MOST_SLOW_S = 2.0
"""For all slow texts together, until the pattern is given up."""
_SLOW_S = 0.02

_BRACE = re.compile(r"\\N\{[^}]*\}|\\.|\{(?![0-9]*,?[0-9]*\})", re.DOTALL)


def use_patient_regex() -> None:
    """Try the regular expressions of filters with a limit of time, in this process."""
    use_engine(_engine)


class PatientRegex:
    """Tries patterns on texts, and counts the time that they take."""

    def __init__(self, longest_s: float = LONGEST_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._longest_s = longest_s
        self._clock = clock
        self._pattern = ""
        self._slow_s = 0.0

    def __call__(self, pattern: str, flags: int, text: str) -> bool:
        """Whether the pattern is found in the text. Raises PatternError when that takes too long."""
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
    # A brace that counts nothing is itself to `re`; here it could mean an approximate match.
    plain = _BRACE.sub(lambda found: r"\{" if found[0] == "{" else found[0], pattern)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return regex.compile(plain, same)
    except (regex.error, RecursionError, OverflowError, ValueError) as error:
        raise PatternError(f"the regular expression `{pattern}` is too complex: {error}") from None
