"""How a tree and its parts are written as text."""

from __future__ import annotations

import re

from .nodes import (
    Aggregate,
    And,
    By,
    Compare,
    Flag,
    Having,
    Limit,
    Name,
    Node,
    Not,
    Or,
    Query,
    Related,
    Sort,
    SpanSet,
    Stage,
    Text,
    Value,
)

SCOPES = {
    "span.attributes": "attr",
    "attributes": "attr",
    "attr": "attr",
    "attribute": "trace",
    "trace": "trace",
    "span": "span",
    "tag": "tag",
    "tags": "tag",
    "metadata": "metadata",
    "meta": "metadata",
    "request_metadata": "metadata",
    "resource": "resource",
    "event": "event",
    "feedback": "feedback",
    "expectation": "expectation",
    "issue": "issue",
    "root": "root",
    "parent": "parent",
    "input": "input",
    "output": "output",
}
"""Each way to write a scope, and the scope; MLflow's `attribute.` is its word for a field of the trace."""

_PLAIN_NAME = re.compile(r"[^\W\d][\w.\-/@#$]*\Z")
_RESERVED = frozenset({"and", "or", "not", "is", "has", "in", "between", "like", "ilike", "rlike"})


def unparse(query: Query) -> str:
    """The filter as text that parses to the same tree."""
    condition = "" if query.root is None else _text(query.root, 0)
    return " | ".join([condition, *map(_stage, query.stages)]).strip(" ")


def spell_aggregate(aggregate: Aggregate) -> str:
    """An aggregate as a person would type it."""
    return f"{aggregate.function}({spell(aggregate.field) if aggregate.field else ''})"


def in_quotes(text: str) -> str:
    """Text as a value that means exactly it."""
    return _quote(text, '"')


def spell(name: Name) -> str:
    """A field as a person would type it."""
    plain = _PLAIN_NAME.match(name.name) and name.name.casefold() not in _RESERVED
    if not name.scope:
        return name.name if plain and not split_scope(name.name)[0] else _quote(name.name, "`")
    return f"{name.scope}.{name.name if plain else _quote(name.name, '`')}"


def split_scope(name: str) -> tuple[str, str]:
    """`tag.env` -> ("tag", "env"); a name without a scope gives ""."""
    for spelled, scope in SCOPES.items():
        head = name[: len(spelled) + 1]
        if len(name) > len(head) and head.casefold() == f"{spelled}.":
            return scope, name[len(head) :]
    return "", name


def _text(node: Node, tightness: int) -> str:
    # Tightness of the place a node is written into: 0 an or-expression fits, 1 an and-expression, 2 one operand.
    match node:
        case Or():
            text = " or ".join(_text(operand, 1) for operand in node.operands)
            return f"({text})" if tightness > 0 else text
        case And():
            text = " and ".join(_text(operand, 2) for operand in node.operands)
            return f"({text})" if tightness > 1 else text
        case Not():
            return f"not {_text(node.operand, 2)}"
        case SpanSet():
            before = "" if node.left is None else f"{_text(node.left, 2)} {node.relation} "
            return before + "{" + ("" if node.operand is None else _text(node.operand, 0)) + "}"
        case Related():
            return _text(SpanSet(None, node.relation, SpanSet(node.operand)), tightness)
        case Flag():
            return f"is:{node.name}"
        case Text():
            return _quote(node.text, "'")
        case Compare():
            return _comparison(node)


def _stage(stage: Stage) -> str:
    match stage:
        case Having():
            return f"{spell_aggregate(stage.aggregate)} {stage.op} {_value(stage.value)}"
        case By():
            return f"by({', '.join(map(spell, stage.fields))})"
        case Sort():
            key = spell(stage.key) if isinstance(stage.key, Name) else spell_aggregate(stage.key)
            return f"sort({'-' if stage.descending else ''}{key})"
        case Limit():
            return f"limit {stage.count}"


def _value(value: Value) -> str:
    return _quote(value.text, "'") if value.quoted else value.text


def _comparison(node: Compare) -> str:
    values = list(map(_value, node.values))
    if node.op in ("in", "not in"):
        right = f"({', '.join(values)})"
    elif node.op in ("between", "not between"):
        right = " and ".join(values)
    else:
        right = "".join(values)
    return (
        f"{spell(node.field)} {node.op} {right}".rstrip(" ") if not values else f"{spell(node.field)} {node.op} {right}"
    )


def _quote(text: str, mark: str) -> str:
    if mark == "`":
        return mark + text.replace(mark, mark * 2) + mark
    return mark + text.replace("\\", "\\\\").replace(mark, "\\" + mark) + mark
