"""The tools of the chat, and their execution: each call of a model is a traced span."""

from __future__ import annotations

import ast
import json
import operator
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ...tracer import SpanType, start_span, wrap_executor

Tool = Callable[..., Any]

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
"""The largest exponent that the calculator accepts, so that no question keeps it busy."""

_UNITS: dict[str, tuple[str, float]] = {
    **{name: ("time", size) for name, size in {"us": 1e-6, "ms": 1e-3, "s": 1.0, "seconds": 1.0}.items()},
    **{name: ("time", size) for name, size in {"minutes": 60.0, "hours": 3600.0, "days": 86400.0}.items()},
    **{name: ("size", size) for name, size in {"bytes": 1.0, "kb": 1e3, "mb": 1e6, "gb": 1e9, "mib": 2.0**20}.items()},
}


class ToolError(ValueError):
    """The model asked for a tool or a unit that does not exist."""


def run_tools(calls: Sequence[dict[str, Any]], tools: dict[str, Tool]) -> list[Any]:
    """Returns the results of a model's tool calls, which run in parallel; raises the first error of a tool."""
    with wrap_executor(ThreadPoolExecutor(max(1, len(calls)), "tool")) as executor:
        return list(executor.map(lambda call: _run_tool(call, tools), calls))


def _run_tool(call: dict[str, Any], tools: dict[str, Tool]) -> Any:
    name, arguments = call["function"]["name"], call["function"]["arguments"]
    with start_span(name=name, span_type=SpanType.TOOL, attributes={"gen_ai.tool.call.id": call["id"]}) as span:
        span.set_inputs(json.loads(arguments))
        if name not in tools:
            raise ToolError(f"no tool is called {name!r}; there are {', '.join(tools)}")
        result = tools[name](**json.loads(arguments))
        span.set_outputs(result)
        return result


def calculator(expression: str) -> float:
    """Returns the value of an arithmetic expression.

    Raises SyntaxError for a malformed expression, ValueError for anything but numbers and `+ - * / % **`, and
    ZeroDivisionError and OverflowError as Python does.
    """
    return _value(ast.parse(expression.strip(), mode="eval").body)


def clock(zone: str = "UTC") -> str:
    """Returns the time now in a zone such as `Europe/Lisbon`, in ISO format; raises KeyError for an unknown zone."""
    return datetime.now(UTC if zone == "UTC" else ZoneInfo(zone)).isoformat(timespec="seconds")


def convert(value: float, source: str, target: str) -> float:
    """Returns the value in another unit of time or size; raises ToolError."""
    for unit in (source, target):
        if unit.lower() not in _UNITS:
            raise ToolError(f"no unit is called {unit!r}; there are {', '.join(_UNITS)}")
    (source_measure, source_size), (target_measure, target_size) = _UNITS[source.lower()], _UNITS[target.lower()]
    if source_measure != target_measure:
        raise ToolError(f"{source} measures {source_measure}, {target} measures {target_measure}")
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
