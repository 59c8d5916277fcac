"""Count each answer of a model once, although one span requests the answer and another span reads it.

The first response of a model that works in the background contains neither tokens nor cost; a later span reads the
answer with both. The tracer marks all these spans with the id of the answer (`answer_id`), in the same trace or not.
When one of them has tokens or a cost, or is the failure of the model, the others get `answer_is_elsewhere`: they are
not calls without a price, and their tokens do not count a second time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from ..model.rows import ERROR
from ..model.sqlite_values import bindable

USAGE_COLUMNS = (
    *("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens", "cost_usd"),
    *("cost_covers_below", "unpriced_tool_calls"),
)
"""The columns of a span that are null when another span has its answer."""

_SPANS_OF_ANSWER = """
    SELECT id, trace, answer_is_elsewhere, coalesce(input_tokens, output_tokens, cost_usd) IS NOT NULL, status
    FROM span WHERE answer_id = ? ORDER BY id"""
_CLEAR_USAGE = f"""UPDATE span
    SET answer_is_elsewhere = 1, {", ".join(f"{column} = NULL" for column in USAGE_COLUMNS)}, rev = ?
    WHERE id = ?"""  # noqa: S608 (our own names)


def count_once(connection: sqlite3.Connection, answer_ids: Iterable[str], rev: int) -> tuple[int, set[int]]:
    """Count each of these answers at one span: the first with its tokens or cost, or else the first that failed.

    `rev` is the last revision number. Returns the new last revision number, and the ids of the changed traces.
    """
    traces = set()
    for answer_id in answer_ids:
        spans = connection.execute(_SPANS_OF_ANSWER, (bindable(answer_id),)).fetchall()
        holders = [row for row, _, _, has_usage, _ in spans if has_usage]
        holders += [row for row, *_, status in spans if status == ERROR]
        for row, trace, is_elsewhere, has_usage, _ in spans if holders else []:
            if row != holders[0] and (has_usage or not is_elsewhere):
                rev += 1
                connection.execute(_CLEAR_USAGE, (rev, row))
                traces.add(trace)
    return rev, traces
