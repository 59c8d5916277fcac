"""The fields that are columns: of a span, of its trace, of its process.

SQL here speaks of the span as `{s}` (an alias), of its trace as `t`, and of the moment the question is
asked as `:now`.
"""

# ruff: noqa: S608 - made of names from the tables here
from __future__ import annotations

from dataclasses import replace

from ...file.schema import REQUEST_PREVIEW, RESPONSE_PREVIEW
from ..tree.field_kinds import Column, Kind
from .error_types import error_message, error_type, failed
from .relatives import CHILD, COVERED_NS

STATUSES = ("ok", "error", "cancelled", "unset")
_IN_PROGRESS = "NOT {a}.process IN (SELECT value FROM json_each(:gone)))"
_SPAN_IN_PROGRESS = "({s}.end_ns IS NULL AND " + _IN_PROGRESS.replace("{a}", "{s}")
_TRACE_IN_PROGRESS = "((t.open_count > 0 OR t.status IS NULL) AND " + _IN_PROGRESS.replace("{a}", "t")
"""MLflow's word for what is open in a living process, and has no status yet; see `store/model/status.py`."""

_CHAT_MODEL = """({s}.kind = 'CHAT_MODEL' COLLATE NOCASE OR ({s}.kind = 'LLM' AND EXISTS (
    SELECT 1 FROM attr_key k CROSS JOIN attr_texts a ON a.key = k.id AND a.span = {s}.id
    WHERE k.name IN ('llm.input_messages.0.message.role', 'llm.input_messages.1.message.role', 'gen_ai.operation.name')
    AND (k.name LIKE 'llm.%' OR a.value = 'chat'))))"""
"""MLflow's kind of a call that is given messages: in OpenInference and the GenAI conventions such a call is an LLM."""

_MS = 1_000_000
_SPAN_NS = "(coalesce({s}.end_ns, :now) - {s}.start_ns)"
TRACE_NS = "(coalesce(t.end_ns, :now) - t.start_ns)"
"""Duration of the whole trace so far."""

PROMPT_NAMES = (
    "gen_ai.prompt.name",
    "langfuse.observation.prompt.name",
    "llm.prompt_template.name",
    "prompt.name",
    "prompt.id",
    "traceloop.prompt.key",
)
"""What the dialects call the name of a prompt."""

PROMPT_VERSIONS = (
    "gen_ai.prompt.version",
    "langfuse.observation.prompt.version",
    "llm.prompt_template.version",
    "prompt.version",
    "traceloop.prompt.version",
)
"""What they call its version."""

_LINKED = """(SELECT CAST(json_extract(j.value, '$.name') AS TEXT) AS name,
    CAST(json_extract(j.value, '$.version') AS TEXT) AS version FROM (
        SELECT a.text AS linked FROM attr_texts a
            WHERE a.key = (SELECT k.id FROM attr_key k WHERE k.name = 'mlflow.linkedPrompts') AND a.span = {s}.id
        UNION ALL SELECT json_extract(t.tags, '$."mlflow.linkedPrompts"') WHERE instr(t.tags, '"mlflow.linkedPrompts"')
    ) l, json_each(CASE WHEN json_valid(l.linked) THEN l.linked ELSE '[]' END) j WHERE j.type = 'object')"""
"""The prompts that MLflow's attribute of a span, or its tag of a trace, says were used: a list of {name, version}."""

_DEPTH = """(WITH RECURSIVE up(parent, depth) AS (SELECT {s}.parent_id, 0
    UNION ALL SELECT x.parent_id, up.depth + 1 FROM up JOIN kin x ON x.trace = {s}.trace AND x.span_id = up.parent
    WHERE up.depth < 10000) SELECT max(depth) FROM up)"""
_TPOT_MS = """CASE WHEN {s}.output_tokens > 1 AND {s}.end_ns IS NOT NULL AND {s}.ttft_ms IS NOT NULL
    THEN ((({s}.end_ns - {s}.start_ns) / 1e6) - {s}.ttft_ms) / ({s}.output_tokens - 1) END"""
_TPS = f"(1000.0 / nullif({_TPOT_MS}, 0))"


def _text(sql: str, about: str, **more: object) -> Column:
    return Column(sql, Kind.TEXT, about, **more)  # type: ignore[arg-type]


def _number(sql: str, about: str, **more: object) -> Column:
    return Column(sql, Kind.NUMBER, about, **more)  # type: ignore[arg-type]


def _of_trace(column: Column) -> Column:
    return replace(column, of_trace=True, needs_trace=True)


def _tokens(alias: str) -> str:
    both = f"coalesce({alias}.input_tokens, 0) + coalesce({alias}.output_tokens, 0)"
    return f"(CASE WHEN coalesce({alias}.input_tokens, {alias}.output_tokens) IS NOT NULL THEN {both} END)"


def _shared(alias: str, of: str) -> dict[str, Column]:
    # What a span and a trace both have.
    length = f"(coalesce({alias}.end_ns, :now) - {alias}.start_ns)"
    return {
        "name": _text(f"{alias}.name", f"name of the {of}"),
        "kind": Column(f"{alias}.kind", Kind.CHOICE, "LLM, TOOL, AGENT, CHAIN, RETRIEVER, ..."),
        "status": Column(
            f"{alias}.status",
            Kind.CHOICE,
            "ok, error, cancelled, unset; none while open",
            choices=STATUSES,
            words=(("in_progress", _TRACE_IN_PROGRESS if alias == "t" else _SPAN_IN_PROGRESS),),
        ),
        "duration": Column(length, Kind.DURATION, f"length of the {of}, so far while open"),
        "start": Column(f"{alias}.start_ns", Kind.TIME, "when it began", bare_unit=""),
        "end": Column(f"{alias}.end_ns", Kind.TIME, "when it ended", bare_unit=""),
        "age": Column(f"(:now - {alias}.start_ns)", Kind.DURATION, "time since it began"),
        "model": _text(f"{alias}.model", "model"),
        "ttft": Column(f"{alias}.ttft_ms", Kind.DURATION, "time to first token", column_unit_ns=_MS),
        "tokens": _number(_tokens(alias), "input and output tokens"),
        "input_tokens": _number(f"{alias}.input_tokens", "input tokens"),
        "output_tokens": _number(f"{alias}.output_tokens", "output tokens"),
        "cost": _number(f"{alias}.cost_usd", "cost in US dollars"),
        "error": _text(
            error_type(alias, "t.root" if alias == "t" else f"{alias}.id"),
            "type of the error, or its message",
            more=error_message(alias),
            only_if=failed(alias),
            cost=3,
        ),
    }


SPAN: dict[str, Column] = _shared("{s}", "span") | {
    "self": Column(f"({_SPAN_NS} - {COVERED_NS})", Kind.DURATION, "duration minus that of its children", cost=30),
    "response_model": _text("{s}.response_model", "version of the model that answered"),
    "provider": _text("{s}.provider", "provider of the model"),
    "tpot": Column(_TPOT_MS, Kind.DURATION, "time per output token after the first", column_unit_ns=_MS),
    "tps": _number(_TPS, "output tokens per second after the first"),
    "cached_tokens": _number("{s}.cache_read_tokens", "input tokens read from the cache"),
    "cache_write_tokens": _number("{s}.cache_write_tokens", "input tokens written to the cache"),
    "reasoning_tokens": _number("{s}.reasoning_tokens", "reasoning tokens"),
    "chunks": _number("{s}.chunk_count", "chunks of the stream"),
    "depth": _number(_DEPTH, "steps below the root", cost=25),
    "children": _number(
        f"(SELECT count(*) FROM {CHILD})",
        "number of direct children",
        cost=20,
    ),
    "events": _number(
        "coalesce((SELECT CASE WHEN json_valid(z.events) THEN json_array_length(z.events) END"
        " FROM (SELECT y.whole_events AS events FROM payload_texts y WHERE y.span = {s}.id) z), 0)",
        "number of events",
        cost=15,
    ),
    "message": _text("{s}.status_message", "message of the status"),
    "session": _text("t.session_id", "conversation of the trace", of_trace=True, needs_trace=True),
    "user": _text("t.user_id", "user of the trace", of_trace=True, needs_trace=True),
    "trace_id": Column("lower(hex(t.trace_id))", Kind.ID, "id of the trace, 32 hex digits", True, needs_trace=True),
    "id": Column("printf('%016x', {s}.span_id)", Kind.ID, "id of the span, 16 hex digits"),
    "parent_id": Column(
        "(CASE WHEN {s}.parent_id IS NOT NULL THEN printf('%016x', {s}.parent_id) END)", Kind.ID, "id of the parent"
    ),
    "service": _text("(SELECT r.service FROM process r WHERE r.id = {s}.process)", "service of the process", cost=3),
    "host": _text("(SELECT r.host FROM process r WHERE r.id = {s}.process)", "host of the process", cost=3),
    "pid": _number("(SELECT r.pid FROM process r WHERE r.id = {s}.process)", "id of the process", cost=3),
    "thread": _number("{s}.thread", "id of the thread"),
    "prompt": _text(
        "NULL",
        "name of the prompt, or name/version",
        attribute_keys=PROMPT_NAMES,
        needs_trace=True,
        cost=12,
        more="SELECT iif(o.both, name || '/' || version, name) AS value"
        f" FROM {_LINKED} CROSS JOIN (SELECT 0 AS both UNION ALL SELECT 1) o",
    ),
    "prompt_version": _text(
        "NULL",
        "version of the prompt",
        attribute_keys=PROMPT_VERSIONS,
        needs_trace=True,
        cost=12,
        more=f"SELECT version AS value FROM {_LINKED}",
    ),
    "tool": _text(
        "(CASE WHEN {s}.kind = 'TOOL' THEN {s}.name END)",
        "name of the tool",
        attribute_keys=("gen_ai.tool.name", "tool.name"),
        cost=6,
    ),
}
"""Fields of a span, the unit of the language."""

SPAN_TYPE = replace(SPAN["kind"], words=(("chat_model", _CHAT_MODEL),))
"""`span.type`, MLflow's name for the kind."""

TRACE: dict[str, Column] = {name: _of_trace(column) for name, column in _shared("t", "trace").items()} | {
    name: _of_trace(column)
    for name, column in {
        "id": Column("lower(hex(t.trace_id))", Kind.ID, "id of the trace"),
        "session": _text("t.session_id", "conversation"),
        "user": _text("t.user_id", "user"),
        "spans": _number("t.span_count", "number of spans"),
        "open": _number("t.open_count", "number of open spans"),
        "errors": _number("t.error_count", "number of failed spans"),
        "unpriced": _number("t.calls_without_price", "number of model calls without a price"),
        "message": _text("t.status_message", "message of the status"),
        "request": _text(REQUEST_PREVIEW, "beginning of the request"),
        "response": _text(RESPONSE_PREVIEW, "beginning of the response"),
        "client_request_id": _text("t.client_request_id", "id given by the client"),
        "service": _text("(SELECT r.service FROM process r WHERE r.id = t.process)", "service"),
        "host": _text("(SELECT r.host FROM process r WHERE r.id = t.process)", "host"),
        "pid": _number("(SELECT r.pid FROM process r WHERE r.id = t.process)", "id of the process"),
    }.items()
}
"""Fields of the whole trace; each of its spans sees the same value."""

PROCESS = {name: SPAN[name] for name in ("service", "host", "pid")} | {
    name: _text(f"(SELECT r.{name} FROM process r WHERE r.id = {{s}}.process)", about, cost=3)
    for name, about in (("command", "command line of the process"), ("python", "Python version"))
}
"""Fields of `resource.`, with the names OpenTelemetry gives them below."""
