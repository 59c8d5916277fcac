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
    """`{...}`: the trace has a span for which the operand holds; `{}` is any span.

    In `{left} >> {...}` that span also stands in this relation to one of `left`.
    """

    operand: Node | None
    relation: str = ""
    left: SpanSet | None = None


@dataclass(frozen=True, slots=True)
class Related:
    """A condition on a span: some other, for which the operand holds, is in `{other} >> {this}` to it."""

    relation: str
    operand: Node | None


Leaf: TypeAlias = Compare | Flag | Text
Node: TypeAlias = Leaf | Not | And | Or | SpanSet | Related


@dataclass(frozen=True, slots=True)
class Aggregate:
    """`count()`, or a number made of one field of several spans: `p95(ttft)`."""

    function: str
    field: Name | None = None


@dataclass(frozen=True, slots=True)
class Having:
    """`| count() > 10`: the traces, or the groups, whose spans satisfy it."""

    aggregate: Aggregate
    op: str
    value: Value
    column: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class By:
    """`| by(model, prompt)`: groups in place of traces; without a field one group of all."""

    fields: tuple[Name, ...]
    column: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Sort:
    """`| sort(-cost)`: the order of traces or groups."""

    key: Name | Aggregate
    descending: bool
    column: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Limit:
    """`| limit 20`: the first so many."""

    count: int
    column: int = dataclasses.field(default=0, compare=False)


Stage: TypeAlias = Having | By | Sort | Limit


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed filter; `root` is None for the empty one, which matches everything."""

    root: Node | None
    stages: tuple[Stage, ...] = ()
    text: str = dataclasses.field(default="", compare=False)

    @property
    def by(self) -> By | None:
        """The stage that makes groups of what was found."""
        return next((stage for stage in self.stages if isinstance(stage, By)), None)

    @property
    def of_traces(self) -> list[Having]:
        """The aggregates over the matching spans of each trace."""
        before = self.stages[: self.stages.index(self.by)] if self.by else self.stages
        return [stage for stage in before if isinstance(stage, Having)]

    @property
    def of_groups(self) -> list[Having]:
        """The aggregates over the spans of each group."""
        behind = self.stages[self.stages.index(self.by) :] if self.by else ()
        return [stage for stage in behind if isinstance(stage, Having)]

    @property
    def sort(self) -> Sort | None:
        """The order that is asked for."""
        return next((stage for stage in self.stages if isinstance(stage, Sort)), None)

    @property
    def limit(self) -> int | None:
        """How many traces or groups are asked for."""
        return next((stage.count for stage in self.stages if isinstance(stage, Limit)), None)


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
        case SpanSet():
            return [*leaves(node.left), *leaves(node.operand)]
        case Not() | Related():
            return leaves(node.operand)
        case And() | Or():
            return [leaf for operand in node.operands for leaf in leaves(operand)]
        case _:
            return [node]


def fields(query: Query) -> list[Name]:
    """Every field that is named, in conditions and in stages, from left to right."""
    found = [leaf.field for leaf in leaves(query.root) if isinstance(leaf, Compare)]
    for stage in query.stages:
        match stage:
            case Having():
                found += [stage.aggregate.field] if stage.aggregate.field else []
            case By():
                found += stage.fields
            case Sort():
                key = stage.key.field if isinstance(stage.key, Aggregate) else stage.key
                found += [key] if key else []
    return found


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
