"""Conditions on values whose type is known only per row: attributes, tags, parts of inputs and events.

A value is a row of `value` and `type` as in the `attr` table: no type for text and numbers as they are,
'bool' for 0 and 1, 'json' for JSON text. A JSON array matches when one of its elements does.
"""

# ruff: noqa: S608 - SQL is made of our own words and the names of parameters
from __future__ import annotations

from dataclasses import dataclass

from ..fields.operands import ordered_operand
from ..fields.units import plain_number
from ..tree.nodes import NEGATED, Compare, Value
from ..values.literals import quantity
from . import matching
from .matching import Bind

MAX_NUMBER = "CAST(9e999 AS NUMERIC)"
"""Text compares greater than any number, so this bound keeps text that is no number out of `>`."""


PRESENT = "({v}.value IS NOT NULL AND ({v}.type IS NULL OR {v}.type <> 'json' OR {v}.value <> 'null'))"


@dataclass(frozen=True, slots=True)
class _View:
    # How a row tells its type: of the attr table, or of json_each. `text` is the value where it is text.
    value: str
    text: str
    plain: str
    boolean: str
    textual: str


def _row(alias: str) -> _View:
    text = f"{alias}.text" if alias == "a" else f"{alias}.value"
    return _View(
        f"{alias}.value",
        text,
        f"{alias}.type IS NULL",
        f"{alias}.type = 'bool'",
        f"({alias}.type IS NULL OR ({alias}.type = 'json' AND substr({text}, 1, 1) <> '['"
        f" AND {alias}.value <> 'null'))",
    )


_ELEMENT = _View(
    "e.value",
    "e.value",
    "e.type IN ('integer', 'real', 'text')",
    "e.type IN ('true', 'false')",
    "e.type NOT IN ('true', 'false')",
)


def condition(bind: Bind, alias: str, leaf: Compare, key: str) -> tuple[str, bool]:
    """The condition of `leaf` on the row `alias`, and whether it is to be denied for the row.

    `key` is the name of the field, which may say a unit.
    """
    op = NEGATED.get(leaf.op, leaf.op)
    scalar = _condition(bind, _row(alias), op, leaf, key)
    if op in ("=", "in", "~", "=~", "like", "ilike", "rlike"):
        text = _row(alias).text
        elements = f"CASE WHEN json_valid({text}) THEN {text} ELSE '[]' END"
        element = _condition(bind, _ELEMENT, op, leaf, key)
        scalar = (
            f"({scalar} OR ({alias}.type = 'json' AND substr({text}, 1, 1) = '[' AND"
            f" EXISTS (SELECT 1 FROM json_each({elements}) e WHERE {element})))"
        )
    return scalar, op != leaf.op


def _condition(bind: Bind, row: _View, op: str, leaf: Compare, key: str) -> str:
    values = leaf.values
    match op:
        case "=":
            return _equals(bind, row, values[0], key)
        case "in":
            return "(" + " OR ".join(_equals(bind, row, value, key) for value in values) + ")"
        case "between":
            low, high = (_ordered(bind, row, sign, v, key) for sign, v in zip((">=", "<="), values, strict=True))
            return f"({low} AND {high})"
        case "~":
            return f"({matching.document_contains(bind, row.text, values[0].text)} AND {row.textual})"
        case "=~" | "rlike":
            return f"({row.textual} AND {matching.regex(bind, row.text, values[0], smart_case=op == '=~')})"
        case "like" | "ilike":
            found = matching.like(bind, row.text, values[0].text, case_sensitive=op == "like")
            return f"({found} AND {row.textual})"
        case _:
            return _ordered(bind, row, op, values[0], key)


def _equals(bind: Bind, row: _View, value: Value, key: str) -> str:
    number = quantity(value.text)
    plain = plain_number(number, key) if number else None
    if plain is not None and not value.quoted:
        return f"({row.plain} AND {row.value} = CAST({bind(plain)} AS NUMERIC))"
    text = f"({matching.equals(bind, row.text, value)} AND {row.textual})"
    if value.text.casefold() in ("true", "false"):
        return f"({text} OR ({row.boolean} AND {row.value} = {int(value.text.casefold() == 'true')}))"
    if plain is not None:
        # A quoted number: MLflow quotes them all.
        return f"({text} OR ({row.plain} AND CAST({row.value} AS TEXT) = {bind(value.text)}))"
    return text


def _ordered(bind: Bind, row: _View, op: str, value: Value, key: str) -> str:
    operand = ordered_operand(op, key, value)
    if isinstance(operand, str):
        return f"(typeof({row.text}) = 'text' AND {row.plain} AND {row.text} {op} {bind(operand)})"
    limit = "" if op.startswith("<") else f" AND {row.value} <= {MAX_NUMBER}"
    return f"({row.value} {op} CAST({bind(operand)} AS NUMERIC){limit} AND {row.plain})"
