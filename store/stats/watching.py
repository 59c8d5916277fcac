"""A rule over the spans of the last minutes: `kind = LLM | p95(ttft) > 800ms`, or `> 2x` what was before."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from enum import Enum
from typing import NamedTuple

from ..filter.fields.aggregates import COMPARISONS
from ..filter.fields.bind import bind_leaf
from ..filter.tree.errors import FilterError
from ..filter.tree.nodes import By, Compare, Having, Name, Node, Query, Value, conjunction
from ..read.groups import Check, Key, grouping_of
from ..read.reader import Reader

FEWEST = {"p50": 5, "p90": 10, "p95": 20, "p99": 100, "avg": 5}
"""How many values an aggregate needs, so that one of them does not decide; others need one."""

_TIMES = re.compile(r"(?P<before>[<>]=?\s*)(?P<number>\d+(?:\.\d+)?)x(?=\s*(?:\||$))")
_MARK = "0" * 20 + "1"
"""Behind the decimals of a number that is a multiple of the baseline, where it changes nothing."""


_NEWEST = 200


class State(Enum):
    """What a rule says of a group."""

    FINE = "fine"
    HOLDS = "holds"
    TOO_FEW = "too few"
    NO_BASELINE = "no baseline"


class Condition(NamedTuple):
    """One comparison of a rule in one group."""

    title: str
    number: float | None
    op: str
    limit: float
    times: float | None
    """The multiple of the baseline that `limit` is; None for a fixed limit."""
    baseline: float | None
    counted: int
    unit: str
    """As of `group_plan.Shown`."""


class Verdict(NamedTuple):
    """What a rule says of one group."""

    group: Mapping[str, str | int | float | None]
    state: State
    conditions: tuple[Condition, ...]


class Rule(NamedTuple):
    """A filter with aggregates behind `|`, over all matching spans or by group."""

    text: str
    query: Query
    times: tuple[float | None, ...]
    """For each aggregate the multiple of the baseline that it is compared with."""


class Window(NamedTuple):
    """The traces that started after `since_ns`, and before `until_ns` if that is given."""

    since_ns: int | None
    until_ns: int | None


Baseline = Mapping[tuple[Key, str], float]
"""The number of each group and aggregate; counts and sums for the length of the window that they are compared with."""


def without_times(text: str) -> str:
    """Return the text of a rule with its multiples (`2x`) as marked numbers, which the parser of filters reads."""

    def marked(match: re.Match[str]) -> str:
        number = match["number"]
        return f"{match['before']}{number}{'' if '.' in number else '.'}{_MARK}"

    return _TIMES.sub(marked, text)


def rule_of(text: str, query: Query) -> Rule:
    """Return the rule of a query that was parsed from `without_times(text)`. Raises FilterError without aggregates."""
    stages = [stage for stage in query.stages if isinstance(stage, Having)]
    if not stages:
        raise FilterError("watch compares an aggregate", len(text), ("| p95(ttft) > 800ms", "| count() > 0"))
    times = []
    for stage in stages:
        is_multiple = stage.value.text.endswith(_MARK)
        times.append(float(stage.value.text.removesuffix(_MARK)) if is_multiple else None)
    by = query.by or By(())
    return Rule(text, replace(query, stages=(by, *stages)), tuple(times))


def evaluate(
    reader: Reader,
    rule: Rule,
    window: Window,
    baseline: Baseline | None,
    *,
    now_ns: int,
    gone: frozenset[int],
    utc: bool = False,
) -> list[Verdict]:
    """Return what the rule says of each group in the window; nothing if nothing matches."""
    grouping = grouping_of(reader, _within(rule.query, window), now_ns=now_ns, gone=gone, utc=utc)
    for _ in grouping.steps():
        pass
    units = {shown.title: shown.unit for shown in grouping.plan.shown}
    fields = grouping.plan.fields
    by_group: dict[Key, list[Check]] = {}
    for check in grouping.checks():
        by_group.setdefault(check.key, []).append(check)
    titles = grouping.plan.having_titles
    if not by_group and not fields and all(title == "count()" for title in titles) and _has_traces(reader, window):
        # Nothing matched among traces that could have: the count is 0, and that is known.
        limits = zip(titles, grouping.plan.having, strict=True)
        by_group[()] = [Check((), title, 0.0, op, limit, 1) for title, (_, op, limit) in limits]
    verdicts = []
    for key, checks in by_group.items():
        conditions = tuple(
            _condition(check, times, baseline, units.get(check.title, _unit(check.title)))
            for check, times in zip(checks, rule.times, strict=False)
        )
        verdicts.append(Verdict(dict(zip(fields, key, strict=True)), _state(conditions), conditions))
    return verdicts


def baseline_of(verdicts: list[Verdict], scale: float) -> dict[tuple[Key, str], float]:
    """Return the numbers of another window as a baseline; counts and sums are multiplied by `scale`."""
    return {
        (tuple(one.group.values()), condition.title): condition.number * (scale if _adds_up(condition.title) else 1)
        for one in verdicts
        for condition in one.conditions
        if condition.number is not None
    }


def _has_traces(reader: Reader, window: Window) -> bool:
    # Of the newest traces: those of a window begin near the end of the file.
    newest = reader.traces(reader.newest_traces(_NEWEST))
    since_ns, until_ns = window.since_ns or 0, window.until_ns
    return any(since_ns <= trace.start_ns and (until_ns is None or trace.start_ns < until_ns) for trace in newest)


def _within(query: Query, window: Window) -> Query:
    bounds: list[Node] = [
        bind_leaf(Compare(Name("trace", "start"), op, (Value(str(ns), False),)))
        for op, ns in ((">=", window.since_ns), ("<", window.until_ns))
        if ns is not None
    ]
    if not bounds:
        return query
    return replace(query, root=conjunction([*([] if query.root is None else [query.root]), *bounds]))


def _condition(check: Check, times: float | None, baseline: Baseline | None, unit: str) -> Condition:
    before = None if baseline is None else baseline.get((check.key, check.title))
    limit = check.limit if times is None else (before or 0.0) * times
    return Condition(check.title, check.number, check.op, limit, times, before, check.counted, unit)


def _state(conditions: tuple[Condition, ...]) -> State:
    if any(one.number is None or one.counted < FEWEST.get(one.title.partition("(")[0], 1) for one in conditions):
        return State.TOO_FEW
    if any(one.times is not None and one.baseline is None for one in conditions):
        return State.NO_BASELINE
    holds = all(COMPARISONS[one.op](one.number or 0.0, one.limit) for one in conditions)
    return State.HOLDS if holds else State.FINE


def _adds_up(title: str) -> bool:
    return title.startswith(("count(", "sum("))


def _unit(title: str) -> str:
    # The aggregates that every group has are not among those of the plan.
    return "ns" if "(duration)" in title else "ms" if "(ttft)" in title else "usd" if "(cost)" in title else ""
