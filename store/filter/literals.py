"""Numbers with units, and times, as they are typed on the right side of a comparison."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

NS_PER_UNIT = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
    "d": 86_400_000_000_000,
}
"""Units of time; both signs for micro, because keyboards and copied text differ."""

COUNT_PER_UNIT = {"k": 1_000, "K": 1_000, "M": 1_000_000}
"""Units of counts: `4k` tokens. A small m is minutes."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_QUANTITY = re.compile(rf"(\$?)({_NUMBER.pattern})(|[a-zA-Zµμ]+|%)\Z")
_STEPS = re.compile(r"([+-]?)((?:[0-9]+(?:\.[0-9]+)?(?:ns|us|µs|μs|ms|s|m|h|d))+)\Z")
_STEP = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ns|us|µs|μs|ms|s|m|h|d)")
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SECONDS = re.compile(r"[0-9]{2}:[0-9]{2}:[0-9]{2}")
_INT64 = 1 << 63
_DAY_NS = NS_PER_UNIT["d"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number and the unit typed with it: of time, of counts, `%`, `$`, or none."""

    number: int | float
    unit: str = ""

    def plain(self) -> int | float | None:
        """The number itself with a count unit or money resolved; None if the unit is of time or a share."""
        if self.unit in ("", "$"):
            return self.number
        if self.unit in COUNT_PER_UNIT:
            return storable(self.number * COUNT_PER_UNIT[self.unit])
        return None

    def nanoseconds(self, default_unit: str) -> int | float | None:
        """The number as a time; None if the unit is none of time."""
        factor = NS_PER_UNIT.get(self.unit or default_unit)
        return None if factor is None else storable(self.number * factor)


def quantity(text: str) -> Quantity | None:
    """`500`, `-1`, `1e3`, `2s`, `1m30s`, `4k`, `$0.05`, `40%`; None for anything else."""
    if match := _QUANTITY.match(text):
        money, digits, unit = match.groups()
        if money:
            return None if unit and unit not in COUNT_PER_UNIT else Quantity(_scaled(digits, unit), "$")
        if unit and unit not in NS_PER_UNIT and unit not in COUNT_PER_UNIT and unit != "%":
            return None
        return Quantity(_number(digits), unit)
    if steps := _STEPS.match(text):
        sign = -1 if steps[1] == "-" else 1
        return Quantity(storable(sign * sum(float(n) * NS_PER_UNIT[unit] for n, unit in _STEP.findall(steps[2]))), "ns")
    return None


def storable(number: int | float) -> int | float:
    """The number as SQLite can hold it: whole where it is whole and fits 64 bits."""
    if isinstance(number, float):
        if not number.is_integer() or abs(number) >= _INT64:
            return number
        number = int(number)
    return number if -_INT64 <= number < _INT64 else float(number)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as typed: from its first nanosecond to before its last; the two are equal for an exact one."""

    start_ns: int
    end_ns: int


def moment(text: str, now_ns: int, number_unit: str = "") -> Moment | None:
    """ISO date or time, `HH:MM[:SS]` of today, `now`, `today`, `yesterday`, `-15m`, or a Unix time.

    Times without a zone are local. A plain number is seconds, ms, us or ns by its size unless
    `number_unit` says which.
    """
    word = text.strip().casefold()
    now = datetime.fromtimestamp(now_ns / 1e9).astimezone()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if word == "now":
        return Moment(now_ns, now_ns)
    if word == "today":
        return _span(midnight, _DAY_NS)
    if word == "yesterday":
        return _span(midnight - timedelta(days=1), _DAY_NS)
    if (steps := _STEPS.match(text)) and steps[1] == "-":
        ago = quantity(text[1:])
        offset = ago.nanoseconds("") if ago else None
        if offset is None or abs(offset) >= _INT64:
            return None
        return Moment(now_ns - round(offset), now_ns - round(offset))
    if clock := _CLOCK.match(text):
        hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
        if hour > 23 or minute > 59 or second > 59:
            return None
        width_ns = NS_PER_UNIT["s"] if clock[3] else NS_PER_UNIT["m"]
        return _span(midnight.replace(hour=hour, minute=minute, second=second), width_ns)
    if _DATE.match(text):
        return _iso(text.strip())
    if (number := quantity(text)) and not number.unit:
        return _unix(number.number, number_unit)
    return None


def _iso(text: str) -> Moment | None:
    try:
        parsed = datetime.fromisoformat(text)
        local = parsed if parsed.tzinfo else parsed.astimezone()
    except (ValueError, OverflowError, OSError):
        return None
    if len(text) == 10:
        return _span(local, _DAY_NS)
    if parsed.microsecond or "." in text:
        return _span(local, 0)
    return _span(local, NS_PER_UNIT["s" if _SECONDS.search(text) else "m"])


def _unix(number: int | float, unit: str) -> Moment | None:
    size = abs(number)
    unit = unit or ("s" if size < 1e11 else "ms" if size < 1e14 else "us" if size < 1e17 else "ns")
    at_ns = number * NS_PER_UNIT[unit]
    return Moment(round(at_ns), round(at_ns)) if abs(at_ns) < _INT64 else None


def _span(start: datetime, width_ns: int) -> Moment:
    start_ns = int(start.replace(microsecond=0).timestamp()) * 1_000_000_000 + start.microsecond * 1_000
    return Moment(start_ns, start_ns + width_ns)


def _number(digits: str) -> int | float:
    plain = digits.lstrip("+-")
    return storable(int(digits) if plain.isdigit() and len(plain) < 25 else float(digits))


def _scaled(digits: str, unit: str) -> int | float:
    return storable(_number(digits) * COUNT_PER_UNIT.get(unit, 1))
