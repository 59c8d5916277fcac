"""The tree a filter is parsed to, and the way back to text.

Columns say where a part stood in the text and do not count when trees are compared, so that
`parse(unparse(tree)) == tree`.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TypeAlias

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

NEGATED = {
    "!=": "=",
    "!~": "~",
    "!=~": "=~",
    "not in": "in",
    "not between": "between",
    "not like": "like",
    "not ilike": "ilike",
    "not rlike": "rlike",
    "is null": "is not null",
}
"""Each negative operator, and the positive one it denies."""

_PLAIN_NAME = re.compile(r"[^\W\d][\w.\-/@#$]*\Z")
_RESERVED = frozenset({"and", "or", "not", "is", "has", "in", "between", "like", "ilike", "rlike"})


@dataclass(frozen=True, slots=True)
class Name:
    """A field: one of the SCOPES' values or "" for none, and the name behind it."""

    scope: str
    name: str
    column: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Value:
    """The right side of a comparison, as typed; quotes make it literal."""

    text: str
    quoted: bool
    column: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Compare:
    """One comparison; `has:x` is `x is not null`."""

    field: Name
    op: str
    values: tuple[Value, ...] = ()
    column: int = dataclasses.field(default=0, compare=False)
    """Where the operator stands."""


@dataclass(frozen=True, slots=True)
class Flag:
    """`is:error` and its like."""

    name: str
    column: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A word or phrase to find anywhere in a span."""

    text: str
    column: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """True where the operand is not."""

    operand: Node


@dataclass(frozen=True, slots=True)
class And:
    """All of two or more."""

    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of two or more."""

    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class SpanSet:
    """`{...}`: the trace has a span for which the operand holds; `{}` is any span."""

    operand: Node | None


Leaf: TypeAlias = Compare | Flag | Text
Node: TypeAlias = Leaf | Not | And | Or | SpanSet


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed filter; `root` is None for the empty one, which matches everything."""

    root: Node | None
    text: str = dataclasses.field(default="", compare=False)


def negation(node: Node) -> Node:
    """`not node`, with double negation removed."""
    return node.operand if isinstance(node, Not) else Not(node)


def conjunction(nodes: list[Node]) -> Node:
    """All of `nodes`, flattened."""
    return nodes[0] if len(nodes) == 1 else And(tuple(_flat(nodes, And)))


def disjunction(nodes: list[Node]) -> Node:
    """Any of `nodes`, flattened."""
    return nodes[0] if len(nodes) == 1 else Or(tuple(_flat(nodes, Or)))


def _flat(nodes: list[Node], kind: type[And] | type[Or]) -> list[Node]:
    flat: list[Node] = []
    for node in nodes:
        if isinstance(node, kind):
            flat.extend(node.operands)
        else:
            flat.append(node)
    return flat


def has_span_set(node: Node) -> bool:
    """Whether a `{...}` stands anywhere in it."""
    match node:
        case SpanSet():
            return True
        case Not():
            return has_span_set(node.operand)
        case And() | Or():
            return any(map(has_span_set, node.operands))
        case _:
            return False


def leaves(node: Node | None) -> list[Leaf]:
    """Every comparison, flag and text, from left to right."""
    match node:
        case None:
            return []
        case Not() | SpanSet():
            return leaves(node.operand)
        case And() | Or():
            return [leaf for operand in node.operands for leaf in leaves(operand)]
        case _:
            return [node]


def unparse(query: Query) -> str:
    """The filter as text that parses to the same tree."""
    return "" if query.root is None else _text(query.root, 0)


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
            return "{" + ("" if node.operand is None else _text(node.operand, 0)) + "}"
        case Flag():
            return f"is:{node.name}"
        case Text():
            return _quote(node.text, "'")
        case Compare():
            return _comparison(node)


def _comparison(node: Compare) -> str:
    values = [_quote(value.text, "'") if value.quoted else value.text for value in node.values]
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
