"""Habits of other languages that would be words to find: understood where they are clear, else told the right form."""

from __future__ import annotations

import re

from ..tree.errors import FilterError
from ..tree.nodes import Compare, Leaf, Name, Value
from .scanner import Scanner

_WHERE = re.compile(r"\s*where\s+", re.IGNORECASE)
_ORDER = re.compile(
    r"(?P<what>sort|order|group)\s+by\s+(?P<field>-?\s*[^\W\d][\w.]*)(?:\s+(?P<way>asc|desc)\w*)?", re.IGNORECASE
)
_LIMIT = re.compile(r"limit\s+(?P<count>[0-9]+)\s*(?=\||\Z)", re.IGNORECASE)
_LAST = re.compile(
    r"(?:last|past)\s+(?P<number>[0-9]+(?:\.[0-9]+)?)\s*"
    r"(?P<unit>s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)(?=[\s(){}|&]|\Z)",
    re.IGNORECASE,
)
_DAYS_PER_WEEK = 7


def begin(scan: Scanner) -> None:
    """Move past a `where` that stands before a condition; before anything else it is a word to find."""
    where = _WHERE.match(scan.text, scan.at)
    if where is None:
        return
    ahead = Scanner(scan.text)
    ahead.at = where.end()
    if ahead.peek() and ahead.peek() in "({`":
        scan.at = where.end()
        return
    word = ahead.word()
    is_flag = word.casefold() in ("is", "has") and ahead.peek() in (":", "(")
    if word and (is_flag or word.casefold() == "not" or ahead.operator() is not None):
        scan.at = where.end()


def last_while(scan: Scanner) -> Leaf | None:
    """`last 10m` as `start > -10m`; None for anything else."""
    column = scan.at
    last = _LAST.match(scan.text, column)
    if last is None:
        return None
    scan.at = last.end()
    number, unit = last["number"], last["unit"][0].lower()
    if unit == "w":
        number, unit = f"{float(number) * _DAYS_PER_WEEK:g}", "d"
    return Compare(Name("", "start", column), ">", (Value(f"-{number}{unit}", False, column),), column)


def check_stages(scan: Scanner) -> None:
    """Raise FilterError for `order by x`, `group by x` and a last `limit n`: stages stand behind |."""
    if order := _ORDER.match(scan.text, scan.at):
        raise FilterError(_complaint(f"{order['what']} by".lower()), scan.at, (stage_of(order),))
    if limit := _LIMIT.match(scan.text, scan.at):
        raise FilterError(_complaint("limit"), scan.at, (f"| limit {limit['count']}",))


def stage_of(order: re.Match[str]) -> str:
    """The stage that `order by x desc` means."""
    field = order["field"].replace(" ", "")
    if order["what"].casefold() == "group":
        return f"| by({field.lstrip('-')})"
    descending = not field.startswith("-") and (order["way"] or "").casefold() == "desc"
    return f"| sort({'-' * descending}{field})"


def _complaint(words: str) -> str:
    return f"`{words}` is a stage and stands behind |; in quotes it is text"
