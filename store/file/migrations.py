"""The layout of the trace file: tables and documented views, created and changed by numbered steps.

The tables are internal and may change between versions by a migration. The views `traces`, `spans`, `attributes`,
`events`, `links`, `attachments`, `assessments` and `processes` are for users and stay.

The reasons for the layout (measured at a million spans, see ARCHITECTURE.md): an attribute is a row `(key, span) ->
value` in key order, so a new span appends to each key; spans refer to their trace by an integer; large values are in
`payload`, so a scan of spans never reads a prompt.

A released step never changes. Some comments in the steps name modules by earlier names.
"""

from __future__ import annotations

from .block_layout import VERSION_9

_VERSION_1 = """
CREATE TABLE sequence (               -- one row: the last number given out, of each kind
    rev INTEGER NOT NULL,             -- every written trace, span and process row gets the next one
    trace INTEGER NOT NULL,
    span INTEGER NOT NULL
);
INSERT INTO sequence VALUES (0, 0, 0);

CREATE TABLE process (                -- one row for each traced process
    id INTEGER PRIMARY KEY,
    pid INTEGER NOT NULL,
    host TEXT NOT NULL,
    service TEXT NOT NULL,
    command TEXT NOT NULL,
    python TEXT NOT NULL,
    started_ns INTEGER NOT NULL,
    heartbeat_ns INTEGER NOT NULL,    -- wall clock of the last sign of life while spans are open
    ended_ns INTEGER,                 -- set by a clean exit
    dropped INTEGER NOT NULL DEFAULT 0,  -- spans lost because the queue was full
    failed INTEGER NOT NULL DEFAULT 0,   -- faults of the tracer that were swallowed
    rev INTEGER NOT NULL
);

CREATE TABLE trace (
    id INTEGER PRIMARY KEY,           -- in order of arrival: the newest trace has the largest
    trace_id BLOB NOT NULL UNIQUE,    -- 16 bytes, W3C
    process INTEGER NOT NULL REFERENCES process,
    root INTEGER,                     -- span.id of the root, when it has arrived
    name TEXT NOT NULL,               -- of the root span, or of the first span until it arrives
    kind TEXT NOT NULL,
    start_ns INTEGER NOT NULL,
    end_ns INTEGER,                   -- null while a span is open
    last_end_ns INTEGER,              -- of the spans that have ended
    status TEXT,                      -- OK, ERROR, CANCELLED; null while the root is open
    status_message TEXT,
    span_count INTEGER NOT NULL,
    open_count INTEGER NOT NULL,
    error_count INTEGER NOT NULL,
    session_id TEXT,
    user_id TEXT,
    model TEXT,                       -- the root's, or the first model call's, or the first that is named
    input_tokens INTEGER,             -- totals by the topmost-usage rule, see store/usage.py
    output_tokens INTEGER,
    cost_usd REAL,
    ttft_ms REAL,                     -- the slowest of its spans
    request_preview TEXT,
    response_preview TEXT,
    client_request_id TEXT,
    tags TEXT,                        -- JSON object of strings, or null
    metadata TEXT,                    -- JSON object of strings, or null
    rev INTEGER NOT NULL
);
CREATE INDEX trace_rev ON trace (rev);

CREATE TABLE span (
    id INTEGER PRIMARY KEY,           -- in order of arrival
    trace INTEGER NOT NULL REFERENCES trace,
    process INTEGER NOT NULL REFERENCES process,
    span_id INTEGER NOT NULL,         -- 8 bytes, W3C, as a signed integer
    parent_id INTEGER,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    start_ns INTEGER NOT NULL,        -- Unix time
    end_ns INTEGER,                   -- null while open
    status TEXT,                      -- OK, ERROR, CANCELLED; null while open
    status_message TEXT,
    thread INTEGER,
    attr_keys TEXT,                   -- JSON list of attr_key.id in the order they were set
    model TEXT,                       -- from here to ttft_ms: derived by store/dialects.py
    provider TEXT,
    input_tokens INTEGER,
    output_tokens INTEGER,
    cache_read_tokens INTEGER,
    cache_write_tokens INTEGER,
    reasoning_tokens INTEGER,
    cost_usd REAL,
    ttft_ms REAL,
    chunk_count INTEGER,
    rev INTEGER NOT NULL
);
CREATE INDEX span_trace ON span (trace);
CREATE INDEX span_ttft ON span (trace, ttft_ms) WHERE ttft_ms IS NOT NULL;

CREATE TABLE payload (                -- what may be large: a row only for spans that have any of it
    span INTEGER PRIMARY KEY REFERENCES span,
    inputs TEXT,                      -- JSON
    outputs TEXT,                     -- JSON
    events TEXT                       -- JSON list of {name, time_ns, attributes}
);

CREATE TABLE attr_key (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    span_count INTEGER NOT NULL       -- how many spans have it
);

CREATE TABLE attr (
    key INTEGER NOT NULL REFERENCES attr_key,
    span INTEGER NOT NULL REFERENCES span,
    value,
    type TEXT,                        -- null: the value as it is; 'bool': 0 or 1; 'json': JSON text
    PRIMARY KEY (key, span)
) WITHOUT ROWID;

CREATE VIEW processes AS SELECT * FROM process;

CREATE VIEW traces AS SELECT
    lower(hex(t.trace_id)) AS trace_id, t.name, t.kind, coalesce(t.status, 'RUNNING') AS status, t.status_message,
    t.start_ns, t.end_ns, (t.end_ns - t.start_ns) / 1e6 AS duration_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', t.start_ns / 1e9, 'unixepoch') AS start_time,
    t.span_count, t.open_count, t.error_count, t.session_id, t.user_id, t.model, t.input_tokens, t.output_tokens,
    t.cost_usd, t.ttft_ms, t.request_preview, t.response_preview, t.client_request_id, t.tags, t.metadata,
    p.service, p.pid
FROM trace t JOIN process p ON p.id = t.process;

CREATE VIEW spans AS SELECT
    lower(hex(t.trace_id)) AS trace_id, printf('%016x', s.span_id) AS span_id,
    CASE WHEN s.parent_id IS NOT NULL THEN printf('%016x', s.parent_id) END AS parent_id,
    s.name, s.kind, coalesce(s.status, 'RUNNING') AS status, s.status_message,
    s.start_ns, s.end_ns, (s.end_ns - s.start_ns) / 1e6 AS duration_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', s.start_ns / 1e9, 'unixepoch') AS start_time,
    s.model, s.provider, s.input_tokens, s.output_tokens, s.cache_read_tokens, s.cache_write_tokens,
    s.reasoning_tokens, s.cost_usd, s.ttft_ms, s.chunk_count,
    (SELECT inputs FROM payload WHERE span = s.id) AS inputs,
    (SELECT outputs FROM payload WHERE span = s.id) AS outputs,
    s.thread, p.service, p.pid
FROM span s JOIN trace t ON t.id = s.trace JOIN process p ON p.id = s.process;

CREATE VIEW attributes AS SELECT
    lower(hex(t.trace_id)) AS trace_id, printf('%016x', s.span_id) AS span_id, k.name AS key, a.value, a.type
FROM attr a JOIN attr_key k ON k.id = a.key JOIN span s ON s.id = a.span JOIN trace t ON t.id = s.trace;

CREATE VIEW events AS SELECT
    lower(hex(t.trace_id)) AS trace_id, printf('%016x', s.span_id) AS span_id,
    json_extract(e.value, '$.name') AS name, json_extract(e.value, '$.time_ns') AS time_ns,
    json_extract(e.value, '$.attributes') AS attributes
FROM payload y, json_each(y.events) e JOIN span s ON s.id = y.span JOIN trace t ON t.id = s.trace;
"""

_VERSION_2 = """
CREATE TABLE assessment (             -- what people, programs and models say of a trace or one of its spans
    id INTEGER PRIMARY KEY,           -- in order of arrival
    assessment_id TEXT NOT NULL UNIQUE,  -- 'a-' and 32 hex digits
    trace INTEGER NOT NULL REFERENCES trace,
    span_id INTEGER,                  -- as span.span_id; null: the trace as a whole
    kind TEXT NOT NULL,               -- feedback, expectation, issue
    name TEXT NOT NULL,
    value,
    type TEXT,                        -- as attr.type
    error TEXT,                       -- JSON {error_code, error_message, stack_trace}: why there is no value
    source_type TEXT NOT NULL,        -- HUMAN, LLM_JUDGE, CODE
    source_id TEXT,
    rationale TEXT,
    metadata TEXT,                    -- JSON object of strings, or null
    created_ns INTEGER NOT NULL,
    updated_ns INTEGER NOT NULL,
    overrides TEXT,                   -- assessment_id of the one that this one replaces
    valid INTEGER NOT NULL DEFAULT 1, -- 0: another one replaces it
    rev INTEGER NOT NULL
);
CREATE INDEX assessment_trace ON assessment (trace, kind, name);

CREATE VIEW assessments AS SELECT
    a.assessment_id, lower(hex(t.trace_id)) AS trace_id,
    CASE WHEN a.span_id IS NOT NULL THEN printf('%016x', a.span_id) END AS span_id,
    a.kind, a.name, a.value, a.type, a.error, a.source_type, a.source_id, a.rationale, a.metadata,
    a.created_ns, a.updated_ns, a.overrides, a.valid
FROM assessment a JOIN trace t ON t.id = a.trace;
"""

_VERSION_3 = """
ALTER TABLE payload ADD COLUMN links TEXT;  -- JSON list of {trace_id, span_id, attributes}, ids as hex digits

CREATE TABLE attachment (             -- images, recordings, files: what inputs and outputs refer to
    id INTEGER PRIMARY KEY,
    sha256 BLOB NOT NULL UNIQUE,      -- of the bytes; in hex it is the id in the references
    content_type TEXT NOT NULL,       -- as the first to send it named it
    size_bytes INTEGER NOT NULL,
    bytes BLOB NOT NULL
);
CREATE TABLE attachment_use (         -- which traces refer to it: with the last of them it goes
    trace INTEGER NOT NULL REFERENCES trace,
    attachment INTEGER NOT NULL REFERENCES attachment,
    PRIMARY KEY (trace, attachment)
) WITHOUT ROWID;
CREATE INDEX attachment_use_attachment ON attachment_use (attachment);

CREATE VIEW attachments AS SELECT
    lower(hex(t.trace_id)) AS trace_id, lower(hex(a.sha256)) AS attachment_id, a.content_type, a.size_bytes, a.bytes
FROM attachment_use u JOIN attachment a ON a.id = u.attachment JOIN trace t ON t.id = u.trace;

CREATE VIEW links AS SELECT
    lower(hex(t.trace_id)) AS trace_id, printf('%016x', s.span_id) AS span_id,
    json_extract(l.value, '$.trace_id') AS linked_trace_id, json_extract(l.value, '$.span_id') AS linked_span_id,
    json_extract(l.value, '$.attributes') AS attributes
FROM payload y, json_each(y.links) l JOIN span s ON s.id = y.span JOIN trace t ON t.id = s.trace
WHERE l.type = 'object';

CREATE TABLE facts (                  -- what processes told of themselves: version, environment, git commit
    id INTEGER PRIMARY KEY,
    entries TEXT NOT NULL UNIQUE      -- JSON object of strings
);
ALTER TABLE trace ADD COLUMN facts INTEGER REFERENCES facts;  -- metadata too; what trace.metadata says goes before

DROP VIEW traces;
CREATE VIEW traces AS SELECT
    lower(hex(t.trace_id)) AS trace_id, t.name, t.kind, coalesce(t.status, 'RUNNING') AS status, t.status_message,
    t.start_ns, t.end_ns, (t.end_ns - t.start_ns) / 1e6 AS duration_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', t.start_ns / 1e9, 'unixepoch') AS start_time,
    t.span_count, t.open_count, t.error_count, t.session_id, t.user_id, t.model, t.input_tokens, t.output_tokens,
    t.cost_usd, t.ttft_ms, t.request_preview, t.response_preview, t.client_request_id, t.tags,
    CASE WHEN t.facts IS NULL THEN t.metadata
        ELSE json_patch((SELECT entries FROM facts WHERE id = t.facts),
            iif(json_valid(t.metadata), t.metadata, json_object())) END AS metadata,
    p.service, p.pid
FROM trace t JOIN process p ON p.id = t.process;
"""

_VERSION_4 = """
-- A preview that is null is the whole of what the root has, which is then short: see PREVIEW_CHARS.
DROP VIEW traces;
CREATE VIEW traces AS SELECT
    lower(hex(t.trace_id)) AS trace_id, t.name, t.kind, coalesce(t.status, 'RUNNING') AS status, t.status_message,
    t.start_ns, t.end_ns, (t.end_ns - t.start_ns) / 1e6 AS duration_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', t.start_ns / 1e9, 'unixepoch') AS start_time,
    t.span_count, t.open_count, t.error_count, t.session_id, t.user_id, t.model, t.input_tokens, t.output_tokens,
    t.cost_usd, t.ttft_ms,
    coalesce(t.request_preview, (SELECT substr(inputs, 1, 240) FROM payload WHERE span = t.root)) AS request_preview,
    coalesce(t.response_preview, (SELECT substr(outputs, 1, 240) FROM payload WHERE span = t.root)) AS response_preview,
    t.client_request_id, t.tags,
    CASE WHEN t.facts IS NULL THEN t.metadata
        ELSE json_patch((SELECT entries FROM facts WHERE id = t.facts),
            iif(json_valid(t.metadata), t.metadata, json_object())) END AS metadata,
    p.service, p.pid
FROM trace t JOIN process p ON p.id = t.process;
"""

_VERSION_5 = """
ALTER TABLE span ADD COLUMN cost_covers_below INTEGER;  -- 1: an attribute gives the cost, which is that of all below
-- How many model calls have no price: cost_usd lacks them. Null in a file of an older layout, until the commands
-- migrate or rederive have counted.
ALTER TABLE trace ADD COLUMN calls_without_price INTEGER;
UPDATE span SET cost_covers_below = 1 WHERE cost_usd IS NOT NULL AND id IN (
    SELECT a.span FROM attr a JOIN attr_key k ON k.id = a.key WHERE k.name IN (
        'llm.cost.total', 'llm.cost_usd', 'gen_ai.usage.cost', 'gen_ai.cost.total_cost', 'cost_usd', 'llm.cost.prompt',
        'gen_ai.cost.input_cost', 'llm.cost.completion', 'gen_ai.cost.output_cost', 'operation.cost',
        'mlflow.llm.cost', 'langfuse.observation.cost_details'));

DROP VIEW traces;
CREATE VIEW traces AS SELECT
    lower(hex(t.trace_id)) AS trace_id, t.name, t.kind, coalesce(t.status, 'RUNNING') AS status, t.status_message,
    t.start_ns, t.end_ns, (t.end_ns - t.start_ns) / 1e6 AS duration_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', t.start_ns / 1e9, 'unixepoch') AS start_time,
    t.span_count, t.open_count, t.error_count, t.session_id, t.user_id, t.model, t.input_tokens, t.output_tokens,
    t.cost_usd, t.calls_without_price,
    t.cost_usd IS NOT NULL AND t.calls_without_price > 0 AS cost_is_lower_bound, t.ttft_ms,
    coalesce(t.request_preview, (SELECT substr(inputs, 1, 240) FROM payload WHERE span = t.root)) AS request_preview,
    coalesce(t.response_preview, (SELECT substr(outputs, 1, 240) FROM payload WHERE span = t.root)) AS response_preview,
    t.client_request_id, t.tags,
    CASE WHEN t.facts IS NULL THEN t.metadata
        ELSE json_patch((SELECT entries FROM facts WHERE id = t.facts),
            iif(json_valid(t.metadata), t.metadata, json_object())) END AS metadata,
    p.service, p.pid
FROM trace t JOIN process p ON p.id = t.process;
"""

_VERSION_6 = """
ALTER TABLE span ADD COLUMN response_model TEXT;  -- the version that answered; span.model is what was asked for

DROP VIEW spans;
CREATE VIEW spans AS SELECT
    lower(hex(t.trace_id)) AS trace_id, printf('%016x', s.span_id) AS span_id,
    CASE WHEN s.parent_id IS NOT NULL THEN printf('%016x', s.parent_id) END AS parent_id,
    s.name, s.kind, coalesce(s.status, 'RUNNING') AS status, s.status_message,
    s.start_ns, s.end_ns, (s.end_ns - s.start_ns) / 1e6 AS duration_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', s.start_ns / 1e9, 'unixepoch') AS start_time,
    s.model, s.response_model, s.provider, s.input_tokens, s.output_tokens, s.cache_read_tokens, s.cache_write_tokens,
    s.reasoning_tokens, s.cost_usd, s.ttft_ms, s.chunk_count,
    (SELECT inputs FROM payload WHERE span = s.id) AS inputs,
    (SELECT outputs FROM payload WHERE span = s.id) AS outputs,
    s.thread, p.service, p.pid
FROM span s JOIN trace t ON t.id = s.trace JOIN process p ON p.id = s.process;
"""

_VERSION_7 = """
-- Of spans that ask for an answer which another span reads, see store/answers.py.
ALTER TABLE span ADD COLUMN answer_id TEXT;  -- as the provider calls it
ALTER TABLE span ADD COLUMN answer_is_elsewhere INTEGER;  -- 1: another span has the tokens and the cost of the answer
CREATE INDEX span_answer ON span (answer_id) WHERE answer_id IS NOT NULL;
"""

_VERSION_8 = """
ALTER TABLE span ADD COLUMN unpriced_tool_calls INTEGER;  -- of the provider's own tools: cost_usd lacks their fees
"""

MIGRATIONS: tuple[str, ...] = (
    *(_VERSION_1, _VERSION_2, _VERSION_3, _VERSION_4, _VERSION_5, _VERSION_6),
    *(_VERSION_7, _VERSION_8, VERSION_9),
)
"""Append only: step N brings a file from version N to N + 1, in one transaction. A released step is never edited."""
