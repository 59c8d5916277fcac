"""The tools of the demo's chat: they compute, and they raise on arguments that make no sense."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_UNARY: dict[type[ast.unaryop], Callable[[float], float]] = {ast.UAdd: operator.pos, ast.USub: operator.neg}

MAX_EXPONENT = 1000
"""Largest exponent the calculator takes, so that no question can keep it busy."""

_UNITS: dict[str, tuple[str, float]] = {
    "ns": ("time", 1e-9),
    "us": ("time", 1e-6),
    "ms": ("time", 1e-3),
    "s": ("time", 1.0),
    "seconds": ("time", 1.0),
    "minutes": ("time", 60.0),
    "hours": ("time", 3600.0),
    "days": ("time", 86400.0),
    "bytes": ("size", 1.0),
    "kb": ("size", 1e3),
    "mb": ("size", 1e6),
    "gb": ("size", 1e9),
    "kib": ("size", 2.0**10),
    "mib": ("size", 2.0**20),
    "gib": ("size", 2.0**30),
}


class UnitError(ValueError):
    """The unit is unknown, or the two units measure different things."""


def calculator(expression: str) -> float:
    """The value of an arithmetic expression.

    Raises SyntaxError for one that is malformed, ValueError for anything but numbers and `+ - * / % **`,
    ZeroDivisionError and OverflowError as Python does.
    """
    return _value(ast.parse(expression.strip(), mode="eval").body)


def clock(zone: str = "UTC") -> str:
    """The time now in a zone such as `Europe/Lisbon`, in ISO format; raises KeyError for a zone that is unknown."""
    return datetime.now(UTC if zone == "UTC" else ZoneInfo(zone)).isoformat(timespec="seconds")


def convert(value: float, source: str, target: str) -> float:
    """The value in another unit of time or size; raises UnitError."""
    for unit in (source, target):
        if unit.lower() not in _UNITS:
            raise UnitError(f"no unit is called {unit!r}; known are {', '.join(_UNITS)}")
    source_measure, source_size = _UNITS[source.lower()]
    target_measure, target_size = _UNITS[target.lower()]
    if source_measure != target_measure:
        raise UnitError(f"{source} measures {source_measure}, {target} measures {target_measure}")
    return value * source_size / target_size


def _value(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return number
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            base, other = _value(left), _value(right)
            if isinstance(op, ast.Pow) and abs(other) > MAX_EXPONENT:
                raise OverflowError(f"the exponent {other} is larger than {MAX_EXPONENT}")
            return _BINARY[type(op)](base, other)
        case ast.UnaryOp(op=sign, operand=operand) if type(sign) in _UNARY:
            return _UNARY[type(sign)](_value(operand))
        case _:
            raise ValueError(f"the calculator cannot compute {ast.unparse(node)!r}")
