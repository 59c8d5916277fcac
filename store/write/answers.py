"""Answers that one span asks for and another one reads, in the same trace or not: each counts once, by its id.

A model that works in the background answers at first that it is at work. The call knows neither tokens nor cost: the
reading of the answer that is done has them. The tracer marks both with the id of the answer (`answer_id`). Where one
of them tells tokens, a cost, or that the model failed, the others have their answer elsewhere: they are no calls
without a price, and what they tell of tokens does not count a second time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from ..model.rows import ERROR
from ..model.sqlite_values import bindable

USAGE_COLUMNS = (
    *("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens", "cost_usd"),
    "cost_covers_below",
)
"""The columns of a span that are null where its answer is elsewhere."""

_SPANS = """SELECT id, trace, answer_is_elsewhere, coalesce(input_tokens, output_tokens, cost_usd) IS NOT NULL, status
    FROM span WHERE answer_id = ? ORDER BY id"""
_CLEAR_USAGE = f"""UPDATE span
    SET answer_is_elsewhere = 1, {", ".join(f"{column} = NULL" for column in USAGE_COLUMNS)}, rev = ?
    WHERE id = ?"""  # noqa: S608 (our own names)


def count_once(connection: sqlite3.Connection, answer_ids: Iterable[str], rev: int) -> tuple[int, set[int]]:
    """Let each of these answers count with one span: the first that tells its tokens, or else its failure.

    Takes and gives the last `rev` given out; gives the traces that have changed.
    """
    traces = set()
    for answer_id in answer_ids:
        spans = connection.execute(_SPANS, (bindable(answer_id),)).fetchall()
        tells = [row for row, _, _, has_usage, _ in spans if has_usage]
        tells += [row for row, *_, status in spans if status == ERROR]
        for row, trace, is_elsewhere, has_usage, _ in spans if tells else []:
            if row != tells[0] and (has_usage or not is_elsewhere):
                rev += 1
                connection.execute(_CLEAR_USAGE, (rev, row))
                traces.add(trace)
    return rev, traces
