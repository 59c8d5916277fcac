"""What can stand at the cursor behind `|`: stages, the fields they take, and comparisons."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..fields.aggregates import COMPARISONS, FUNCTIONS, check_aggregate, check_group_field, check_sort_field
from ..fields.bind import bound
from ..syntax.operands import scoped_name
from ..tree.errors import FilterError
from ..tree.nodes import Aggregate

Candidate = tuple[str, str, int | None]
"""A text, what it is, and how many spans have it."""

_STAGES: list[Candidate] = [
    ("by(", "groups in place of traces", None),
    ("count() ", "how many spans match", None),
    ("p95(", "95th percentile of a field", None),
    *((f"{name}(", "of a field", None) for name in FUNCTIONS if name not in ("count", "p95")),
    ("sort(", "order of traces or groups; sort(-x) begins with the largest", None),
    ("limit ", "the first so many", None),
]
_AGGREGATES = [one for one in _STAGES if one[0].rstrip("() ") in FUNCTIONS]
_CALL = rf"(?:{'|'.join(FUNCTIONS)})"
_BEGINNING = re.compile(r"\s*\Z")
_IN_BY = re.compile(r"\s*by\s*\((?:[^)]*,)?\s*\Z", re.IGNORECASE)
_IN_SORT = re.compile(r"\s*sort\s*\(\s*-?\s*\Z", re.IGNORECASE)
_IN_CALL = re.compile(rf"\s*(?:sort\s*\(\s*-?\s*)?(?P<function>{_CALL})\s*\(\s*\Z", re.IGNORECASE)
_BEHIND_CALL = re.compile(rf"\s*{_CALL}\s*\([^)]*\)\s*\Z", re.IGNORECASE)


def stage_at(head: str) -> str | None:
    """What stands between the last `|` and the cursor; None where no stage has begun."""
    open_quote = ""
    start = None
    index = 0
    while index < len(head):
        mark = head[index]
        if open_quote:
            if mark == open_quote and head[index - 1] != "\\":
                open_quote = ""
        elif mark in "\"'`":
            open_quote = mark
        elif head.startswith("||", index):
            index += 1
        elif mark == "|":
            start = index + 1
        index += 1
    return None if start is None else head[start:]


def stage_candidates(stage: str, fields: Iterable[Candidate]) -> list[Candidate]:
    """What fits behind `stage`, the text from the `|` to the word at the cursor; `fields` are all there are."""
    if _BEGINNING.match(stage):
        return _STAGES
    if _IN_BY.match(stage):
        return [one for one in fields if _fits(one[0], "by")]
    if _IN_SORT.match(stage):
        return [one for one in fields if _fits(one[0], "sort")] + _AGGREGATES
    if call := _IN_CALL.match(stage):
        function = call["function"].casefold()
        return [(")", "", None)] if function == "count" else [one for one in fields if _fits(one[0], function)]
    if _BEHIND_CALL.match(stage):
        return [(op, "", None) for op in (">", *(op for op in COMPARISONS if op != ">"))]
    return [("| ", "another stage", None)] if stage.endswith(" ") else []


def _fits(field: str, use: str) -> bool:
    if field.endswith("."):
        return True
    try:
        name = bound(scoped_name(field.replace("`", ""), 0))
        if use == "by":
            check_group_field(name)
        elif use == "sort":
            check_sort_field(name)
        else:
            check_aggregate(Aggregate(use, name))
    except FilterError:
        return False
    return True
