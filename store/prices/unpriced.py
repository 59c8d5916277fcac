"""Calls of a model whose cost nobody knows: a sum that lacks them is a lower bound.

A span is a call without a price when it has no cost and
- has tokens, of whatever kind of span: no price is known for its model, or one of its counts is missing; or
- is of a kind that is one call of a model, names the model, has answered, and tells no tokens; or did not wait for the
  answer, whatever its kind, and no span tells the tokens. It has answered when
  it ended well, or when it ended otherwise after a first token. A call that failed before is taken to cost nothing, and
  so is one whose counts are 0. A call that is still open is not judged by the tokens that it has not told yet.

A span whose answer another span has the cost of is none, see `answers`. Of such spans those do not count that stand
- below a span with an attribute that gives a cost: that cost is meant for all below it. A cost that was computed from
  tokens, or read in an answer, is that of one call;
- above a span that has a cost, or that counts itself: one call is often told by two spans, one around the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..model.rows import MODEL_CALLS, NO_STATUS, OK
from ..model.tree_order import children_first

CALL_COLUMNS = (
    *("span_id", "parent_id", "input_tokens", "output_tokens", "cost_usd"),
    *("kind", "status", "model", "ttft_ms", "answer_id", "answer_is_elsewhere", "cost_covers_below"),
)
"""The columns of a span that `calls_without_price` takes. They begin with those that `usage.totals` takes."""

_WIDTH = len(CALL_COLUMNS) - 1
"""Of the columns of which `lacks_price` takes all but the first two."""

LACKS_PRICE = f"""({{s}}.cost_usd IS NULL AND {{s}}.answer_is_elsewhere IS NULL
    AND ({{s}}.input_tokens > 0 OR {{s}}.output_tokens > 0
    OR (({{s}}.answer_id IS NOT NULL OR ({{s}}.kind IN {tuple(sorted(MODEL_CALLS))} AND {{s}}.model IS NOT NULL))
        AND {{s}}.input_tokens IS NULL AND {{s}}.output_tokens IS NULL
        AND ({{s}}.status IN ('{OK}', '{NO_STATUS}') OR ({{s}}.status IS NOT NULL AND {{s}}.ttft_ms IS NOT NULL)))))"""
"""`lacks_price` as an expression of SQL, of the span `{s}`."""


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
) -> bool:
    """Whether a span by itself is a call without a price; `status` is None while it is open."""
    if cost_usd is not None or answer_is_elsewhere:
        return False
    if input_tokens or output_tokens:
        return True
    if input_tokens is not None or output_tokens is not None:
        return False
    if answer_id is None and (kind not in MODEL_CALLS or model is None):
        return False
    return status in (OK, NO_STATUS) or (status is not None and ttft_ms is not None)


def calls_without_price(spans: Iterable[tuple[Any, ...]]) -> list[Any]:
    """The keys of the calls without a price among rows of `CALL_COLUMNS`, all those of one trace."""
    rows = list(spans)
    if not any(lacks_price(*row[2:_WIDTH]) for row in rows):
        return []
    rows = children_first(rows)
    covered: set[Any] = set()
    for key, parent, *_, covers_below in reversed(rows):
        if covers_below or parent in covered:
            covered.add(key)
    found = []
    settled: set[Any] = set()  # spans above a cost, or above a call that counts
    asking: set[Any] = set()  # spans above any call of a model
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
