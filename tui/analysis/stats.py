"""`tracetui stats`: percentiles, histograms and a line over time of the spans or traces of a filter."""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ...store.filter import FilterError, Query, parse
from ...store.filter.assist.suggestions import hints
from ...store.filter.tree.nodes import Aggregate, Name
from ...store.read.groups import TooManyGroupsError
from ...store.read.reader import Reader
from ...store.read.trace_document import cost_object, iso_utc, to_json
from ...store.stats.collecting import Collected, Collector, FieldValues, GroupValues
from ...store.stats.openmetrics import openmetrics
from ...store.stats.summary import PERCENTILES, histogram, spark_line, summary, time_line
from ...store.text import format
from ...store.text.safe_text import safe_line
from ..commands.ls import explained
from ..errors import FAILURE, USAGE, CommandError, say
from ..file_argument import opened
from ..layout.cells import fit
from ..layout.terminal import BOLD, FAINT, painted
from .numbers import NUMBER_CELLS, number_text

MOST_GROUPS = 12
_BINS = 24
_SLOTS = 48
_TITLES = ("count", "mean", *(f"p{100 * share:.0f}" for share in PERCENTILES), "max")


class Form(NamedTuple):
    """How the statistics are printed."""

    as_json: bool
    as_csv: bool
    as_openmetrics: bool
    utc: bool


def stats(db: Path | None, filter_text: str, by: tuple[str, ...], of: tuple[str, ...], form: Form) -> int:
    """Print the statistics; returns the exit code."""
    with explained(filter_text), opened(db) as reader:
        query = parse(filter_text)
        if query.by is not None and by:
            raise CommandError("the groups are named twice: by --by and by by() in the filter", USAGE)
        if form.as_openmetrics and query.by is None and not by:
            by = ("model", "name")
        found = collect(reader, query, by, of, utc=form.utc)
        if found is None or not found.groups:
            say("; ".join(["nothing matches", *hints(query, reader.attribute_keys())]))
            return FAILURE
        _print(found, form)
    return 0


def collect(reader: Reader, query: Query, by: tuple[str, ...], of: tuple[str, ...], *, utc: bool) -> Collected | None:
    """Return the statistics; None while the file has no tables. Raises CommandError."""
    if not reader.ready:
        return None
    now_ns = time.time_ns()
    names = [_group_field(one) for one in by]
    measured = [_measured_field(one) for one in of]
    gone = reader.gone_processes(now_ns)
    try:
        collector = Collector(reader, query, by=names, measured=measured, now_ns=now_ns, gone=gone, utc=utc)
        for _ in collector.steps():
            pass
    except TooManyGroupsError as error:
        raise CommandError(str(error)) from None
    return collector.collected()


def _group_field(text: str) -> Name:
    by = _parsed(text, f"| by({text})").by
    if by is None or len(by.fields) != 1:
        raise CommandError(f"--by {text}: give one field; the option can be repeated", USAGE)
    return by.fields[0]


def _measured_field(text: str) -> Name:
    sort = _parsed(text, f"| sort(max({text}))").sort
    if sort is None or not isinstance(sort.key, Aggregate) or sort.key.field is None:
        raise CommandError(f"--of {text}: give one field with numbers; the option can be repeated", USAGE)
    return sort.key.field


def _parsed(text: str, filter_text: str) -> Query:
    try:
        return parse(filter_text)
    except FilterError as error:
        raise CommandError(f"{text}: {error.message}", USAGE) from None


def _print(found: Collected, form: Form) -> None:
    if form.as_openmetrics:
        sys.stdout.writelines(line + "\n" for line in openmetrics(found))
    elif form.as_json:
        sys.stdout.writelines(to_json(_group_object(found, one)) + "\n" for one in found.groups)
    elif form.as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow([*found.by, "field", "unit", *_TITLES, "total"])
        for one in found.groups:
            writer.writerows(_csv_rows(one))
    else:
        for line in _lines(found, utc=form.utc):
            print(line)


def _lines(found: Collected, *, utc: bool) -> Iterator[str]:
    for number, one in enumerate(found.groups[:MOST_GROUPS]):
        if number:
            yield ""
        yield painted(_title(found, one), BOLD, sys.stdout)
        titles = (fit(title, NUMBER_CELLS, right=True) for title in _TITLES)
        yield painted(f"  {'':<14}{''.join(titles)}  distribution", FAINT, sys.stdout)
        for field in one.fields:
            if (line := _field_line(field)) is not None:
                yield line
        yield from _time_lines(one, utc=utc)
    if len(found.groups) > MOST_GROUPS:
        yield ""
        yield f"{MOST_GROUPS} of {len(found.groups):,} groups; --json or --csv prints all"


def _title(found: Collected, one: GroupValues) -> str:
    group = one.group
    size = group.traces if found.of_traces else group.spans
    what = "trace" if found.of_traces else "span"
    key = ", ".join(f"{safe_line(f)} = {safe_line(_shown(v))}" for f, v in zip(found.by, group.key, strict=True))
    facts = [
        key,
        f"{size:,} {what}{'' if size == 1 else 's'}",
        f"{group.errors:,} failed ({100 * group.errors / size:.1f} %)" if group.errors and size else "",
        f"{format.token_flow(group.input_tokens, group.output_tokens)} tokens"
        if group.input_tokens is not None or group.output_tokens is not None
        else "",
        format.cost_in_words(group.cost_usd, group.calls_without_price),
    ]
    return "  ".join(filter(None, facts))


def _shown(value: Any) -> str:
    return "none" if value is None else str(value)


def _field_line(field: FieldValues) -> str | None:
    said = summary(field.values)
    if said is None:
        return None
    numbers = [said.mean, *said.percentiles, said.largest]
    cells = [f"{said.counted:,}", *(number_text(number, field.unit) for number in numbers)]
    bars = spark_line([float(count) for count in histogram(field.values, _BINS)])
    return (
        f"  {fit(safe_line(field.title), 14)}{''.join(fit(cell, NUMBER_CELLS, right=True) for cell in cells)}  {bars}"
    )


def _time_lines(one: GroupValues, *, utc: bool) -> Iterator[str]:
    slots = time_line(one.starts_ns, one.durations_ns, _SLOTS)
    if len(one.starts_ns) < 2 or not slots:
        return
    length_ns = round(slots[1].start_ns - slots[0].start_ns) * _SLOTS
    first = format.start(round(slots[0].start_ns), now_ns=time.time_ns(), utc=utc)
    began = spark_line([float(slot.began) for slot in slots])
    yield f"  {'began':<14}{began}  {first}, {format.duration(length_ns)} long"
    slowest = round(max((slot.p95_ns for slot in slots if slot.p95_ns is not None), default=0))
    yield f"  {'p95 duration':<14}{spark_line([slot.p95_ns for slot in slots])}  up to {format.duration(slowest)}"


def _group_object(found: Collected, one: GroupValues) -> dict[str, Any]:
    group = one.group
    return {
        "group": dict(zip(found.by, group.key, strict=True)),
        "of": "traces" if found.of_traces else "spans",
        "span_count": group.spans,
        "trace_count": group.traces,
        "error_count": group.errors,
        "input_tokens": group.input_tokens,
        "output_tokens": group.output_tokens,
        **cost_object(group.cost_usd, group.calls_without_price),
        "fields": {field.title: _field_object(field) for field in one.fields},
        "over_time": [
            {"start": iso_utc(round(slot.start_ns)), "count": slot.began, "p95_duration_ms": _ms(slot.p95_ns)}
            for slot in time_line(one.starts_ns, one.durations_ns, _SLOTS)
        ],
    }


def _ms(ns: float | None) -> float | None:
    return None if ns is None else ns / 1e6


def _field_object(field: FieldValues) -> dict[str, Any] | None:
    said = summary(field.values)
    if said is None:
        return None
    factor = 1e-6 if field.unit == "ns" else 1
    percentiles = {f"p{100 * share:.0f}": n * factor for share, n in zip(PERCENTILES, said.percentiles, strict=True)}
    return {
        "unit": "ms" if field.unit == "ns" else field.unit or None,
        "count": said.counted,
        "mean": said.mean * factor,
        "min": said.smallest * factor,
        **percentiles,
        "max": said.largest * factor,
        "total": said.total * factor,
    }


def _csv_rows(one: GroupValues) -> Iterator[list[Any]]:
    for field in one.fields:
        found = _field_object(field)
        if found is not None:
            key = [safe_line(_shown(value)) if sys.stdout.isatty() else value for value in one.group.key]
            yield [*key, field.title, found["unit"], *(found[title] for title in _TITLES), found["total"]]
