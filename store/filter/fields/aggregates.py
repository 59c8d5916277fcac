"""Numbers made of many spans: `count()`, `p95(ttft)`. What can be counted on, and what a result is compared with."""

from __future__ import annotations

import operator
from collections.abc import Callable

from ..tree.errors import FilterError
from ..tree.field_kinds import (
    Attribute,
    Column,
    Field,
    Keyed,
    Kind,
    innermost,
)
from ..tree.nodes import Aggregate, Having, Name
from ..tree.spelling import spell
from ..values.literals import quantity, storable
from ..values.moments import moment
from .columns import SPAN, TRACE
from .units import in_column_units, named_unit, plain_number

SHARES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
"""Percentiles: the smallest value that at least this share of the values does not exceed."""

FUNCTIONS = ("count", "sum", "avg", "min", "max", *SHARES)
"""What can be asked of the values of a field; `count` of the spans themselves."""

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
"""How a result can be compared."""

USAGE: dict[str, tuple[int, ...]] = {"input_tokens": (0,), "output_tokens": (1,), "cost": (2,), "tokens": (0, 1)}
"""Fields whose sum counts nothing twice, and the parts of `usage.Usage` each is made of."""


def is_usage(name: Name | None) -> bool:
    """Whether a field is tokens or cost of the span."""
    return name is not None and any(name.bound is SPAN[one] for one in USAGE)


def check_aggregate(aggregate: Aggregate) -> None:
    """Raise FilterError for a field that has no numbers."""
    if aggregate.field is None:
        return
    field = innermost(aggregate.field.bound)
    called = f"{aggregate.function}({spell(aggregate.field)})"
    expected = ("ttft", "duration", "cost", "tokens", "an attribute")
    if not isinstance(field, (Column, Attribute, Keyed)):
        raise FilterError(f"{called}: {spell(aggregate.field)} is no number", aggregate.field.column, expected)
    if isinstance(field, Column):
        if field.kind is Kind.TIME and aggregate.function not in ("min", "max"):
            raise FilterError(f"{called}: of times there is min and max", aggregate.field.column, ("min", "max"))
        if field.kind not in (Kind.NUMBER, Kind.DURATION, Kind.TIME):
            message = f"{called}: {spell(aggregate.field)} is {field.kind.value}"
            raise FilterError(message, aggregate.field.column, expected)


def check_group_field(name: Name) -> None:
    """Raise FilterError for a field that spans do not share."""
    field = innermost(name.bound)
    if isinstance(field, Column) and field.kind in (Kind.DURATION, Kind.TIME):
        message = f"by({spell(name)}): {field.kind.value} is another one for nearly every span"
        raise FilterError(message, name.column, ("model", "prompt", "session", "tag.env", "an attribute"))
    if not isinstance(field, (Column, Attribute, Keyed)):
        message = f"by({spell(name)}): a whole document makes no groups"
        raise FilterError(message, name.column, (f"{name.name}.a.part.of.it", "model", "an attribute"))


def check_sort_field(name: Name) -> None:
    """Raise FilterError for a field that has no order."""
    if not isinstance(innermost(name.bound), (Column, Attribute, Keyed)):
        raise FilterError(f"sort({spell(name)}): a whole document has no order", name.column, ("duration", "cost"))


def thresholds(
    having: Having, now_ns: int, field: Field | None = None, *, utc: bool = False
) -> list[tuple[str, int | float]]:
    """The comparisons that must all hold for the result, in the unit of the field.

    `field` is what the name means where that is not the field of a span. Raises FilterError for a value of another
    kind than the field.
    """
    value, name = having.value, having.aggregate.field
    number = quantity(value.text)
    if name is None:
        field = Column("", Kind.NUMBER, "")
        name = Name("", "count()")
    else:
        field = innermost(field or name.bound)
    what = f"{having.aggregate.function}({spell(name)})" if having.aggregate.field else "count()"
    plain: int | float | None = None
    expected: tuple[str, ...] = ("500", "4k", "$0.05")
    if isinstance(field, Column) and field.kind is Kind.TIME:
        if (at := moment(value.text, now_ns, named_unit(name, field), utc=utc)) is not None:
            bounds = () if having.op == "!=" else at.bounds(having.op)
            if len(bounds) != 1:
                raise FilterError(f"{what} `{having.op}` this time: use < or >", value.column, ("<", "<=", ">", ">="))
            return [(op, storable(ns)) for op, ns in bounds[0]]
        expected = ("2026-11-22", "14:30", "-15m", "today")
    elif number is not None and number.unit == "%":
        raise FilterError("a share of the trace is no measure for several spans", value.column, ("2s", "500"))
    elif isinstance(field, Column) and field.kind is Kind.DURATION:
        expected = ("500ms", "2s", "1m30s")
        if number is not None and number.unit not in ("$", "k", "K", "M"):
            plain = in_column_units(number, field, name)
    elif isinstance(field, (Attribute, Keyed)):
        if number is not None:
            plain = plain_number(number, field.key)
            if plain is None:
                message = f"the name `{field.key}` does not say its unit: compare it with a plain number"
                raise FilterError(message, value.column, ("a number without a unit of time",))
    elif number is not None:
        plain = number.plain()
    if plain is None:
        raise FilterError(f"{what} is no `{value.text}`", value.column, expected)
    return [(having.op, plain)]


def of_the_trace(name: Name) -> Column | None:
    """The field of the trace that is meant where groups are of traces; None when a trace has none such."""
    field = name.bound
    return next((TRACE[one] for one, column in SPAN.items() if column is field and one in TRACE), None)
