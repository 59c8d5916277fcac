"""The one writer of conditions that the user has not typed: what is under the cursor becomes part of the filter."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from ..fields.bind import bound
from ..fields.columns import TRACE
from ..syntax.operands import scoped_name
from ..syntax.parser import parse
from ..tree.field_kinds import Column, Field, Keyed, Kind, Store, innermost
from ..tree.nodes import And, Compare, Name, Node, Or, Query, SpanSet, Stage, Value, conjunction
from ..tree.spelling import in_quotes, spell, unparse

_BARE = re.compile(r"[^\s(){}|&,=<>~`\"'*?][^\s(){}|&,\"'`*?]*\Z")
_NARROWING = frozenset({"=", "~", ">=", "<"})
"""The operators of conditions that the explorer writes."""
_WORDS = frozenset({"and", "or", "not", "null"})
_WHERE = re.compile(r"\s*where\s+", re.IGNORECASE)
_OF_TRACE = frozenset({Store.TAG, Store.METADATA, Store.FEEDBACK, Store.EXPECTATION, Store.ISSUE})


def field_named(text: str) -> Name:
    """A field as it is typed, bound to what it means. Raises FilterError for one that cannot exist."""
    return bound(scoped_name(text.replace("`", ""), 0))


def written(value: str) -> str:
    """A value as a person would type it: in quotes only where it needs them."""
    return value if _BARE.match(value) and value.casefold() not in _WORDS else in_quotes(value)


def equal_to(name: Name, value: str | int | float | None) -> Compare:
    """The condition that a field, which is bound, has exactly this value; None is no value."""
    if value is None:
        return Compare(name, "is null")
    field = innermost(name.bound)
    if isinstance(field, Column):
        if field.kind is Kind.NUMBER and not isinstance(value, str):
            return Compare(name, "=", (Value(repr(value), False),))
        if field.kind is Kind.CHOICE and written(str(value)) == value:  # a word of a kind counts in any case
            return Compare(name, "=", (Value(value.lower() if field.choices else value, False),))
    if isinstance(value, bool):
        return Compare(name, "=", (Value("true" if value else "false", False),))
    return Compare(name, "=", (Value(value if isinstance(value, str) else repr(value), isinstance(value, str)),))


def of_whole_trace(field: Field) -> bool:
    """Whether each span of a trace has the same value of the field."""
    if isinstance(field, Column):
        return field.of_trace or field in TRACE.values()
    return isinstance(field, Keyed) and field.store in _OF_TRACE


def refined(query: Query, conditions: Sequence[Compare], *, stages: Sequence[Stage] | None = None) -> str:
    """The text of `query` with these conditions too; what was typed stays as it is.

    Without `stages` the query keeps its own.
    """
    if isinstance(query.root, SpanSet) and query.root.operand is not None:
        # Of one and the same span.
        operand = conjunction([query.root.operand, *conditions])
        return unparse(Query(replace(query.root, operand=operand), query.stages if stages is None else tuple(stages)))
    return _joined(_typed(query), [text_of(one) for one in conditions], query, stages)


def narrowed_to(query: Query, condition: Compare) -> str:
    """The text of `query` with a condition in place of those on its field that it would contradict or repeat."""
    values = [value.text for value in condition.values]

    def contradicts(one: Compare) -> bool:
        is_repeated = one.op == condition.op and one.op in _NARROWING
        return one.field == condition.field and (is_repeated or [value.text for value in one.values] == values)

    return refined(_without(query, contradicts), [condition])


def denied(query: Query, conditions: Sequence[Compare], *, in_groups: bool = False) -> str:
    """The text of `query` without the traces that these conditions hold for: no span of theirs is such a span.

    With `in_groups` it is the text without such spans, for groups made of spans.
    """
    named = [(one.field, [value.text for value in one.values]) for one in conditions]
    query = _without(query, lambda one: one.op == "=" and (one.field, [value.text for value in one.values]) in named)
    inner = " and ".join(map(text_of, conditions))
    if in_groups or all(of_whole_trace(one.field.bound) for one in conditions):
        text = f"not {inner}" if len(conditions) == 1 else f"not ({inner})"
    else:
        text = f"not {{{inner}}}"
    if in_groups and isinstance(query.root, SpanSet) and query.root.operand is not None:
        return _in_set(query, query.root, text)
    return _joined(_typed(query), [text], query, None)


def text_of(condition: Compare) -> str:
    """A condition as a person would type it."""
    values = "".join(in_quotes(value.text) if value.quoted else value.text for value in condition.values)
    return f"{spell(condition.field)} {condition.op} {values}".rstrip(" ")


def _typed(query: Query) -> str:
    end = query.text.rfind("|", 0, query.stages[0].column) if query.stages else len(query.text)
    typed = query.text[:end].strip()
    if isinstance(query.root, Or):
        typed = _WHERE.sub("", typed) if _WHERE.match(typed) else typed
        return f"({typed})"
    return typed


def _joined(typed: str, added: Sequence[str], query: Query, stages: Sequence[Stage] | None) -> str:
    condition = " and ".join(part for part in (typed, *dict.fromkeys(added)) if part)
    behind = unparse(Query(None, query.stages if stages is None else tuple(stages)))
    return f"{condition} {behind}".strip()


def _without(query: Query, contradicts: Callable[[Compare], bool]) -> Query:
    # Without the comparisons that all of the filter is narrowed by and that contradict a new one.
    root = query.root
    inner = root.operand if isinstance(root, SpanSet) else root
    parts = inner.operands if isinstance(inner, And) else () if inner is None else (inner,)
    kept = [one for one in parts if not (isinstance(one, Compare) and one.op in _NARROWING and contradicts(one))]
    if len(kept) == len(parts):
        return query
    left: Node | None = conjunction(kept) if kept else None
    if isinstance(root, SpanSet) and (left is not None or root.left is not None):
        left = replace(root, operand=left)
    return parse(unparse(Query(left, query.stages)))


def _in_set(query: Query, root: SpanSet, text: str) -> str:
    # A condition on the spans of the set that the filter is.
    inner = unparse(Query(root.operand))
    inner = f"({inner})" if isinstance(root.operand, Or) else inner
    before = "" if root.left is None else f"{unparse(Query(root.left))} {root.relation} "
    return _joined(f"{before}{{{inner} and {text}}}", [], query, None)
