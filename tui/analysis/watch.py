"""`tracetui watch`: checks a rule while programs write to the file, or once for CI."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from ...store.file.errors import OPEN_ERRORS, explain
from ...store.filter import FilterError, parse
from ...store.filter.values.literals import quantity
from ...store.read.reader import Reader
from ...store.read.trace_document import to_json
from ...store.stats.watching import (
    Baseline,
    Condition,
    Rule,
    State,
    Verdict,
    Window,
    baseline_of,
    evaluate,
    rule_of,
    without_times,
)
from ...store.text import format
from ...store.text.safe_text import safe_line
from ..commands.ls import explained
from ..errors import CHECK_FAILED, FAILURE, USAGE, CommandError, say
from ..file_argument import opened, path_of
from ..layout.terminal import FAINT, GREEN, RED, YELLOW, painted
from .numbers import number_text

EVERY_S = 1.0
"""How often the file is looked at."""

DEFAULT_LAST_NS = 300_000_000_000

_STYLES = {State.FINE: GREEN, State.HOLDS: RED, State.TOO_FEW: YELLOW, State.NO_BASELINE: YELLOW}


class Settings(NamedTuple):
    """How a rule is watched."""

    last: str | None
    hold: str | None
    baseline: str | None
    once: bool
    exits: bool
    rings: bool
    command: str | None
    as_json: bool
    utc: bool


def watch(db: Path | None, text: str, settings: Settings) -> int:
    """Check the rule; returns the exit code."""
    with explained(text):
        rule = _rule(text)
    last_ns = _duration_ns("--last", settings.last)
    hold_ns = _duration_ns("--for", settings.hold) or 0
    if any(rule.times) and settings.baseline is None:
        raise CommandError("`2x` is a multiple of a baseline: give --baseline 1h, or a file of --once --json", USAGE)
    look = _Look(rule, last_ns, settings)
    if settings.once:
        with explained(text), opened(db) as reader:
            return _once(look, reader, settings)
    return _follow(path_of(db), look, hold_ns, settings)


class _Look:
    # Evaluates the rule on the file at one moment.
    def __init__(self, rule: Rule, last_ns: int | None, settings: Settings) -> None:
        self._rule = rule
        self._last_ns = last_ns if last_ns or settings.once else DEFAULT_LAST_NS
        self._utc = settings.utc
        self._baseline: Baseline | None = None
        self._baseline_ns: int | None = None
        if settings.baseline is not None:
            if (ns := _nanoseconds(settings.baseline)) is not None:
                self._baseline_ns = ns
            else:
                self._baseline = _read_baseline(Path(settings.baseline))
        if self._baseline_ns is not None and self._last_ns is None:
            self._last_ns = DEFAULT_LAST_NS

    def verdicts(self, reader: Reader, now_ns: int) -> list[Verdict]:
        if not reader.ready:
            return []
        gone = reader.gone_processes(now_ns)

        def within(window: Window, baseline: Baseline | None) -> list[Verdict]:
            return evaluate(reader, self._rule, window, baseline, now_ns=now_ns, gone=gone, utc=self._utc)

        if self._last_ns is None:
            return within(Window(None, None), self._baseline)
        since_ns = now_ns - self._last_ns
        baseline = self._baseline
        if self._baseline_ns is not None:
            before = within(Window(since_ns - self._baseline_ns, since_ns), None)
            baseline = baseline_of(before, self._last_ns / self._baseline_ns)
        return within(Window(since_ns, None), baseline)


def _once(look: _Look, reader: Reader, settings: Settings) -> int:
    verdicts = look.verdicts(reader, time.time_ns())
    if settings.as_json:
        sys.stdout.write(to_json({"verdicts": [_object(one) for one in verdicts]}, indent=2) + "\n")
    else:
        for one in verdicts:
            print(_line(one))
    if not verdicts:
        say("nothing matches")
        return FAILURE
    states = {one.state for one in verdicts}
    if State.HOLDS in states:
        return CHECK_FAILED
    return 0 if State.FINE in states else FAILURE


def _follow(path: Path, look: _Look, hold_ns: int, settings: Settings) -> int:
    if not path.exists():
        say(f"waiting for {path}")
    seen: dict[str, State] = {}
    held_since: dict[str, int] = {}
    while True:
        now_ns = time.time_ns()
        for one in _verdicts(path, look, now_ns):
            name = to_json(one.group)
            if one.state is State.HOLDS and now_ns - held_since.setdefault(name, now_ns) < hold_ns:
                continue
            if one.state is not State.HOLDS:
                held_since.pop(name, None)
            if seen.get(name) is one.state:
                continue
            seen[name] = one.state
            _report(one, now_ns, settings)
            if one.state is State.HOLDS and settings.exits:
                return CHECK_FAILED
        time.sleep(EVERY_S)


def _verdicts(path: Path, look: _Look, now_ns: int) -> list[Verdict]:
    try:
        with Reader(path) as reader:
            return look.verdicts(reader, now_ns)
    except FileNotFoundError:
        return []
    except OPEN_ERRORS as error:
        raise CommandError(explain(path, error)) from None


def _report(one: Verdict, now_ns: int, settings: Settings) -> None:
    moment = format.start(now_ns, now_ns=now_ns, utc=settings.utc)
    if settings.as_json:
        print(to_json({"time_ns": now_ns, **_object(one)}), flush=True)
    else:
        print(f"{painted(moment, FAINT, sys.stdout)}  {_line(one)}", flush=True)
    if one.state is not State.HOLDS:
        return
    if settings.rings:
        print("\a", end="", file=sys.stderr, flush=True)
    if settings.command:
        variables = {"TRACETUI_WATCH": to_json(_object(one))}
        subprocess.run(settings.command, shell=True, check=False, env={**os.environ, **variables})


def _line(one: Verdict) -> str:
    state = painted(f"{one.state.value.upper():<11}", _STYLES[one.state], sys.stdout)
    group = "  ".join(f"{name} = {'none' if value is None else value}" for name, value in one.group.items())
    return f"{state}  {'; '.join(map(_condition, one.conditions))}{'  ' if group else ''}{safe_line(group)}"


def _condition(one: Condition) -> str:
    number = number_text(one.number, one.unit) or "no value"
    limit = number_text(one.limit, one.unit)
    if one.times is not None:
        before = "not known" if one.baseline is None else number_text(one.baseline, one.unit)
        limit = f"{one.times:g} x the baseline ({before})"
    return f"{safe_line(one.title)} is {number} of {one.counted:,}, rule {one.op} {limit}"


def _object(one: Verdict) -> dict[str, Any]:
    return {
        "group": dict(one.group),
        "state": one.state.value,
        "conditions": [condition._asdict() for condition in one.conditions],
    }


def _read_baseline(path: Path) -> Baseline:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return {
            (tuple(one["group"].values()), condition["title"]): condition["number"]
            for one in document["verdicts"]
            for condition in one["conditions"]
            if condition["number"] is not None
        }
    except OSError as error:
        raise CommandError(
            f"--baseline needs a time such as 1h, or a file: cannot read {path}: {error.strerror}", USAGE
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise CommandError(f"{path} is not what `tracetui watch --once --json` writes", USAGE) from None


def _rule(text: str) -> Rule:
    try:
        return rule_of(text, parse(without_times(text)))
    except FilterError as error:
        # The place in the text as it was typed, not as it was parsed.
        raise FilterError(error.message, min(error.column, len(text)), error.expected) from None


def _duration_ns(option: str, text: str | None) -> int | None:
    if text is None:
        return None
    if (ns := _nanoseconds(text)) is None:
        raise CommandError(f"{option} needs a time such as 5m, 90s or 1h, not {text!r}", USAGE)
    return ns


def _nanoseconds(text: str) -> int | None:
    found = quantity(text)
    ns = None if found is None else found.nanoseconds("")
    return round(ns) if ns is not None and ns > 0 else None
