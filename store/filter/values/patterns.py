"""Regular expressions that end: `re` where it cannot take long, else whatever this process has for such patterns.

`re` tries one way after another through a text, without a limit of time and with the interpreter lock held. How many
ways a pattern can have is bounded by its form and the length of the text; `(a|a)*b` has 2 to the power of it.
"""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from typing import Protocol

from ..tree.errors import FilterError
from ..tree.nodes import Value

STEPS = 1_000_000
"""Steps that `re` may need for one text, at most 50 ms, where there is something else for such a pattern."""

MOST_STEPS = 10_000_000
"""Where there is not, half a second."""

MAX_PATTERN = 1_000
"""Characters of a regular expression."""

MAX_TEXT = 20_000
"""Characters of a value that a regular expression sees."""

_TOKEN = re.compile(
    r"\\N\{[^}]*\}|\\."  # an escape
    r"|\[\^?\]?(?:\\.|[^\]\\])*\]"  # a set
    r"|\(\?\#[^)]*\)|\(\?[aiLmsux]+\)|\(\?P=\w+\)"  # a comment, flags, a reference: no brackets to close
    r"|\((?:\?(?:P?<\w+>|<?[=!]|[>:]|[aiLmsux-]+:|\(\w+\)))?"  # what begins a group
    r"|[*+?][?+]?|\{[0-9]*,?[0-9]*\}[?+]?|.",
    re.DOTALL,
)
_NUMBERS = re.compile(r"\{([0-9]*)(,?)([0-9]*)\}")
_NO_GROUP = re.compile(r"\(\?(?:#.*|[aiLmsux]+\))", re.DOTALL)
_REFERENCE = re.compile(r"\\[1-9]|\(\?P=")
_MANY = 1e30
_LITERALS = re.compile(r"[\w \-/:,;=<>\"'%&@!~]+(?![*?+{])")


class PatternError(Exception):
    """A regular expression that was given up on a text; the message names the pattern and the way out."""


class Engine(Protocol):
    """Tries patterns for which `re` could take for ever, within a limit of time."""

    def __call__(self, pattern: str, flags: int, text: str) -> bool:
        """Whether the pattern is found in the text. Raises PatternError."""


class _Engines:
    # What this process has. The traced program has none: it loads nothing beyond the standard library and orjson.
    patient: Engine | None = None


def use_engine(engine: Engine | None) -> None:
    """What takes the patterns for which `re` could take for ever, in this process."""
    _Engines.patient = engine


@lru_cache(maxsize=64)
def compiled(pattern: str, flags: int) -> re.Pattern[str]:
    """The compiled pattern. Raises re.error, RecursionError or OverflowError for one that cannot be."""
    return re.compile(pattern, flags)


def found(pattern: str, flags: int, text: str) -> bool:
    """Whether the pattern is found in the text. Raises PatternError."""
    engine = _Engines.patient
    tried = _without_lead(pattern)
    if steps(tried, flags, text) <= (MOST_STEPS if engine is None else STEPS):
        return compiled(tried, flags).search(text) is not None
    if engine is None:
        raise PatternError(
            f"the regular expression `{pattern}` could take for ever on a text of {len(text):,} characters:"
            " write it with fewer repeats, or ask `tracetui ls -f`, which has a limit of time"
        )
    return engine(pattern, flags, text)


def steps(pattern: str, flags: int, text: str) -> float:
    """A bound of the steps that `re` takes at worst."""
    # The length is rounded up, so that texts of about one length share an answer.
    length = len(text)
    grain = max(0, length.bit_length() - 4)
    ways, is_anchored = _ways(pattern, flags, -(-length >> grain) << grain)
    if is_anchored:
        return ways
    prefix = _prefix(pattern)
    if prefix and text.isascii():
        return ways * (text.lower().count(prefix.lower()) if flags & re.IGNORECASE else text.count(prefix))
    return ways * (length + 1)


@lru_cache(maxsize=64)
def _without_lead(pattern: str) -> str:
    # `.*x` is found where `x` is, and would be tried at every place of a text.
    is_needless = re.match(r"\.\*(?![*?+{])", pattern) and "|" not in pattern and "(?" not in pattern
    return pattern[2:] if is_needless else pattern


@lru_cache(maxsize=64)
def _prefix(pattern: str) -> str:
    # What every match begins with, in ASCII. The last character before a repeat may be missing.
    if "|" in pattern or "(?" in pattern or (literals := _LITERALS.match(pattern)) is None:
        return ""
    return literals[0] if literals[0].isascii() else ""


@lru_cache(maxsize=1_024)
def _ways(pattern: str, flags: int, length: int) -> tuple[float, bool]:
    # In how many ways a pattern can be tried from one place of a text of this length, at most; and whether it is
    # tried at the first place only.
    if flags & re.VERBOSE or re.search(r"\(\?[a-zA-Z]*x", pattern):
        return _MANY, False  # spaces and comments mean nothing there
    tokens = [token for token in _TOKEN.findall(pattern) if not _NO_GROUP.fullmatch(token)]
    groups: list[tuple[float, list[float]]] = [(0.0, [])]  # ways of finished alternatives, of what stands in a row
    is_repeat = False
    for token in tokens:
        alternatives, row = groups[-1]
        is_repeat = False
        if token[0] == "(" and not _REFERENCE.match(token):
            groups.append((0.0, []))
        elif token == ")" and len(groups) > 1:
            groups.pop()
            groups[-1][1].append(min(_MANY, alternatives + _product(row)))
        elif token == "|":
            groups[-1] = min(_MANY, alternatives + _product(row)), []
        elif row and (most := _most(token, length)) is not None:
            row[-1] = _repeated(row[-1], most)
            is_repeat = row[-1] < _MANY
        else:
            row.append(length if _REFERENCE.match(token) else 1.0)  # a reference compares text with text
    alternatives, row = groups[0]
    if alternatives:
        return min(_MANY, alternatives + _product(row)), False
    if is_repeat and row[-1] <= length + 1:
        row[-1] = 1.0  # nothing stands behind it that could fail
    is_anchored = (
        tokens[:1] in (["^"], [r"\A"]) and not flags & re.MULTILINE and not re.search(r"\(\?[a-zA-Z]*m", pattern)
    )
    return _product(row), is_anchored


def _product(ways: list[float]) -> float:
    product = 1.0
    for one in ways:
        product = min(_MANY, product * one)
    return product


def _most(token: str, length: int) -> int | None:
    # How often a repeat is tried at most; None for what is no repeat.
    if token[0] in "*+":
        return length
    if token[0] == "?":
        return 1
    numbers = _NUMBERS.match(token)
    if numbers is None or not any(numbers.groups()):
        return None
    least, comma, most = numbers.groups()
    return length if comma and not most else min(length, int(most or least))


def _repeated(ways: float, most: int) -> float:
    if ways <= 1:
        return most + 1
    try:
        return min(_MANY, 2 * ways**most)
    except OverflowError:
        return _MANY


def smart_case_flags(value: Value) -> re.RegexFlag:
    """The smart-case flags of a pattern. Raises FilterError for one that is wrong or too long."""
    if len(value.text) > MAX_PATTERN:
        raise FilterError(f"a regular expression can have {MAX_PATTERN} characters", value.column)
    letters = re.sub(r"\\.", "x", value.text, flags=re.DOTALL)
    flags = re.NOFLAG if any(mark.isupper() for mark in letters) else re.IGNORECASE
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compiled(value.text, int(flags))
    except re.error as error:
        raise FilterError(f"not a regular expression: {error.msg}", value.column + (error.pos or 0)) from None
    except (RecursionError, OverflowError, ValueError):
        raise FilterError("this regular expression is too complex", value.column) from None
    return flags
