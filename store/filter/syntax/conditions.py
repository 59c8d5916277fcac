"""One condition, read from its text: a comparison, a flag, a word or phrase."""

from __future__ import annotations

import re

from ..fields.resolve import resolve
from ..tree.errors import FilterError
from ..tree.field_kinds import Attribute
from ..tree.nodes import (
    Compare,
    Flag,
    Leaf,
    Name,
    Text,
    Value,
)
from .operands import field_name, right_side, scoped_name
from .scanner import Scanner

MAX_VALUES = 300
"""Values of one list."""

CONDITION = ("a condition such as ttft > 500ms", "a word to find")
"""What can stand where a condition is expected."""

_CALL = re.compile(r"(?:count|sum|avg|min|max|p50|p90|p95|p99|by|sort)\s*\(", re.IGNORECASE)
_KNOWN_BARE = re.compile(r"\s+(in|is)(?=\s|\Z)", re.IGNORECASE)
_AND = re.compile(r"and(?=[\s(){}\"'`!|-]|\Z)", re.IGNORECASE)


def read_condition(scan: Scanner, mark: str) -> Leaf:
    """The comparison, flag, word or phrase that comes next and begins with `mark`; its field is not bound."""
    column = scan.at
    if _CALL.match(scan.text, scan.at):
        raise FilterError("this is a stage and stands behind |", column, ("| count() > 10", "| by(model)"))
    if mark in "\"'":
        text = scan.quoted()
        if mark == '"' and (op := _operator(scan)):
            return _comparison(scan, Name("", text, column), *op)
        _no_operator(scan, "in quotes only a phrase to find, or a field in double quotes or backticks")
        return Text(text, column)
    if mark == "`":
        name = Name("", scan.quoted(), column)
        if not (op := _operator(scan)):
            raise FilterError("a field needs a comparison behind it", scan.at, ("=", ">", "~", "is null"))
        return _comparison(scan, name, *op)
    word = scan.word()
    if not word:
        raise FilterError(f"`{scan.peek(2).strip()}` needs a field before it", column, CONDITION)
    if word.casefold() in ("is", "has") and scan.peek() in (":", "("):
        return _flag(scan, word.casefold(), column) if scan.peek() == ":" else _has(scan, word.casefold(), column)
    if op := _operator(scan):
        return _comparison(scan, scoped_name(word, column), *op)
    _no_half_operator(scan, word, column)
    return Text(word.strip("*"), column)


def _flag(scan: Scanner, word: str, column: int) -> Leaf:
    scan.at += 1
    if word == "has":
        return _present(field_name(scan, "has:", ("has:user.id", "has:error")), column)
    at = scan.at
    flag = scan.word()
    if not flag:
        raise FilterError("is: needs a flag", at, ("is:error", "is:running", "is:root"))
    return Flag(flag.casefold(), at)


def _has(scan: Scanner, word: str, column: int) -> Leaf:
    if word == "is":
        raise FilterError("is: needs a flag", scan.at, ("is:error", "is:running"))
    opened = scan.at
    scan.at += 1
    scan.skip_space()
    name = field_name(scan, "has:", ("has:user.id", "has:error"))
    scan.skip_space()
    if not scan.take(")"):
        raise FilterError("the ( that opens here is never closed", opened, (")",))
    return _present(name, column)


def _present(name: Name, column: int) -> Leaf:
    return Compare(name, "is not null", (), column)


def _no_operator(scan: Scanner, message: str) -> None:
    at = scan.at
    if scan.operator():
        raise FilterError(f"{message} can stand left of a comparison", at)


def _no_half_operator(scan: Scanner, word: str, column: int) -> None:
    # `kind in LLM` and `status is error` would search for three words.
    half = _KNOWN_BARE.match(scan.text, scan.at)
    if half and not isinstance(resolve(scoped_name(word, column)), Attribute):
        expected = ("in (a, b)",) if half[1].lower() == "in" else ("is null", "is not null", "=", "is:error")
        raise FilterError(f"`{half[1]}` is not finished", half.start(1), expected)


def _operator(scan: Scanner) -> tuple[str, int] | None:
    # The operator that comes next, and where it stands.
    at = scan.at
    if (op := scan.operator()) is None:
        return None
    written = scan.text[at : scan.at]
    return op, at + len(written) - len(written.lstrip())


def _comparison(scan: Scanner, name: Name, op: str, column: int) -> Leaf:
    if op in ("is null", "is not null"):
        return Compare(name, op, (), column)
    if op in ("in", "not in"):
        return Compare(name, op, _list(scan), column)
    first = right_side(scan, name, ":" if scan.text[column : column + 1] == ":" else op)
    if op in ("between", "not between"):
        scan.skip_space()
        between = _AND.match(scan.text, scan.at)
        if between is None:
            raise FilterError("between needs two values", scan.at, ("and",))
        scan.at = between.end()
        return Compare(name, op, (first, right_side(scan, name, "and")), column)
    if op in ("=", "!=") and not first.quoted and first.text.casefold() == "null":
        return Compare(name, "is null" if op == "=" else "is not null", (), column)
    return Compare(name, op, (first,), column)


def _list(scan: Scanner) -> tuple[Value, ...]:
    scan.skip_space()
    opened = scan.at
    scan.at += 1
    values = []
    while True:
        values.append(right_side(scan, None, "in ("))
        scan.skip_space()
        if scan.take(")"):
            return tuple(values)
        if not scan.take(","):
            if not scan.peek():
                raise FilterError("the ( that opens here is never closed", opened, (")",))
            raise FilterError("values of a list stand between commas", scan.at, (",", ")"))
        if len(values) >= MAX_VALUES:
            raise FilterError(f"more than {MAX_VALUES} values", scan.at)
