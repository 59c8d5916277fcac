"""How often each value of a field occurs: for completion, and for tables whose rows filter."""

# ruff: noqa: S608 - SQL is made of our own words
from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from ..file.schema import METADATA
from ..filter.assist.completion import NAMED_SCOPES
from ..filter.assist.refinement import field_named
from ..filter.fields.aggregates import check_group_field
from ..filter.tree.errors import FilterError
from ..filter.tree.nodes import By, Having, Query
from ..read.groups import Groups, TooManyGroupsError, grouping_of

if TYPE_CHECKING:
    from ..read.reader import Reader

POST_S = 0.07
"""Seconds between two looks at values that are still counted."""

MOST_NAMED_TRACES = 5_000
"""The newest traces whose tags and metadata are looked through for names."""

MOST_VALUES = 200
"""Values of a field that are kept for completion, the most frequent first."""

_OBJECT = "CASE WHEN json_valid({x}) THEN {x} ELSE '{{}}' END"
_NAMES = {
    "tag.": f"trace t, json_each({_OBJECT.format(x='t.tags')}) k",
    "metadata.": f"trace t, json_each({_OBJECT.format(x=METADATA)}) k",
}
_ASSESSMENTS = "SELECT CAST(name AS TEXT), count(*) FROM assessment WHERE kind = ? AND valid GROUP BY 1 ORDER BY 2 DESC"


class Values(NamedTuple):
    """The values of one field, most frequent first."""

    groups: Groups | None
    """Each value with what its spans or traces add up to; None for a file without tables."""
    complete: bool
    """Whether all of the file has been counted; else its newest part."""
    too_many: bool = False
    """Whether there are more values than a table can hold."""


def values_query(query: Query | None, field: str) -> Query:
    """The groups by a field of what a filter finds. Raises FilterError for a field that makes no groups."""
    name = field_named(field)
    check_group_field(name)
    by = By((name,))
    if query is None:
        return Query(None, (by,))
    before = query.stages[: query.stages.index(query.by)] if query.by else query.stages
    return Query(query.root, (*(one for one in before if isinstance(one, Having)), by))


def count_values(
    reader: Reader,
    query: Query,
    *,
    now_ns: int,
    gone: frozenset[int],
    utc: bool = False,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Values | None]:
    """Count the groups of a query of `values_query`; yields the values now and then and at the end, else None.

    One slice of the file is counted between two yields.
    """
    if not reader.ready:
        yield Values(None, True)
        return
    grouping = grouping_of(reader, query, now_ns=now_ns, gone=gone, utc=utc)
    due = clock() + POST_S
    too_many = False
    try:
        for _ in grouping.steps():
            if clock() < due:
                yield None
                continue
            began = clock()
            yield Values(grouping.groups(), False)
            due = clock() + max(POST_S, 8 * (clock() - began))
    except TooManyGroupsError:
        too_many = True
    yield Values(grouping.groups(), not too_many, too_many)


def known_values(
    reader: Reader,
    field: str,
    *,
    now_ns: int,
    gone: frozenset[int],
    within_s: float,
    clock: Callable[[], float] = time.monotonic,
) -> list[tuple[str, int]]:
    """Return the values of a field as typed, or the names behind a scope, each with its count; most frequent first.

    Counts the newest part of a large file, `within_s` seconds long; nothing for a field that makes no groups.
    """
    if field in NAMED_SCOPES:
        return _names(reader, field)
    try:
        query = values_query(None, field)
    except FilterError:
        return []
    until = clock() + within_s
    found = None
    for values in count_values(reader, query, now_ns=now_ns, gone=gone, clock=clock):
        found = values or found
        if clock() > until and found is not None:
            break
    if found is None or found.groups is None:
        return []
    of_traces = found.groups.of_traces
    counted = [(_plain(one.key[0]), one.traces if of_traces else one.spans) for one in found.groups.groups]
    return [(value, count) for value, count in counted if value is not None][:MOST_VALUES]


def _names(reader: Reader, scope: str) -> list[tuple[str, int]]:
    if scope not in _NAMES:
        return reader.rows(_ASSESSMENTS, scope[:-1])
    newest = f"t.id > (SELECT max(id) FROM trace) - {MOST_NAMED_TRACES}"
    return reader.rows(
        f"SELECT CAST(k.key AS TEXT), count(*) FROM {_NAMES[scope]} WHERE {newest} GROUP BY 1 ORDER BY 2 DESC, 1"
        f" LIMIT {MOST_VALUES}"
    )


def _plain(value: str | int | float | None) -> str | None:
    return value if value is None or isinstance(value, str) else f"{value:.15g}"
