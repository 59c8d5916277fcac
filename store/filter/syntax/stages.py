"""What stands behind `|`: aggregates, by(...), sort(...), limit; read from the text of a filter."""

from __future__ import annotations

import difflib
import re
import time

from ..fields.aggregates import (
    COMPARISONS,
    FUNCTIONS,
    check_aggregate,
    check_group_field,
    check_sort_field,
    thresholds,
)
from ..fields.bind import bound
from ..tree.errors import FilterError
from ..tree.field_kinds import Column, innermost
from ..tree.nodes import (
    Aggregate,
    By,
    Having,
    Limit,
    Name,
    Sort,
    Stage,
)
from ..tree.spelling import spell
from .operands import field_name, right_side
from .scanner import Scanner

MAX_STAGES = 30
"""Stages of one filter."""
MAX_FIELDS = 8
"""Fields of one by()."""
MAX_LIMIT = 1_000_000_000
"""The largest limit."""

_STAGES = ("by(", "count() ", "p95(", "sort(", "limit ")
_WORD = re.compile(r"[^\W\d]\w*")
_DIGITS = re.compile(r"[0-9]+(?=[\s|]|\Z)")
_FIELDS = ("model", "ttft", "an attribute")


def read_stages(scan: Scanner) -> tuple[Stage, ...]:
    """All stages up to the end of the text."""
    stages: list[Stage] = []
    while True:
        scan.skip_space()
        if not scan.take("|"):
            _check_sort(stages)
            return tuple(stages)
        scan.skip_space()
        stage = _stage(scan)
        _check_place(stages, stage)
        stages.append(stage)
        if len(stages) > MAX_STAGES:
            raise FilterError(f"more than {MAX_STAGES} stages", stage.column)
        scan.skip_space()
        if scan.peek() and scan.peek() != "|":
            raise FilterError("the next stage stands behind another |", scan.at, ("|",))


def _stage(scan: Scanner) -> Stage:
    column = scan.at
    word = _WORD.match(scan.text, scan.at)
    name = word[0].casefold() if word else ""
    if name in FUNCTIONS:
        return _having(scan, column)
    if name not in ("by", "sort", "limit") or word is None:
        near = difflib.get_close_matches(name, (*FUNCTIONS, "by", "sort", "limit"), n=1)
        shown = word[0] if word else scan.peek()
        message = f"there is no stage `{shown}`" if shown else "a stage is missing here"
        raise FilterError(message, column, tuple(near) or _STAGES)
    scan.at = word.end()
    if name == "limit":
        scan.skip_space()
        digits = _DIGITS.match(scan.text, scan.at)
        if digits is None or not 0 < int(digits[0][:12]) <= MAX_LIMIT:
            raise FilterError("limit needs a number of at least 1", scan.at, ("limit 20",))
        scan.at = digits.end()
        return Limit(int(digits[0]), column)
    opened = _open(scan, name)
    return _by(scan, opened, column) if name == "by" else _sort(scan, opened, column)


def _by(scan: Scanner, opened: int, column: int) -> By:
    fields: list[Name] = []
    scan.skip_space()
    while not scan.take(")"):
        if fields and not scan.take(","):
            raise FilterError(_unclosed(scan, "fields stand between commas"), _place(scan, opened), (",", ")"))
        scan.skip_space()
        fields.append(bound(field_name(scan, "by()", _FIELDS, stops=",")))
        check_group_field(fields[-1])
        if len(fields) > MAX_FIELDS:
            raise FilterError(f"more than {MAX_FIELDS} fields", fields[-1].column)
        scan.skip_space()
    return By(tuple(fields), column)


def _sort(scan: Scanner, opened: int, column: int) -> Sort:
    scan.skip_space()
    descending = scan.take("-")
    scan.skip_space()
    key: Name | Aggregate
    word = _WORD.match(scan.text, scan.at)
    if word and word[0].casefold() in FUNCTIONS and scan.text[word.end() :].lstrip()[:1] == "(":
        key = _aggregate(scan)
    else:
        key = bound(field_name(scan, "sort()", ("-duration", "cost", "-count()"), stops=","))
        check_sort_field(key)
    _close(scan, opened)
    return Sort(key, descending, column)


def _having(scan: Scanner, column: int) -> Having:
    aggregate = _aggregate(scan)
    scan.skip_space()
    at = scan.at
    op = scan.symbol()
    if op not in COMPARISONS:
        raise FilterError("an aggregate is compared with a number", at, tuple(COMPARISONS))
    value = right_side(scan, aggregate.field or Name("", "count()"), op)
    having = Having(aggregate, op, value, at)
    thresholds(having, time.time_ns())  # whatever is wrong with it shows while it is typed
    return having


def _aggregate(scan: Scanner) -> Aggregate:
    word = _WORD.match(scan.text, scan.at)
    assert word is not None
    function = word[0].casefold()
    scan.at = word.end()
    opened = _open(scan, function)
    scan.skip_space()
    field = None
    if function != "count":
        field = field_name(scan, f"{function}()", ("ttft", "duration", "cost"), stops=",")
    elif scan.peek() not in (")", ""):
        raise FilterError("count() counts spans; has:x before | is for those that have x", scan.at, (")",))
    _close(scan, opened)
    aggregate = Aggregate(function, field and bound(field))
    check_aggregate(aggregate)
    return aggregate


def _open(scan: Scanner, name: str) -> int:
    scan.skip_space()
    if not scan.take("("):
        raise FilterError(f"{name} needs a (", scan.at, (f"{name}(",))
    return scan.at - 1


def _close(scan: Scanner, opened: int) -> None:
    scan.skip_space()
    if not scan.take(")"):
        raise FilterError(_unclosed(scan, "one field stands here"), _place(scan, opened), (")",))


def _unclosed(scan: Scanner, otherwise: str) -> str:
    return otherwise if scan.peek() else "the ( that opens here is never closed"


def _place(scan: Scanner, opened: int) -> int:
    return scan.at if scan.peek() else opened


def _check_place(before: list[Stage], stage: Stage) -> None:
    # Stages work in the order they are written, so what would change its meaning by its place has one place.
    if before and isinstance(before[-1], Limit):
        raise FilterError("limit is the last stage", before[-1].column)
    if any(type(one) is type(stage) for one in before) and isinstance(stage, (By, Sort)):
        raise FilterError(f"{'by' if isinstance(stage, By) else 'sort'}() stands once", stage.column)
    if isinstance(stage, By) and any(isinstance(one, Sort) for one in before):
        raise FilterError("by() stands before sort(), which orders the groups", stage.column)


def _check_sort(stages: list[Stage]) -> None:
    # Groups have numbers, and the fields they are made by.
    by = next((stage for stage in stages if isinstance(stage, By)), None)
    sort = next((stage for stage in stages if isinstance(stage, Sort)), None)
    if by is None or sort is None or not isinstance(sort.key, Name) or sort.key in by.fields:
        return
    field = innermost(sort.key.bound)
    if isinstance(field, Column) and field.is_text:
        message = f"sort({spell(sort.key)}): groups are not made by this field"
        raise FilterError(message, sort.key.column, (*map(spell, by.fields), "-count()", "-p95(ttft)"))
