"""`tracetui diff` of two sets: by two filters, or by the values of a field, such as the version."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ...store.filter import parse
from ...store.read.trace_document import to_json
from ...store.stats.collecting import GroupValues
from ...store.stats.set_difference import Compared, set_difference
from ...store.text.safe_text import safe_line
from ..commands.ls import explained
from ..errors import FAILURE, USAGE, CommandError, say
from ..file_argument import opened
from ..layout.columns import Column
from ..layout.terminal import BOLD, GREEN, RED, painted
from ..layout.text_table import TextTable
from .numbers import NUMBER_CELLS, number_text, signed_text
from .stats import collect

_COLUMNS = (
    Column("", 14),
    Column("", 5),
    Column("BASELINE", NUMBER_CELLS, right=True),
    Column("NEW", NUMBER_CELLS, right=True),
    Column("DIFFERENCE", NUMBER_CELLS + 1, right=True),
    Column("95 % INTERVAL", 2 * NUMBER_CELLS, right=True),
    Column("", 24),
)


class _Side(NamedTuple):
    title: str
    values: GroupValues


def diff_filters(db: Path | None, first: str, second: str, of: tuple[str, ...], *, as_json: bool, utc: bool) -> int:
    """Compare what two filters find; the first is the baseline. Returns the exit code."""
    sides, of_traces = [], []
    for text in (first, second):
        with explained(text), opened(db) as reader:
            query = parse(text)
            if query.by is not None:
                raise CommandError("give filters without by(), or one filter and --by", USAGE)
            found = collect(reader, query, (), of, utc=utc)
        if found is None or not found.groups:
            say(f"nothing matches {text!r}")
            return FAILURE
        sides.append(_Side(text, found.groups[0]))
        of_traces.append(found.of_traces)
    if of_traces[0] != of_traces[1]:
        raise CommandError("one filter is about traces, the other about spans: they are not comparable", USAGE)
    _print(sides[0], sides[1], of_traces=of_traces[0], as_json=as_json)
    return 0


def diff_by(db: Path | None, filter_text: str, by: str, of: tuple[str, ...], *, as_json: bool, utc: bool) -> int:
    """Compare the two newest values of a field, the older as the baseline. Returns the exit code."""
    with explained(filter_text), opened(db) as reader:
        found = collect(reader, parse(filter_text), (_FIELDS.get(by, by),), of, utc=utc)
    named = [] if found is None else [one for one in found.groups if one.group.key[0] is not None]
    if found is None or len(named) < 2:
        say(f"there are no two values of {by} to compare")
        return FAILURE
    older, newer = sorted(named, key=lambda one: min(one.starts_ns))[-2:]
    if len(named) > 2:
        say(f"{len(named):,} values of {by}: the two that began last are compared")
    sides = [_Side(f"{found.by[0]} = {one.group.key[0]}", one) for one in (older, newer)]
    _print(sides[0], sides[1], of_traces=found.of_traces, as_json=as_json)
    return 0


_FIELDS = {"version": "metadata.version", "environment": "metadata.environment", "commit": "metadata.`git.commit`"}
"""Short names of what a process tells of itself."""


def _print(first: _Side, second: _Side, *, of_traces: bool, as_json: bool) -> None:
    compared = list(set_difference(first.values, second.values, of_traces=of_traces))
    if as_json:
        sys.stdout.write(to_json(_object(first, second, compared, of_traces=of_traces), indent=2) + "\n")
        return
    for name, side in (("baseline", first), ("new", second)):
        size = side.values.group.traces if of_traces else side.values.group.spans
        what = "traces" if of_traces else "spans"
        print(painted(f"{name:<9} {size:,} {what}  {safe_line(side.title)}", BOLD, sys.stdout))
    print()
    table = TextTable(_COLUMNS)
    for cells, style in _rows(compared):
        table.add(cells, style=style)


def _rows(compared: list[Compared]) -> Iterator[tuple[list[str], str]]:
    before = ""
    for one in compared:
        field = one.field if one.field != before else ""
        before = one.field
        found = one.difference
        if found is None:
            few = min(one.counted)
            yield [safe_line(field), one.measure, "", "", "", "", f"too few to say ({few:,})"], ""
            continue
        change = found.second - found.first
        interval = f"{signed_text(found.low, one.unit)} to {signed_text(found.high, one.unit)}"
        numbers = [
            number_text(found.first, one.unit),
            number_text(found.second, one.unit),
            signed_text(change, one.unit),
        ]
        said = "" if not found.is_sure else "larger" if found.low > 0 else "smaller"
        style = "" if not found.is_sure else RED if found.low > 0 else GREEN
        yield [safe_line(field), one.measure, *numbers, interval, said or "no sure difference"], style


def _object(first: _Side, second: _Side, compared: list[Compared], *, of_traces: bool) -> dict[str, Any]:
    return {
        "of": "traces" if of_traces else "spans",
        "baseline": _side_object(first),
        "new": _side_object(second),
        "differences": [
            {
                "field": one.field,
                "measure": one.measure,
                "unit": one.unit or None,
                "counts": list(one.counted),
                "baseline": one.difference and one.difference.first,
                "new": one.difference and one.difference.second,
                "interval": one.difference and [one.difference.low, one.difference.high],
                "is_sure": one.difference is not None and one.difference.is_sure,
                "too_few": one.difference is None,
            }
            for one in compared
        ],
    }


def _side_object(side: _Side) -> dict[str, Any]:
    group = side.values.group
    return {"is": side.title, "spans": group.spans, "traces": group.traces, "errors": group.errors}
