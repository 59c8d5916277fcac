"""The step to layout 9: long texts are kept once, in `block`, and the views put whole values together (see `blocks`).

The step changes no value: a payload of an earlier layout is a value that is stored whole, of which
`store/write/blocks/refold.py` makes blocks later. The views of `blocks` are a part of this step, and stay with it.
"""

# ruff: noqa: S608 - SQL is made of our own words
from __future__ import annotations

from .blocks import TEXT_VIEWS

VERSION_9 = f"""
CREATE TABLE block (                  -- a text that values of `payload` and `attr` refer to by its number
    id INTEGER PRIMARY KEY,           -- never given out twice
    digest INTEGER NOT NULL,          -- the first 8 bytes of the BLAKE2b-128 of the text; texts are compared too
    text NOT NULL                     -- TEXT; or a BLOB: JSON list of texts and of numbers of blocks that are TEXT
);
CREATE INDEX block_digest ON block (digest);

-- Which spans need a block, in ranges of 1,024 numbers (span.id >> 10), as a row for each span would take too much:
-- those of the range in which it was made, and those of the ranges in `block_use`. With the last range the block goes.
CREATE TABLE block_range (            -- a row for each range in which blocks were made
    range INTEGER PRIMARY KEY,
    first_block INTEGER NOT NULL      -- those from here on, up to the first of the next range
);
CREATE TABLE block_use (
    block INTEGER NOT NULL REFERENCES block,
    range INTEGER NOT NULL,           -- -1: the range in which it was made does not need it
    PRIMARY KEY (block, range)
) WITHOUT ROWID;
CREATE INDEX block_use_range ON block_use (range);

ALTER TABLE sequence ADD COLUMN block INTEGER NOT NULL DEFAULT 0;
-- When this grows, writers forget which blocks are in the file and which ranges need them.
ALTER TABLE sequence ADD COLUMN sweeps INTEGER NOT NULL DEFAULT 0;

{TEXT_VIEWS}
DROP VIEW traces;
CREATE VIEW traces AS SELECT
    lower(hex(t.trace_id)) AS trace_id, t.name, t.kind, coalesce(t.status, 'RUNNING') AS status, t.status_message,
    t.start_ns, t.end_ns, (t.end_ns - t.start_ns) / 1e6 AS duration_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', t.start_ns / 1e9, 'unixepoch') AS start_time,
    t.span_count, t.open_count, t.error_count, t.session_id, t.user_id, t.model, t.input_tokens, t.output_tokens,
    t.cost_usd, t.calls_without_price,
    t.cost_usd IS NOT NULL AND t.calls_without_price > 0 AS cost_is_lower_bound, t.ttft_ms,
    coalesce(t.request_preview, (SELECT substr(whole_inputs, 1, 240) FROM payload_texts WHERE span = t.root))
        AS request_preview,
    coalesce(t.response_preview, (SELECT substr(whole_outputs, 1, 240) FROM payload_texts WHERE span = t.root))
        AS response_preview,
    t.client_request_id, t.tags,
    CASE WHEN t.facts IS NULL THEN t.metadata
        ELSE json_patch((SELECT entries FROM facts WHERE id = t.facts),
            iif(json_valid(t.metadata), t.metadata, json_object())) END AS metadata,
    p.service, p.pid
FROM trace t JOIN process p ON p.id = t.process;

DROP VIEW spans;
CREATE VIEW spans AS SELECT
    lower(hex(t.trace_id)) AS trace_id, printf('%016x', s.span_id) AS span_id,
    CASE WHEN s.parent_id IS NOT NULL THEN printf('%016x', s.parent_id) END AS parent_id,
    s.name, s.kind, coalesce(s.status, 'RUNNING') AS status, s.status_message,
    s.start_ns, s.end_ns, (s.end_ns - s.start_ns) / 1e6 AS duration_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', s.start_ns / 1e9, 'unixepoch') AS start_time,
    s.model, s.response_model, s.provider, s.input_tokens, s.output_tokens, s.cache_read_tokens, s.cache_write_tokens,
    s.reasoning_tokens, s.cost_usd, s.ttft_ms, s.chunk_count,
    (SELECT whole_inputs FROM payload_texts WHERE span = s.id) AS inputs,
    (SELECT whole_outputs FROM payload_texts WHERE span = s.id) AS outputs,
    s.thread, p.service, p.pid
FROM span s JOIN trace t ON t.id = s.trace JOIN process p ON p.id = s.process;

DROP VIEW attributes;
CREATE VIEW attributes AS SELECT
    lower(hex(t.trace_id)) AS trace_id, printf('%016x', s.span_id) AS span_id, k.name AS key,
    a.text AS value, a.type
FROM attr_texts a JOIN attr_key k ON k.id = a.key JOIN span s ON s.id = a.span JOIN trace t ON t.id = s.trace;

DROP VIEW events;
CREATE VIEW events AS SELECT
    lower(hex(t.trace_id)) AS trace_id, printf('%016x', s.span_id) AS span_id,
    json_extract(e.value, '$.name') AS name, json_extract(e.value, '$.time_ns') AS time_ns,
    json_extract(e.value, '$.attributes') AS attributes
FROM payload_texts y, json_each(y.whole_events) e JOIN span s ON s.id = y.span JOIN trace t ON t.id = s.trace;
"""
