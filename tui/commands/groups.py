"""`tracetui ls` with `| by(...)` in its filter: groups as lines for people or for programs."""

from __future__ import annotations

import shutil
import sys
from typing import Any

from ...store.filter import Query
from ...store.filter.assist.suggestions import hints
from ...store.read.groups import Group, Groups, TooManyGroupsError, grouping_of
from ...store.read.reader import Reader
from ...store.read.trace_document import cost_object, iso_utc, to_json
from ..errors import CommandError, say
from ..layout.columns import Column
from ..layout.group_columns import group_cell, group_columns
from ..layout.text_table import TextTable

_WIDEST_CELLS = 10_000
"""The width of a line that goes to a pipe or file: it has room for all columns."""


def print_groups(reader: Reader, query: Query, *, limit: int, as_json: bool, utc: bool, now_ns: int) -> None:
    """Print at most `limit` groups; 0 prints all."""
    groups = _grouped(reader, query, now_ns, utc=utc) if reader.ready else None
    if groups is None or not groups.groups:
        unknown = hints(query, reader.attribute_keys())
        say("; ".join(["no group matches", *unknown]))
        return
    printed = groups.groups[: limit or None]
    if as_json:
        sys.stdout.writelines(to_json(_group_object(groups, group)) + "\n" for group in printed)
    else:
        _print_table(groups, printed, now_ns, utc=utc)
    if len(printed) < len(groups.groups):
        say(f"{len(printed):,} of {len(groups.groups):,} groups; -n 0 prints all")


def _grouped(reader: Reader, query: Query, now_ns: int, *, utc: bool) -> Groups:
    grouping = grouping_of(reader, query, now_ns=now_ns, gone=reader.gone_processes(now_ns), utc=utc)
    try:
        for _ in grouping.steps():
            pass
    except TooManyGroupsError as error:
        raise CommandError(str(error)) from None
    return grouping.groups()


def _print_table(groups: Groups, printed: list[Group], now_ns: int, *, utc: bool) -> None:
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else _WIDEST_CELLS
    columns = group_columns(groups, width)
    table = TextTable([Column(column.title.upper(), column.width_cells, right=column.right) for column in columns])
    for group in printed:
        table.add([group_cell(groups, group, column, now_ns=now_ns, utc=utc) for column in columns])


def _group_object(groups: Groups, group: Group) -> dict[str, Any]:
    p50, p95 = group.duration_p50_ns, group.duration_p95_ns
    return {
        "group": dict(zip(groups.fields, group.key, strict=True)),
        "of": "traces" if groups.of_traces else "spans",
        "span_count": group.spans,
        "trace_count": group.traces,
        "error_count": group.errors,
        "duration_ms": {"p50": None if p50 is None else p50 / 1e6, "p95": None if p95 is None else p95 / 1e6},
        "ttft_ms": {"p50": group.ttft_p50_ms, "p95": group.ttft_p95_ms},
        "input_tokens": group.input_tokens,
        "output_tokens": group.output_tokens,
        **cost_object(group.cost_usd, group.calls_without_price),
        "newest_ns": group.newest_ns,
        "newest": iso_utc(group.newest_ns),
        "aggregates": {
            one.title: number / 1e6 if number is not None and one.unit == "ns" else number
            for one, number in zip(groups.shown, group.others, strict=True)
        },
    }
