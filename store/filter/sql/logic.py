"""`and`, `or`, `not` and `{...}` as SQL, folded where a branch is always true or never."""

# ruff: noqa: S608 - SQL is made of our own words and the names of parameters
from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from ..tree.nodes import (
    And,
    Node,
    Not,
    Or,
    Related,
    SpanSet,
    conjunction,
    disjunction,
    has_span_set,
)
from .conditions import Context
from .costs import in_order, of_trace
from .place import FALSE, TRUE
from .relations import related

NewContext: TypeAlias = Callable[[], Context]
"""Makes the place where conditions on one span are evaluated."""


def on_span(context: Context, node: Node) -> str:
    """A tree without `{...}` as a condition on the span and trace of `context`."""
    match node:
        case And() | Or():
            parts = [on_span(context, operand) for operand in in_order(node.operands)]
            return folded("AND" if isinstance(node, And) else "OR", parts)
        case Not():
            return denied(on_span(context, node.operand))
        case Related():
            operand = node.operand
            return related(context, node.relation, lambda there: TRUE if operand is None else on_span(there, operand))
        case SpanSet():
            raise TypeError("a set of spans is no condition on one span")
        case _:
            return context.condition(node)


def on_trace(new_context: NewContext, node: Node) -> str:
    """A tree whose leaves are `{...}` as a condition on the trace `t`."""
    match node:
        case And() | Or():
            parts = [on_trace(new_context, operand) for operand in in_order(node.operands)]
            return folded("AND" if isinstance(node, And) else "OR", parts)
        case Not():
            return denied(on_trace(new_context, node.operand))
        case SpanSet():
            condition = TRUE if node.operand is None else on_span(new_context(), node.operand)
            if condition in (TRUE, FALSE) or (node.operand is not None and of_trace(node.operand)):
                return condition
            return f"EXISTS (SELECT 1 FROM span s WHERE s.trace = t.id AND {condition})"
        case _:
            raise TypeError("a condition on a span is no condition on a trace")


def grouped(node: Node) -> Node:
    """The tree with all its conditions in `{...}`: what stands together without braces is about one span.

    Of `{a} >> {b}` remains the set of those b that are below an a.
    """
    if not has_span_set(node):
        return SpanSet(node)
    match node:
        case And() | Or():
            join = conjunction if isinstance(node, And) else disjunction
            sets = [grouped(operand) for operand in node.operands if has_span_set(operand)]
            bare = [operand for operand in node.operands if not has_span_set(operand)]
            return join([*sets, SpanSet(join(bare))] if bare else sets)
        case Not():
            return Not(grouped(node.operand))
        case SpanSet():
            return _returned(node)
        case _:
            return node


def _returned(node: SpanSet) -> SpanSet:
    if node.left is None:
        return node
    other = Related(node.relation, _returned(node.left).operand)
    return SpanSet(other if node.operand is None else conjunction([node.operand, other]))


def folded(word: str, parts: Iterable[str]) -> str:
    """The parts joined by AND or OR."""
    neutral, decisive = (TRUE, FALSE) if word == "AND" else (FALSE, TRUE)
    kept = [part for part in parts if part != neutral]
    if decisive in kept:
        return decisive
    if len(kept) < 2:
        return kept[0] if kept else neutral
    return "(" + f" {word} ".join(kept) + ")"


def denied(condition: str) -> str:
    """True where `condition` is false or missing."""
    if condition in (TRUE, FALSE):
        return FALSE if condition == TRUE else TRUE
    return f"({condition}) IS NOT TRUE"
