"""The statement that inserts or changes rows of the `trace` table."""

from __future__ import annotations

from ..statements.upsert import SparseUpsert

COLUMNS = [
    "id",
    "trace_id",
    "process",
    "name",
    "kind",
    "root",
    "start_ns",
    "last_end_ns",
    "end_ns",
    "status",
    "span_count",
    "open_count",
    "error_count",
    "model",
    "ttft_ms",
    "input_tokens",
    "output_tokens",
    "cost_usd",
    "calls_without_price",
    "session_id",
    "user_id",
    "facts",
    "rev",
]
RARE_COLUMNS = ("status_message", "request_preview", "response_preview", "client_request_id", "tags", "metadata")

UPSERT_TRACE = SparseUpsert(
    "trace",
    COLUMNS,
    RARE_COLUMNS,
    """(id) DO UPDATE SET
    name = CASE WHEN excluded.kind = '' THEN name ELSE excluded.name END,
    kind = CASE WHEN excluded.kind = '' THEN kind ELSE excluded.kind END,
    root = coalesce(excluded.root, root),
    start_ns = min(start_ns, excluded.start_ns),
    last_end_ns = max(coalesce(last_end_ns, excluded.last_end_ns), coalesce(excluded.last_end_ns, last_end_ns)),
    end_ns = CASE WHEN open_count + excluded.open_count <= 0 THEN
        max(coalesce(last_end_ns, excluded.last_end_ns), coalesce(excluded.last_end_ns, last_end_ns)) END,
    status = coalesce(excluded.status, status), status_message = coalesce(excluded.status_message, status_message),
    span_count = span_count + excluded.span_count, open_count = open_count + excluded.open_count,
    error_count = error_count + excluded.error_count, model = coalesce(excluded.model, model),
    ttft_ms = max(coalesce(ttft_ms, excluded.ttft_ms), coalesce(excluded.ttft_ms, ttft_ms)),
    input_tokens = coalesce(excluded.input_tokens, input_tokens),
    output_tokens = coalesce(excluded.output_tokens, output_tokens),
    cost_usd = coalesce(excluded.cost_usd, cost_usd),
    calls_without_price = coalesce(excluded.calls_without_price, calls_without_price),
    session_id = coalesce(excluded.session_id, session_id), user_id = coalesce(excluded.user_id, user_id),
    request_preview = coalesce(excluded.request_preview, request_preview),
    response_preview = coalesce(excluded.response_preview, response_preview),
    client_request_id = coalesce(excluded.client_request_id, client_request_id),
    tags = coalesce(json_patch(tags, excluded.tags), excluded.tags, tags),
    metadata = coalesce(json_patch(metadata, excluded.metadata), excluded.metadata, metadata),
    facts = coalesce(excluded.facts, facts),
    rev = excluded.rev""",
)
"""Adds counts and merges labels instead of replacing them: other processes may write spans of the same trace."""
