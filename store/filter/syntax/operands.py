"""What stands on the two sides of a comparison, read from its text: a field, and a value."""

from __future__ import annotations

import re

from ..fields.resolve import MLFLOW_TRACE_ATTRIBUTES, resolve
from ..tree.errors import FilterError
from ..tree.field_kinds import Column, Kind
from ..tree.nodes import Name, Value
from ..tree.spelling import split_scope
from .scanner import Scanner

_UNIT_APART = re.compile(r"\s+(ns|us|µs|μs|ms|s|m|h|d|%)(?=[\s)}|]|\Z)")
_CLOCK_APART = re.compile(r"\s+([0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)(?=[\s)}|]|\Z)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_BARE_NUMBER = re.compile(r"[+-]?[0-9]*\.?[0-9]+\Z")


def field_name(scan: Scanner, before: str, expected: tuple[str, ...], stops: str = "") -> Name:
    """The field that comes next, plain or in any quotes; `before` is what asks for it."""
    column = scan.at
    mark = scan.peek()
    if mark and mark in "`\"'":
        return Name("", scan.quoted(), column)
    word = scan.word(stops)
    if not word:
        raise FilterError(f"{before} needs a field", column, expected)
    return scoped_name(word, column)


def scoped_name(word: str, column: int) -> Name:
    """A word as a field, with its scope told apart."""
    scope, name = split_scope(word)
    if word.casefold().startswith("attributes.") and name in MLFLOW_TRACE_ATTRIBUTES:
        scope = "trace"
    return Name(scope, name, column)


def right_side(scan: Scanner, name: Name | None, before: str) -> Value:
    """The value that comes next: of a comparison with `name`, or of a list."""
    scan.skip_space()
    column = scan.at
    mark = scan.peek()
    if mark and mark in "\"'":
        return Value(scan.quoted(), True, column)
    text = scan.value_word(in_list=name is None)
    if not text or text.casefold() in ("and", "or", "not"):
        raise FilterError(f"`{before}` needs a value behind it", column, ("a number", "a word", "text in quotes"))
    if text[0] in "=<>~`":
        raise FilterError(f"`{text[0]}` is no value", column, ("a number", "a word", "text in quotes"))
    if name and (apart := _UNIT_APART.match(scan.text, scan.at)) and _BARE_NUMBER.match(text):
        if _is(name, Kind.DURATION):
            text += apart[1]
            scan.at = apart.end()
    elif name and (apart := _CLOCK_APART.match(scan.text, scan.at)) and _DATE.match(text) and _is(name, Kind.TIME):
        scan.at = apart.end()
        return Value(f"{text} {apart[1]}", True, column)
    return Value(text, False, column)


def _is(name: Name, kind: Kind) -> bool:
    field = name.field or resolve(name)
    return isinstance(field, Column) and field.kind is kind
