"""Access paths: which index or table to search for matching traces, the most selective that a filter allows.

For `a and b` one index is enough to find candidates; for `a or b` each side needs one. The remaining conditions are
checked on the candidates. Without an index that helps, all spans are scanned.
"""

# ruff: noqa: S608 - SQL is made of our own words and the names of parameters
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Literal

from ..fields import flags
from ..fields.columns import SPAN
from ..fields.relatives import with_tables
from ..tree.field_kinds import Attribute, Column, Document, Kind
from ..tree.nodes import (
    NEGATED,
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
from .conditions import Context
from .costs import names_few_traces, of_trace
from .logic import folded, on_span, on_trace
from .place import FALSE, TRUE

MAX_SOURCES = 6
"""More access paths than this cost more than one scan of the spans."""


_RANGE = "BETWEEN :first AND :last"


class _Rank(IntEnum):
    # Most selective first, measured at a million spans.
    ONE_TRACE = 0
    ATTRIBUTE_VALUE = 10
    FEW_TRACES = 12
    TTFT = 18
    ATTRIBUTE_RANGE = 20
    IMPLIED = 22  # by a flag, on the row of the trace
    ATTRIBUTE = 25
    PAYLOAD = 40
    TEXT = 45
    SPANS = 50
    TRACES = 60


@dataclass(frozen=True, slots=True)
class Source:
    """A query for the ids from `:first` to `:last` of traces or of spans; returns ids of traces."""

    axis: Literal["trace", "span"]
    sql: str
    narrow: bool = True
    """Whether it reads less than all traces or spans."""


@dataclass(frozen=True, slots=True)
class _AccessPath:
    # An access path, and the conditions that remain to be checked on the span and on the trace.
    rank: _Rank
    table: Literal["attr", "payload", "ttft", "text", "span", "trace"]
    leaf: Leaf | None = None
    of_span: tuple[Node, ...] = ()
    of_trace: tuple[Node, ...] = ()


def sources_of(root: Node, new_context: Callable[[bool], Context], also: str = TRUE) -> tuple[Source, ...]:
    """The queries that together find every match of `root`, a tree whose leaves are `{...}`.

    `new_context` makes a context for conditions; its argument is whether slices are of spans, not of traces. `also` is
    one more condition on the trace `t`.
    """
    starts = _starts_of_sets(root)
    if also != TRUE and any(start.rank >= _Rank.SPANS for start in starts):
        # `also` is evaluated once for a trace, not for each of its spans.
        starts = [_AccessPath(_Rank.TRACES, "trace", None, (), (root,))]
    elif len(starts) > MAX_SOURCES:
        only = root.operand if isinstance(root, SpanSet) else None
        starts = [
            _AccessPath(_Rank.SPANS, "span", None, (only,))
            if only
            else _AccessPath(_Rank.TRACES, "trace", None, (), (root,))
        ]
    found = (_source(start, new_context, also) for start in starts)
    return tuple(source for source in found if source is not None)


def _starts_of_sets(node: Node) -> list[_AccessPath]:
    everything = [_AccessPath(_Rank.TRACES, "trace", None, (), (node,))]
    match node:
        case SpanSet() if node.operand is not None and not of_trace(node.operand):
            return _starts(node.operand) or [_AccessPath(_Rank.SPANS, "span", None, (node.operand,))]
        case SpanSet() if node.operand is not None:
            return _starts(node.operand) or everything
        case And():
            options = [(_starts_of_sets(operand), operand) for operand in node.operands]
            best, chosen = min(options, key=lambda option: max(start.rank for start in option[0]))
            rest = tuple(operand for operand in node.operands if operand is not chosen)
            return [replace(start, of_trace=(*start.of_trace, *rest)) for start in best]
        case Or():
            starts = [start for operand in node.operands for start in _starts_of_sets(operand)]
            return everything if any(start.rank is _Rank.TRACES for start in starts) else starts
        case _:
            return everything


def _starts(node: Node) -> list[_AccessPath]:
    # The access paths of a condition on one span; empty if no index helps.
    match node:
        case And():
            options = [(found, operand) for operand in node.operands if (found := _starts(operand))]
            if not options:
                return []
            best, chosen = min(options, key=lambda option: max(start.rank for start in option[0]))
            rest = tuple(operand for operand in node.operands if operand is not chosen)
            return [replace(start, of_span=(*start.of_span, *rest)) for start in best]
        case Or():
            branches = [_starts(operand) for operand in node.operands]
            return [start for branch in branches for start in branch] if all(branches) else []
        case Not() | SpanSet() | Related():
            return []
        case _:
            start = _start(node)
            return [] if start is None else [start]


def _start(leaf: Leaf) -> _AccessPath | None:
    if isinstance(leaf, Text):
        return _AccessPath(_Rank.TEXT, "text", leaf) if leaf.text else None
    if isinstance(leaf, Flag):
        return _AccessPath(_Rank.IMPLIED, "trace", leaf, (leaf,)) if flags.meaning(leaf).implied else None
    field = leaf.field.bound
    if leaf.op == "is null":
        return None
    if isinstance(field, Attribute):
        narrow = leaf.op in ("=", "in", "~", "=~", "like", "ilike", "rlike")
        wide = leaf.op == "is not null" or leaf.op in NEGATED
        rank = _Rank.ATTRIBUTE_VALUE if narrow else _Rank.ATTRIBUTE if wide else _Rank.ATTRIBUTE_RANGE
        return _AccessPath(rank, "attr", leaf)
    if isinstance(field, Document):
        return None if leaf.op in NEGATED else _AccessPath(_Rank.PAYLOAD, "payload", leaf)
    if field is SPAN["ttft"]:
        return _AccessPath(_Rank.TTFT, "ttft", leaf, (leaf,))
    if field is SPAN["status"] and leaf.op == "=" and leaf.values[0].text.casefold() == "error":
        return _AccessPath(_Rank.IMPLIED, "trace", Flag("error"), (leaf,))
    if _whole_trace_id(leaf) is not None:
        return _AccessPath(_Rank.ONE_TRACE, "trace", leaf, (leaf,))
    if names_few_traces(leaf):
        return _AccessPath(_Rank.FEW_TRACES, "trace", None, (leaf,))
    return None


def _whole_trace_id(leaf: Leaf) -> bytes | None:
    if not isinstance(leaf, Compare) or leaf.op != "=":
        return None
    field = leaf.field.bound
    if not isinstance(field, Column) or field.kind is not Kind.ID or not field.of_trace:
        return None
    text = leaf.values[0].text.casefold().removeprefix("tr-")
    try:
        found = bytes.fromhex(text)
    except ValueError:
        return None
    return found if len(found) == 16 and len(text) == 32 else None


def _source(start: _AccessPath, new_context: Callable[[bool], Context], also: str) -> Source | None:
    if start.table == "trace":
        return _trace_source(start, new_context, also)
    context = new_context(start.table != "ttft")
    rest = [on_span(context, node) for node in start.of_span]
    others = [on_trace(lambda: new_context(False), node) for node in start.of_trace]
    others += [also] if also != TRUE else []
    match start.table:
        case "attr":
            assert isinstance(start.leaf, Compare)
            attribute = start.leaf.field.bound
            assert isinstance(attribute, Attribute)
            row = context.attribute_row(attribute, start.leaf)
            if row is None:
                return None
            tables = "attr_texts a CROSS JOIN span s ON s.id = a.span"
            place = f"a.key = {context.bind(row[0])} AND a.span {_RANGE} AND {row[1]}"
        case "payload":
            assert isinstance(start.leaf, Compare)
            document = start.leaf.field.bound
            assert isinstance(document, Document)
            tables = "payload_texts y CROSS JOIN span s ON s.id = y.span"
            place = f"y.span {_RANGE} AND {context.document_row(document, start.leaf)}"
        case "ttft":
            tables = "span s INDEXED BY span_ttft"
            place = f"s.ttft_ms IS NOT NULL AND s.trace {_RANGE}"
        case "text":
            assert isinstance(start.leaf, Text)
            tables = "span s"
            place = context.condition(start.leaf)
        case _:
            tables = "span s NOT INDEXED"
            place = f"s.id {_RANGE}"
    where = folded("AND", [place, *rest, *others])
    if where == FALSE:
        return None
    if context.trace_used or others:
        tables += " CROSS JOIN trace t ON t.id = s.trace"
    axis: Literal["trace", "span"] = "trace" if start.table == "ttft" else "span"
    sql = f"SELECT DISTINCT s.trace FROM {tables} WHERE {where} ORDER BY s.trace DESC"
    traces = _RANGE if axis == "trace" else f"IN (SELECT trace FROM span WHERE id {_RANGE})"
    return Source(axis, with_tables(sql, traces, context.parameters.tables), start.rank < _Rank.SPANS)


def _trace_source(start: _AccessPath, new_context: Callable[[bool], Context], also: str) -> Source | None:
    conditions = ["t.id BETWEEN :first AND :last"]
    if isinstance(start.leaf, Flag):
        conditions.append(flags.meaning(start.leaf).implied)
    elif start.leaf is not None and (one := _whole_trace_id(start.leaf)) is not None:
        conditions.append(f"t.trace_id = {new_context(False).bind(one)}")
    conditions += [on_span(new_context(False), node) for node in start.of_span if of_trace(node)]
    # Related spans are looked up in these traces only.
    traces = f"IN (SELECT t.id FROM trace t WHERE {folded('AND', conditions)})" if len(conditions) > 1 else _RANGE
    about_spans = [node for node in start.of_span if not of_trace(node)]
    if about_spans:
        spans = folded("AND", [on_span(new_context(False), node) for node in about_spans])
        conditions.append(
            spans if spans in (TRUE, FALSE) else f"EXISTS (SELECT 1 FROM span s WHERE s.trace = t.id AND {spans})"
        )
    conditions += [on_trace(lambda: new_context(False), node) for node in start.of_trace]
    where = folded("AND", [*conditions, also])
    if where == FALSE:
        return None
    sql = f"SELECT t.id FROM trace t WHERE {where} ORDER BY t.id DESC"
    tables = new_context(False).parameters.tables
    return Source("trace", with_tables(sql, traces, tables), start.rank < _Rank.SPANS)
