"""Text conditions as SQL: equality, globs, LIKE, substrings, regular expressions.

LIKE folds case for ASCII only and stops at a NUL, so a pattern with other letters, or a NUL, goes through Python.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from ..tree.nodes import Value
from ..values.patterns import smart_case_flags

_LONGEST_LIKE = 200
"""Characters of a pattern for LIKE and GLOB, which try all of it at each place of a text and cannot be interrupted
there. A longer one goes through Python."""

Bind = Callable[[Any], str]
"""Takes a value, gives the name of its parameter: the only way of a value into SQL."""

_LIKE_SPECIAL = re.compile(r"([\\%_])")
_GLOB_SPECIAL = re.compile(r"([*?\[])")


def equals(bind: Bind, sql: str, value: Value) -> str:
    """Equality: exact when quoted, else without regard to case, and with `*` and `?` as wildcards."""
    if value.quoted:
        return f"{sql} = {bind(value.text)}"
    if not _folds_in_sqlite(value.text) or (value.is_glob and len(value.text) > _LONGEST_LIKE):
        pieces = [({"*": "%", "?": "_"}.get(mark, mark), mark in "*?") for mark in value.text]
        return _fullmatch(bind, sql, pieces, re.IGNORECASE | re.DOTALL)
    if value.is_glob:
        pattern = _LIKE_SPECIAL.sub(r"\\\1", value.text).replace("*", "%").replace("?", "_")
        return f"{sql} LIKE {bind(pattern)} ESCAPE '\\'"
    return f"{sql} = {bind(value.text)} COLLATE NOCASE"


def contains(bind: Bind, sql: str, needle: str) -> str:
    """The text holds `needle`, without regard to case."""
    if _folds_in_sqlite(needle) and len(needle) <= _LONGEST_LIKE:
        pattern = _LIKE_SPECIAL.sub(r"\\\1", needle)
        return f"{sql} LIKE {bind(f'%{pattern}%')} ESCAPE '\\'"
    return f"filter_contains({sql}, {bind(needle.casefold())})"


def document_contains(bind: Bind, sql: str, needle: str) -> str:
    """JSON text holds `needle`, as typed or as JSON escapes it (quotes, line ends)."""
    escaped = json.dumps(needle, ensure_ascii=False)[1:-1]
    plain = contains(bind, sql, needle)
    return plain if escaped == needle else f"({plain} OR {contains(bind, sql, escaped)})"


def like(bind: Bind, sql: str, pattern: str, *, case_sensitive: bool) -> str:
    """SQL's LIKE with `%`, `_` and a backslash to escape them; GLOB is the one that heeds case."""
    is_short = len(pattern) <= _LONGEST_LIKE
    if not case_sensitive and is_short and _folds_in_sqlite(pattern):
        # SQLite refuses an escape character with nothing behind it.
        trailing = len(pattern) - len(pattern.rstrip("\\"))
        whole = pattern + "\\" if trailing % 2 else pattern
        return f"{sql} LIKE {bind(whole)} ESCAPE '\\'"
    pieces = _like_pieces(pattern)
    if not case_sensitive or not is_short or "\0" in pattern:
        return _fullmatch(bind, sql, pieces, re.DOTALL if case_sensitive else re.IGNORECASE | re.DOTALL)
    glob = "".join({"%": "*", "_": "?"}[mark] if wild else _GLOB_SPECIAL.sub(r"[\1]", mark) for mark, wild in pieces)
    return f"{sql} GLOB {bind(glob)}"


def regex(bind: Bind, sql: str, value: Value, *, smart_case: bool) -> str:
    """An unanchored search; with smart case a pattern without capitals ignores case."""
    flags = smart_case_flags(value)
    return f"filter_search({bind(value.text)}, {int(flags if smart_case else re.NOFLAG)}, {sql})"


def _fullmatch(bind: Bind, sql: str, marks: list[tuple[str, bool]], flags: re.RegexFlag) -> str:
    first, *others = ["".join(part) for part in _between_any(marks)]
    # Atomic, as fnmatch has it: what stands between two wildcards is where it comes first, and is not looked for again.
    pattern = first + "".join(f"(?>.*?{other})" for other in others[:-1]) + (f".*{others[-1]}" if others else "")
    return f"filter_fullmatch({bind(pattern)}, {int(flags)}, {sql})"


def _between_any(marks: list[tuple[str, bool]]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for mark, wild in marks:
        if wild and mark == "%":
            parts.append([])
        else:
            parts[-1].append("." if wild else re.escape(mark))
    return parts


def _like_pieces(pattern: str) -> list[tuple[str, bool]]:
    # Each character, and whether it is a wildcard.
    pieces, escaped = [], False
    for mark in pattern:
        if escaped or mark not in "\\%_":
            pieces.append((mark, False))
            escaped = False
        elif mark == "\\":
            escaped = True
        else:
            pieces.append((mark, True))
    return [*pieces, ("\\", False)] if escaped else pieces


def _folds_in_sqlite(text: str) -> bool:
    return "\0" not in text and (text.isascii() or all(mark.isascii() or mark.lower() == mark.upper() for mark in text))
