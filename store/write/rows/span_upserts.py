"""The statement that inserts or changes rows of `span`."""

from __future__ import annotations

from ...conventions import dialects
from ..statements.upsert import SparseUpsert

RARE_COLUMNS = (
    *("response_model", "provider", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens", "chunk_count"),
    *("cost_covers_below", "answer_id", "answer_is_elsewhere", "unpriced_tool_calls"),
)
"""The derived columns that most spans lack."""

USUAL_COLUMNS = tuple(column for column in dialects.COLUMNS if column not in RARE_COLUMNS)
"""The other derived columns."""

SPAN_COLUMNS = [
    "id",
    "trace",
    "process",
    "span_id",
    "parent_id",
    "name",
    "kind",
    "start_ns",
    "end_ns",
    "status",
    "thread",
    "attr_keys",
    "rev",
    *USUAL_COLUMNS,
]

_UPDATED_COLUMNS = ("name", "kind", "end_ns", "status", "status_message", "rev", *dialects.COLUMNS)

_MERGE_KEYS = """attr_keys = CASE
    WHEN attr_keys IS NULL OR attr_keys = excluded.attr_keys OR (
        substr(attr_keys, 1, length(attr_keys) - 1) = substr(excluded.attr_keys, 1, length(attr_keys) - 1)
        AND substr(excluded.attr_keys, length(attr_keys), 1) IN (',', ']')) THEN excluded.attr_keys
    WHEN excluded.attr_keys IS NULL THEN attr_keys
    ELSE (SELECT json_group_array(value) FROM (
        SELECT value FROM json_each(excluded.attr_keys) UNION ALL SELECT value FROM json_each(span.attr_keys)
        WHERE value NOT IN (SELECT value FROM json_each(excluded.attr_keys)))) END"""
"""A list that only became longer replaces the stored list. Any other list is merged with the stored list, to which
`edits.LogMetric` of any process may have added keys."""

UPSERT_SPAN = SparseUpsert(
    "span",
    SPAN_COLUMNS,
    ("status_message", *RARE_COLUMNS),
    "(id) DO UPDATE SET " + ", ".join([_MERGE_KEYS, *(f"{column} = excluded.{column}" for column in _UPDATED_COLUMNS)]),
)
