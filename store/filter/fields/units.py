"""The unit of a number on the right side: typed with it, said by the name of the field, or that of the column."""

from __future__ import annotations

import re

from ..tree.field_kinds import Column
from ..tree.nodes import Name
from ..values.literals import NS_PER_UNIT, Quantity

_UNIT_SUFFIX = re.compile(r"(?:^|[._\-])(ns|us|ms|s|sec|secs|seconds|nanos|micros|millis|minutes)$|(?<=[a-z])(Ms|Ns)$")
_UNIT_NAMES = {"sec": "s", "secs": "s", "seconds": "s", "nanos": "ns", "micros": "us", "millis": "ms", "minutes": "m"}


def in_column_units(number: Quantity, column: Column, name: Name) -> int | float:
    """A duration as typed, in the unit of the column it is compared with."""
    ns = number.nanoseconds(named_unit(name, column))
    assert ns is not None
    return ns / column.column_unit_ns if column.column_unit_ns != 1 else ns


def named_unit(name: Name, column: Column) -> str:
    """The unit of a number typed without one: what the name says, else that of the column."""
    return "ms" if name.name.endswith("_ms") else column.bare_unit


def plain_number(number: Quantity, key: str) -> int | float | None:
    """The number as the attribute `key` has it, whose name may say a unit of time; None where none fits."""
    if (plain := number.plain()) is not None or number.unit == "%":
        return plain
    suffix = _UNIT_SUFFIX.search(key)
    if suffix is None:
        return None
    unit = (suffix[1] or suffix[2]).lower()
    return number.number * NS_PER_UNIT[number.unit] / NS_PER_UNIT[_UNIT_NAMES.get(unit, unit)]
