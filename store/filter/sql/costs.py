"""Cost and selectivity of predicates, estimated from their form alone.

The file keeps no statistics that are worth a query before each query. An estimate that is wrong costs time, never a
result.
"""

from __future__ import annotations

from ..fields import flags
from ..tree.field_kinds import (
    Attribute,
    Column,
    Document,
    Field,
    Keyed,
    Kind,
    Relative,
    Store,
)
from ..tree.nodes import (
    And,
    Compare,
    Flag,
    Leaf,
    Node,
    Not,
    Or,
    Related,
    SpanSet,
    Text,
)

_REGEX = ("=~", "!=~", "rlike", "not rlike")
_NAMED_ONE = ("=", "in")


def cost(node: Node) -> int:
    """Relative time to evaluate a condition on one span; cheap conditions are evaluated first."""
    match node:
        case Compare():
            return _field_cost(node.field.bound) + (50 if node.op in _REGEX else 0)
        case Flag():
            return flags.meaning(node).cost
        case Text():
            return 40
        case Not() | SpanSet():
            return cost(node.operand) if node.operand is not None else 0
        case Related():
            return 25 + (cost(node.operand) if node.operand is not None else 0)
        case And() | Or():
            return sum(map(cost, node.operands))


def in_order(operands: tuple[Node, ...]) -> list[Node]:
    """The operands in the order of evaluation: cheap ones first, but deeply nested ones before all.

    SQLite's parser has a stack of 100 entries; nesting on the left needs one entry a level, on the right three.
    """
    if max(map(_depth, operands)) > _DEEP:
        return sorted(operands, key=_depth, reverse=True)
    return sorted(operands, key=cost)


_DEEP = 4


def _depth(node: Node) -> int:
    match node:
        case And() | Or():
            return 1 + max(map(_depth, node.operands))
        case Not() | SpanSet() | Related():
            return 1 + (_depth(node.operand) if node.operand is not None else 0)
        case _:
            return 0


def _field_cost(field: Field) -> int:
    match field:
        case Column():
            return field.cost
        case Attribute():
            return 5
        case Document():
            return 12
        case Relative():
            return 20 + _field_cost(field.field)
        case _:
            return 10


def of_trace(node: Node) -> bool:
    """Whether a condition is about the trace alone, the same for all its spans."""
    match node:
        case And() | Or():
            return all(map(of_trace, node.operands))
        case Not():
            return of_trace(node.operand)
        case Compare():
            return field_of_trace(node.field.bound)
        case _:
            return False


def field_of_trace(field: Field) -> bool:
    """Whether a field is the same for all spans of a trace."""
    match field:
        case Column():
            return field.of_trace
        case Keyed():
            return field.store in (Store.TAG, Store.METADATA, Store.FEEDBACK, Store.EXPECTATION, Store.ISSUE)
        case Relative():
            return field.relation == "root"
        case _:
            return False


def names_few_traces(leaf: Leaf) -> bool:
    """Whether a condition on a trace is selective: one session, one user, one tag."""
    if not isinstance(leaf, Compare) or not of_trace(leaf):
        return False
    field = leaf.field.bound
    if isinstance(field, Column) and field.kind is Kind.CHOICE:
        return leaf.op in _NAMED_ONE and any(v.text.casefold() in ("error", "cancelled") for v in leaf.values)
    return leaf.op not in ("!=", "!~", "!=~", "is not null") and not leaf.op.startswith("not ")
