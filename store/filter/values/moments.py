"""Times as they are typed: `2026-11-22`, `14:30`, `today`, `-15m`, a Unix time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .literals import NS_PER_UNIT, ago, quantity

_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SECONDS = re.compile(r"[0-9]{2}:[0-9]{2}:[0-9]{2}")
_INT64 = 1 << 63
_NS_PER_S = 1_000_000_000
_DAY_S = 86_400
_EPOCH = datetime(1970, 1, 1)

Bounds = tuple[tuple[tuple[str, int], ...], ...]
"""Comparisons with nanoseconds: they hold when all of one group do."""


@dataclass(frozen=True, slots=True)
class Moment:
    """An exact time, or the day, minute or second that was named."""

    start_ns: int
    end_ns: int
    """The first nanosecond after it."""
    passes: tuple[tuple[int, int], ...] | None = None
    """When clocks show the day, minute or second: two spans of time where clocks are set back over it, none where
    they are set forward over it. None for an exact time."""

    def bounds(self, op: str) -> Bounds:
        """What `=`, `<`, `<=`, `>` or `>=` this time means. `<=` and `>` a day include the day."""
        if self.passes is None:
            return (((op, self.start_ns),),)
        match op:
            case "=":
                return tuple(((">=", first_ns), ("<", end_ns)) for first_ns, end_ns in self.passes)
            case "<=":
                return ((("<", self.end_ns),),)
            case "<":
                return ((("<", self.start_ns),),)
            case _:
                return (((">=", self.start_ns),),)


def moment(text: str, now_ns: int, number_unit: str = "", *, utc: bool = False) -> Moment | None:
    """ISO date or time, `HH:MM[:SS]` of today, `now`, `today`, `yesterday`, `-15m`, or a Unix time.

    Times without a zone are local, or UTC. A plain number is seconds, ms, us or ns by its size unless `number_unit`
    says which. None for what is no time.
    """
    word = text.strip().casefold()
    if word == "now":
        return Moment(now_ns, now_ns)
    if (offset := ago(text)) is not None:
        return Moment(now_ns - round(offset), now_ns - round(offset)) if abs(offset) < _INT64 else None
    try:
        if word in ("today", "yesterday"):
            return _clocks_show(_midnight(now_ns, utc) - timedelta(days=word == "yesterday"), _DAY_S, utc)
        if clock := _CLOCK.match(text):
            hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
            at = _midnight(now_ns, utc).replace(hour=hour, minute=minute, second=second)
            return _clocks_show(at, 1 if clock[3] else 60, utc)
        if _DATE.match(text):
            return _iso(text.strip(), utc)
    except (ValueError, OverflowError, OSError):  # there is no such day or hour, or this system cannot tell
        return None
    if (number := quantity(text)) and not number.unit:
        return _unix(number.number, number_unit)
    return None


def _iso(text: str, utc: bool) -> Moment:
    parsed = datetime.fromisoformat(text)
    if parsed.microsecond or "." in text:
        at_ns = _seconds(parsed.replace(tzinfo=parsed.tzinfo or (UTC if utc else None))) * _NS_PER_S
        return Moment(at_ns + parsed.microsecond * 1_000, at_ns + parsed.microsecond * 1_000)
    width_s = _DAY_S if len(text) == 10 else 1 if _SECONDS.search(text) else 60
    if parsed.tzinfo is None:
        return _clocks_show(parsed, width_s, utc)
    start_ns = _seconds(parsed) * _NS_PER_S
    end_ns = start_ns + width_s * _NS_PER_S
    return Moment(start_ns, end_ns, ((start_ns, end_ns),))


def _unix(number: int | float, unit: str) -> Moment | None:
    size = abs(number)
    unit = unit or ("s" if size < 1e11 else "ms" if size < 1e14 else "us" if size < 1e17 else "ns")
    at_ns = number * NS_PER_UNIT[unit]
    return Moment(round(at_ns), round(at_ns)) if abs(at_ns) < _INT64 else None


def _midnight(now_ns: int, utc: bool) -> datetime:
    now = datetime.fromtimestamp(now_ns // _NS_PER_S, UTC if utc else None)
    return datetime(now.year, now.month, now.day)


def _seconds(at: datetime) -> int:
    return int(at.replace(microsecond=0).timestamp())


def _clocks_show(first: datetime, width_s: int, utc: bool) -> Moment:
    """When clocks show the time from `first`, which has no zone, for so many seconds of the clock."""
    first_s = (first - _EPOCH) // timedelta(seconds=1)
    end_s = first_s + width_s
    passes: list[tuple[int, int]] = []
    reached = []
    for since_s, until_s, ahead_s in _even_times(first_s - 2 * _DAY_S, end_s + 2 * _DAY_S, utc):
        begins, ends = max(first_s - ahead_s, since_s), min(end_s - ahead_s, until_s)
        reached.append(begins)
        if begins >= ends:
            continue
        if passes and passes[-1][1] == begins:
            passes[-1] = passes[-1][0], ends
        else:
            passes.append((begins, ends))
    if not passes:  # clocks leap over it: what is later than it begins where they do
        return Moment(min(reached) * _NS_PER_S, min(reached) * _NS_PER_S, ())
    spans = tuple((begins * _NS_PER_S, ends * _NS_PER_S) for begins, ends in passes)
    return Moment(spans[0][0], spans[-1][1], spans)


def _even_times(since_s: int, until_s: int, utc: bool) -> Iterator[tuple[int, int, int]]:
    """The time between two Unix times in parts (from, to, seconds that clocks are ahead of UTC)."""
    if utc:
        yield since_s, until_s, 0
        return
    ahead_s = _ahead_s(since_s)
    for day_s in range(since_s, until_s, _DAY_S):
        low, high = day_s, min(day_s + _DAY_S, until_s)
        if _ahead_s(high) == ahead_s:
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _ahead_s(middle) == ahead_s else (low, middle)
        yield since_s, high, ahead_s
        since_s, ahead_s = high, _ahead_s(high)
    yield since_s, until_s, ahead_s


def _ahead_s(at_s: int) -> int:
    shown = datetime.fromtimestamp(at_s)
    return (shown - _EPOCH) // timedelta(seconds=1) - at_s
