"""What a field name means: which column, document or key."""

from __future__ import annotations

from ..tree.errors import FilterError
from ..tree.field_kinds import (
    Attribute,
    Document,
    Everywhere,
    Field,
    Keyed,
    Relative,
    Store,
)
from ..tree.nodes import Name
from ..tree.spelling import split_scope
from .columns import PROCESS, SPAN, SPAN_TYPE, TRACE

MAX_HOPS = 2
"""`parent.parent.x` is as far as a field reaches: each hop is a question within a question."""


_RESOURCE_NAMES = {
    "service.name": "service",
    "host.name": "host",
    "process.pid": "pid",
    "process.command": "command",
    "process.command_line": "command",
    "process.runtime.version": "python",
}
_SPAN_NAMES = {
    "span_kind": "kind",
    "latency": "duration",
    "latency_ms": "duration",
    "duration_ms": "duration",
    "ttft_ms": "ttft",
    "llm.ttft_ms": "ttft",
    "cost_usd": "cost",
    "cache_read_tokens": "cached_tokens",
    "total_tokens": "tokens",
    "status_message": "message",
    "session_id": "session",
    "user_id": "user",
    "span_id": "id",
    "start_time": "start",
    "end_time": "end",
}
_TRACE_NAMES = {
    "execution_time": "duration",
    "execution_time_ms": "duration",
    "duration_ms": "duration",
    "latency_ms": "duration",
    "timestamp": "start",
    "timestamp_ms": "start",
    "start_time": "start",
    "end_time": "end",
    "end_time_ms": "end",
    "request_id": "id",
    "trace_id": "id",
    "state": "status",
    "type": "kind",
    "span_count": "spans",
    "error_count": "errors",
    "open_count": "open",
    "session_id": "session",
    "user_id": "user",
    "cost_usd": "cost",
    "calls_without_price": "unpriced",
    "ttft_ms": "ttft",
    "total_tokens": "tokens",
    "request_preview": "request",
    "response_preview": "response",
    "input": "request",
    "output": "response",
}
_BARE_TRACE_NAMES = frozenset(
    (
        "execution_time",
        "execution_time_ms",
        "timestamp",
        "timestamp_ms",
        "end_time_ms",
        "request_id",
        "client_request_id",
    )
)
MLFLOW_TRACE_ATTRIBUTES = _BARE_TRACE_NAMES | {"end_time", "name", "run_id", "status"}
"""`attributes.status` and so on: MLflow's word for a field of the trace, not of a span."""

_DEPLOYMENT_NAMES = {
    "service.version": "version",
    "version": "version",
    "deployment.environment.name": "environment",
    "deployment.environment": "environment",
    "environment": "environment",
    "vcs.ref.head.revision": "git.commit",
    "git.commit": "git.commit",
    "vcs.ref.head.name": "git.branch",
    "git.branch": "git.branch",
}
"""Facts of the process that are metadata of its traces, by their names in `resource.`"""

_MLFLOW_KEYS: dict[tuple[str, str], Field] = {
    ("metadata", "mlflow.source.git.commit"): Keyed(Store.METADATA, "git.commit"),
    ("metadata", "mlflow.source.git.branch"): Keyed(Store.METADATA, "git.branch"),
    ("metadata", "mlflow.trace.session"): TRACE["session"],
    ("metadata", "mlflow.trace.user"): TRACE["user"],
    ("issue", "id"): Keyed(Store.ISSUE, "id"),
    ("issue", "name"): Keyed(Store.ISSUE, "name"),
    ("tag", "mlflow.traceName"): TRACE["name"],
}
_RUN = Keyed(Store.METADATA, "mlflow.sourceRun")
"""`run_id`: which run of MLflow's a trace began in."""


def trace_field_name(name: str) -> str:
    """The name of a field of the trace for any of its names: `timestamp_ms` is `start`. Other names stay."""
    return _TRACE_NAMES.get(name, name)


def is_of_trace(name: str) -> bool:
    """Whether `trace.` before this name makes it a field."""
    return name in TRACE or name in _TRACE_NAMES


def resolve(name: Name, hops: int = 0) -> Field:
    """What `name` means. Raises FilterError for a field that cannot exist; a raw attribute always can."""
    if known := _MLFLOW_KEYS.get((name.scope, name.name)):
        return known
    match name.scope:
        case "trace":
            return _trace_field(name)
        case "attr":
            return SPAN["ttft"] if name.name == "llm.ttft_ms" else Attribute(name.name)
        case "input" | "output" if '"' in name.name or "\0" in name.name:
            raise FilterError("a part of inputs or outputs is named without quotes and NUL", name.column)
        case "tag" | "metadata" | "event" | "input" | "output" | "feedback" | "expectation":
            return Keyed(Store(name.scope), name.name)
        case "issue":
            raise FilterError(f"an issue has no `{name.name}`", name.column, ("issue.id", "issue.name"))
        case "resource" if name.name in _DEPLOYMENT_NAMES:
            return Keyed(Store.METADATA, _DEPLOYMENT_NAMES[name.name])
        case "resource":
            found = PROCESS.get(_RESOURCE_NAMES.get(name.name, name.name))
            if found is None:
                expected = tuple(f"resource.{known}" for known in PROCESS)
                raise FilterError(f"resource.{name.name} is not recorded", name.column, expected)
            return found
        case "root" | "parent":
            return _relative(name, hops)
        case _:
            return _span_field(name)


def _span_field(name: Name) -> Field:
    plain = name.name
    if name.scope == "span" and plain == "type":
        return SPAN_TYPE
    if plain in ("input", "inputs", "output", "outputs"):
        return Document("inputs" if plain.startswith("in") else "outputs")
    if name.scope == "span" and plain in ("content", "text"):
        return Everywhere()
    if plain in SPAN or plain in _SPAN_NAMES:
        return SPAN[_SPAN_NAMES.get(plain, plain)]
    if plain in _BARE_TRACE_NAMES and not name.scope:
        return _trace_field(name)
    if plain == "run_id" and not name.scope:
        return _RUN
    return Attribute(plain)


def _trace_field(name: Name) -> Field:
    if name.name in ("text", "content"):
        return Everywhere()
    if name.name == "run_id":
        return _RUN
    found = TRACE.get(trace_field_name(name.name))
    if found is None:
        expected = tuple(f"trace.{known}" for known in TRACE)
        raise FilterError(f"a trace has no field `{name.name}`", name.column, expected)
    return found


def _relative(name: Name, hops: int) -> Field:
    if hops == MAX_HOPS:
        raise FilterError(f"a field reaches at most {MAX_HOPS} spans away", name.column)
    scope, rest = split_scope(name.name)
    return Relative(name.scope, resolve(Name(scope, rest, name.column), hops + 1))
