"""Totals of tokens and cost over a trace, by the topmost-usage rule.

Frameworks report usage on the model call and again on the chain around it. The topmost span with usage
counts, its descendants do not (MLflow's rule). One walk gives tokens and cost.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple


class Usage(NamedTuple):
    """Tokens and cost of one span, or the totals of a trace; None where nobody said."""

    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None


NO_USAGE = Usage(None, None, None)


def topmost_totals(spans: Iterable[tuple[Any, ...]]) -> Usage:
    """Totals over `(span_key, parent_key, input_tokens, output_tokens, cost_usd)` of one trace.

    Tokens and cost are looked at apart: where the chain gives tokens and only the calls below it a cost,
    both are counted once.
    """
    rows = {row[0]: row for row in spans}
    return _topmost(rows, rows.values())


def topmost_by_group(spans: Iterable[tuple[Any, ...]]) -> dict[Any, Usage]:
    """Totals of each group over `(span_key, parent_key, input_tokens, output_tokens, cost_usd, group)` of one trace.

    In a group only its own spans count, and are above each other; a span of the group None is in none.
    """
    rows = {row[0]: row for row in spans}
    groups: dict[Any, list[tuple[Any, ...]]] = {}
    for row in rows.values():
        if row[5] is not None:
            groups.setdefault(row[5], []).append(row)
    return {group: _topmost(rows, members) for group, members in groups.items()}


def _topmost(rows: dict[int, tuple[Any, ...]], members: Iterable[tuple[Any, ...]]) -> Usage:
    totals: list[int | float | None] = [None, None, None]
    for row in members:
        for column in (2, 3, 4):
            amount = row[column]
            if amount is not None and not _has_above(rows, row, column):
                totals[column - 2] = (totals[column - 2] or 0) + amount
    input_tokens, output_tokens, cost = totals
    return Usage(
        None if input_tokens is None else int(input_tokens),
        None if output_tokens is None else int(output_tokens),
        None if cost is None else float(cost),
    )


def _has_above(
    rows: dict[int, tuple[Any, ...]],
    row: tuple[Any, ...],
    column: int,
) -> bool:
    seen = {row[0]}
    parent = row[1]
    while parent is not None and parent not in seen:
        above = rows.get(parent)
        if above is None:
            return False
        if above[column] is not None and above[5:] == row[5:]:
            return True
        seen.add(parent)
        parent = above[1]
    return False
