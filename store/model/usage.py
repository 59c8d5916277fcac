"""Totals of tokens and cost over a trace, and over the groups of its spans.

Frameworks report usage on the model call and again on the spans around it; and a function that calls models says what
its last answer said. So a span counts for the larger of what it says itself and what the spans below it add up to:
nothing is counted twice, and no call is lost below a span that says less. Input tokens, output tokens and cost are
looked at apart: where the chain gives tokens and only the calls below it a cost, both are counted once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from .tree_order import children_first


class Usage(NamedTuple):
    """Tokens and cost of one span, or the totals of a trace; None where nobody said."""

    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None


NO_USAGE = Usage(None, None, None)


def totals(spans: Iterable[tuple[Any, ...]]) -> Usage:
    """Totals over `(span_key, parent_key, input_tokens, output_tokens, cost_usd)` of one trace."""
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
    """Totals of each group over `(span_key, parent_key, input_tokens, output_tokens, cost_usd, group)` of one trace.

    In a group only its own spans count, and are above each other; a span of the group None is in none.
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
    # Into the larger of the two: a chain of spans, each of a group of its own, is linear then.
    more, less = (one, other) if len(one) >= len(other) else (other, one)
    for group, amounts in less.items():
        more[group] = _added(more[group], amounts) if group in more else amounts
    return more


def _added(one: Usage, other: Usage) -> Usage:
    return Usage._make(b if a is None else a if b is None else a + b for a, b in zip(one, other, strict=True))


def _larger(one: Usage, other: Usage) -> Usage:
    return Usage._make(b if a is None else a if b is None or a >= b else b for a, b in zip(one, other, strict=True))
