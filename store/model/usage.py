"""Compute the totals of tokens and cost over a trace, and over groups of its spans.

Frameworks report the usage of a model call on its span and again on the spans around it; a function that calls several
models may report the usage of the last one. So a span counts for the larger of its own usage and the sum of its
children: nothing is counted twice, and no call is lost below a span with less usage. Input tokens, output tokens and
cost are independent: if a chain has tokens and only the calls below it have a cost, both count once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from .tree_order import children_first


class Usage(NamedTuple):
    """Tokens and cost of one span, or the totals of a trace; None where nothing reported a value."""

    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None


NO_USAGE = Usage(None, None, None)


def totals(spans: Iterable[tuple[Any, ...]]) -> Usage:
    """Return the totals over `(span_key, parent_key, input_tokens, output_tokens, cost_usd)` of one trace."""
    rows = children_first(spans)
    return Usage(_total(rows, 2), _total(rows, 3), _total(rows, 4))


def _total(rows: list[tuple[Any, ...]], column: int) -> Any:
    below: dict[Any, Any] = {}
    for row in rows:
        amount = row[column]
        if row[0] in below:
            inside = below.pop(row[0])
            if amount is None or amount < inside:
                amount = inside
        if amount is not None:
            parent = row[1]
            below[parent] = below[parent] + amount if parent in below else amount
    return sum(below.values()) if below else None


def totals_by_group(spans: Iterable[tuple[Any, ...]]) -> dict[Any, Usage]:
    """Return the totals of each group over `(span_key, parent_key, input_tokens, output_tokens, cost_usd, group)`.

    The rows are the spans of one trace. Only the spans of a group count in the group, also as ancestors of each other;
    a span with the group None is in no group.
    """
    below: dict[Any, dict[Any, Usage]] = {}
    for key, parent, input_tokens, output_tokens, cost_usd, group in children_first(spans):
        amounts = below.pop(key, None)
        if group is not None and (input_tokens is not None or output_tokens is not None or cost_usd is not None):
            own = Usage(input_tokens, output_tokens, cost_usd)
            if amounts is None:
                amounts = {group: own}
            else:
                amounts[group] = _larger(own, amounts[group]) if group in amounts else own
        if amounts:
            beside = below.get(parent)
            below[parent] = amounts if beside is None else _sum(beside, amounts)
    totals: dict[Any, Usage] = {}
    for amounts in below.values():
        totals = _sum(totals, amounts)
    return totals


def _sum(one: dict[Any, Usage], other: dict[Any, Usage]) -> dict[Any, Usage]:
    # Adds to the larger of the two, so a chain of spans that are each a group of their own takes linear time.
    more, less = (one, other) if len(one) >= len(other) else (other, one)
    for group, amounts in less.items():
        more[group] = _added(more[group], amounts) if group in more else amounts
    return more


def _added(one: Usage, other: Usage) -> Usage:
    return Usage._make(b if a is None else a if b is None else a + b for a, b in zip(one, other, strict=True))


def _larger(one: Usage, other: Usage) -> Usage:
    return Usage._make(b if a is None else a if b is None or a >= b else b for a, b in zip(one, other, strict=True))
