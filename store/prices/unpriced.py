"""Find model calls whose cost is unknown: a sum of costs that lacks such calls is a lower bound.

A span is a call without a price when its answer used tools of the provider whose fees its cost lacks (see
`built_in_tools`), or when it has no cost, and one of these is true:
- It has tokens: no price is known for its model, or one of its counts is missing.
- It has no tokens, its kind is a model call, it has a model, and it has a response: it ended with OK or UNSET, or it
  ended otherwise after a first token. A call that failed earlier counts as free, and so does a call with 0 tokens.
- It requested an answer that another span was to read (see `answers`), has ended, and no span has the tokens.
A call that is still open is not a call without a price because of tokens that it does not have yet.

A span whose answer is at another span is not a call without a price. Neither is
- a descendant of a span with an attribute that sets a cost: that cost includes all descendants, while a cost that was
  computed from tokens or read from a response is the cost of one call;
- an ancestor of a span with a cost, or of another call without a price: two nested spans often report one call.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..model.rows import MODEL_CALLS, NO_STATUS, OK
from ..model.tree_order import children_first

CALL_COLUMNS = (
    *("span_id", "parent_id", "input_tokens", "output_tokens", "cost_usd"),
    *("kind", "status", "model", "ttft_ms", "answer_id", "answer_is_elsewhere", "unpriced_tool_calls"),
    "cost_covers_below",
)
"""The columns of a row of `calls_without_price`, which begin with the columns of `usage.totals`."""

_WIDTH = len(CALL_COLUMNS) - 1
"""The end of the columns that are arguments of `lacks_price`, which begin after the first two."""

LACKS_PRICE = f"""({{s}}.answer_is_elsewhere IS NULL AND ({{s}}.unpriced_tool_calls > 0 OR ({{s}}.cost_usd IS NULL
    AND ({{s}}.input_tokens > 0 OR {{s}}.output_tokens > 0
    OR (({{s}}.answer_id IS NOT NULL OR ({{s}}.kind IN {tuple(sorted(MODEL_CALLS))} AND {{s}}.model IS NOT NULL))
        AND {{s}}.input_tokens IS NULL AND {{s}}.output_tokens IS NULL
        AND ({{s}}.status IN ('{OK}', '{NO_STATUS}')
            OR ({{s}}.status IS NOT NULL AND {{s}}.ttft_ms IS NOT NULL)))))))"""
"""`lacks_price` as an SQL expression about the span `{s}`."""


def lacks_price(
    input_tokens: int | None,
    output_tokens: int | None,
    cost_usd: float | None,
    kind: str,
    status: str | None,
    model: str | None,
    ttft_ms: float | None,
    answer_id: str | None = None,
    answer_is_elsewhere: int | None = None,
    unpriced_tool_calls: int | None = None,
) -> bool:
    """Whether a span is a call without a price, apart from its relatives; `status` is None while it is open."""
    if answer_is_elsewhere:
        return False
    if unpriced_tool_calls:
        return True
    if cost_usd is not None:
        return False
    if input_tokens or output_tokens:
        return True
    if input_tokens is not None or output_tokens is not None:
        return False
    if answer_id is None and (kind not in MODEL_CALLS or model is None):
        return False
    return status in (OK, NO_STATUS) or (status is not None and ttft_ms is not None)


def calls_without_price(spans: Iterable[tuple[Any, ...]]) -> list[Any]:
    """Return the keys of the calls without a price among rows of `CALL_COLUMNS`, all those of one trace."""
    rows = list(spans)
    if not any(lacks_price(*row[2:_WIDTH]) for row in rows):
        return []
    rows = children_first(rows)
    covered: set[Any] = set()
    for key, parent, *_, covers_below in reversed(rows):
        if covers_below or parent in covered:
            covered.add(key)
    found = []
    settled: set[Any] = set()  # ancestors of a cost, or of a call without a price
    asking: set[Any] = set()  # ancestors of any model call
    for row in rows:
        key, parent, input_tokens, output_tokens, cost_usd, kind, _, _, _, answer_id, *_ = row
        has_tokens = bool(input_tokens or output_tokens)
        counts = key not in settled and key not in covered and lacks_price(*row[2:_WIDTH])
        if counts and (has_tokens or key not in asking):
            found.append(key)
            settled.add(parent)
        elif cost_usd is not None or key in settled:
            settled.add(parent)
        if has_tokens or kind in MODEL_CALLS or answer_id is not None or key in asking:
            asking.add(parent)
    return found
