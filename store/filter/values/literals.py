"""Numbers with units as they are typed on the right side of a comparison."""

from __future__ import annotations

import re
from dataclasses import dataclass

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
_INT64 = 1 << 63


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


def ago(text: str) -> int | float | None:
    """Nanoseconds of `-15m` or `-1h30m`, times before now; None for anything else."""
    steps = _STEPS.match(text)
    before = quantity(text[1:]) if steps and steps[1] == "-" else None
    return before.nanoseconds("") if before else None


def _number(digits: str) -> int | float:
    plain = digits.lstrip("+-")
    return storable(int(digits) if plain.isdigit() and len(plain) < 25 else float(digits))


def _scaled(digits: str, unit: str) -> int | float:
    return storable(_number(digits) * COUNT_PER_UNIT.get(unit, 1))
