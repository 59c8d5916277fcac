"""The tree a filter is parsed to, its names bound to what they mean.

Columns, which say where a part stood in the text, and bound fields do not count when trees are compared, so that
`parse(unparse(tree)) == tree`.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TypeAlias

from .field_kinds import Field

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


@dataclass(frozen=True, slots=True)
class Name:
    """A field: one of the values of `spelling.SCOPES` or "" for none, and the name behind it."""

    scope: str
    name: str
    column: int = dataclasses.field(default=0, compare=False)
    field: Field | None = dataclasses.field(default=None, compare=False, repr=False)
    """What the name means; None until it is bound, see `fields.bind`."""

    @property
    def bound(self) -> Field:
        """What the name means."""
        if self.field is None:
            raise ValueError(f"the name {self.name!r} is not bound to a field")
        return self.field


@dataclass(frozen=True, slots=True)
class Value:
    """The right side of a comparison, as typed; quotes make it literal."""

    text: str
    quoted: bool
    column: int = dataclasses.field(default=0, compare=False)

    @property
    def is_glob(self) -> bool:
        """Whether the value is a pattern: unquoted, with a `*` or `?`."""
        return not self.quoted and ("*" in self.text or "?" in self.text)


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
