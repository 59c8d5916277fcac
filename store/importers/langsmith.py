"""LangSmith's runs: the JSON of `Run` in its SDK and API, one in each line, with or without children.

The id of a run is a UUID; the digest of the UUID is the id of its span.
https://docs.langchain.com/langsmith/run-data-format
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any

from ..exchange.document import Batch, Batches, FormatError, Refuse, Resource, SpanDocument, TraceDocument, signed
from ..exchange.fields import entries, items, text
from ..model.rows import ERROR, NO_STATUS, OK, UNSET
from .foreign_ids import iso_ns, trace_key

_KINDS = {
    "llm": "LLM",
    "chain": "CHAIN",
    "tool": "TOOL",
    "retriever": "RETRIEVER",
    "embedding": "EMBEDDING",
    "parser": "PARSER",
    "prompt": "PROMPT",
}
_STATUSES = {"success": OK, "error": ERROR}
_SESSIONS = ("session_id", "thread_id", "conversation_id")
"""Metadata by which LangSmith groups runs to threads, the first that is there."""

_NS_PER_MS = 1_000_000


def is_langsmith(document: Any) -> bool:
    """Whether a JSON document is a run, or a list of runs."""
    first = document[0] if isinstance(document, list) and document else document
    return isinstance(first, Mapping) and {"id", "run_type", "start_time"} <= first.keys()


def read(document: Any, refuse: Refuse) -> Batches:
    """Return the spans of runs and of their children."""
    for run in _with_children(document if isinstance(document, list) else [document]):
        try:
            yield _batch(entries(run, "a run"))
        except FormatError as error:
            refuse(str(error))


def _with_children(runs: list[Any]) -> Iterator[Any]:
    waiting = runs[::-1]
    while waiting:
        run = waiting.pop()
        yield run
        if isinstance(run, Mapping) and isinstance(run.get("child_runs"), list):
            waiting += run["child_runs"][::-1]


def _batch(run: Mapping[str, Any]) -> Batch:
    trace_id = trace_key(run.get("trace_id") or run.get("id"), "trace_id")
    metadata = entries(entries(run.get("extra"), "extra").get("metadata"), "metadata")
    session = next((str(metadata[name]) for name in _SESSIONS if metadata.get(name)), None)
    labels = TraceDocument(trace_id, session_id=session, user_id=text(metadata.get("user_id")) or None)
    if not run.get("parent_run_id"):
        labels.tags = {str(tag): "" for tag in items(run.get("tags"), "tags")}
    return Batch(Resource(text(run.get("session_name")) or "langsmith"), [_span(run, trace_id, metadata)], [labels])


def _span(run: Mapping[str, Any], trace_id: bytes, metadata: Mapping[str, Any]) -> SpanDocument:
    start_ns = iso_ns(run.get("start_time"), "start_time")
    end_ns = max(start_ns, iso_ns(run["end_time"], "end_time")) if run.get("end_time") else None
    error = text(run.get("error"))
    parent = run.get("parent_run_id")
    status = ERROR if error else _STATUSES.get(text(run.get("status")), NO_STATUS)
    return SpanDocument(
        trace_id,
        _key(run.get("id")),
        _key(parent) if parent else None,
        text(run.get("name")) or text(run.get("run_type")),
        start_ns,
        end_ns,
        kind=_KINDS.get(text(run.get("run_type")), "UNKNOWN"),
        status=None if end_ns is None else status,
        status_message=error or None,
        attributes=_attributes(run, metadata, start_ns),
        inputs=UNSET if run.get("inputs") in (None, {}) else run["inputs"],
        outputs=UNSET if run.get("outputs") in (None, {}) else run["outputs"],
        events=[
            {
                "name": text(event.get("name")),
                "time_ns": iso_ns(event["time"], "time of an event") if event.get("time") else start_ns,
                "attributes": dict(entries(event.get("kwargs"), "kwargs of an event")),
            }
            for event in items(run.get("events"), "events")
            if isinstance(event, Mapping) and event.get("name") not in ("start", "end")
        ],
        is_entry=not parent,
    )


def _attributes(run: Mapping[str, Any], metadata: Mapping[str, Any], start_ns: int) -> dict[str, Any]:
    found: dict[str, Any] = {f"langsmith.metadata.{key}": value for key, value in metadata.items()}
    if run.get("run_type") in ("llm", "embedding"):
        extra = entries(run.get("extra"), "extra")
        asked = entries(extra.get("invocation_params"), "invocation_params")
        usage = _usage(run)
        found |= {
            "gen_ai.request.model": metadata.get("ls_model_name") or asked.get("model") or asked.get("model_name"),
            "gen_ai.provider.name": metadata.get("ls_provider"),
            "gen_ai.usage.input_tokens": usage.get("input_tokens", run.get("prompt_tokens")),
            "gen_ai.usage.output_tokens": usage.get("output_tokens", run.get("completion_tokens")),
            "gen_ai.usage.cache_read.input_tokens": _detail(usage, "input_token_details", "cache_read"),
            "gen_ai.usage.cache_creation.input_tokens": _detail(usage, "input_token_details", "cache_creation"),
            "gen_ai.usage.reasoning.output_tokens": _detail(usage, "output_token_details", "reasoning"),
            "cost_usd": _number(run.get("total_cost")),
        }
        if run.get("first_token_time"):
            first_ns = iso_ns(run["first_token_time"], "first_token_time")
            found["llm.ttft_ms"] = max(0, first_ns - start_ns) / _NS_PER_MS
    return {key: value for key, value in found.items() if value is not None}


def _usage(run: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the `usage_metadata` of the outputs or of the metadata, empty where there is none."""
    extra = entries(run.get("extra"), "extra")
    for place in (run.get("outputs"), extra.get("metadata")):
        if isinstance(place, Mapping) and isinstance(place.get("usage_metadata"), Mapping):
            return entries(place["usage_metadata"], "usage_metadata")
    return {}


def _detail(usage: Mapping[str, Any], group: str, name: str) -> Any:
    details = usage.get(group)
    return details.get(name) if isinstance(details, Mapping) else None


def _number(value: Any) -> float | None:
    """Return a number that JSON has as a number or a text."""
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        return None


def _key(id: Any) -> int:
    if not isinstance(id, str) or not id:
        raise FormatError(f"the id of a run is missing or no text: {id!r:.60}")
    return signed(int.from_bytes(blake2b(id.lower().encode(errors="surrogatepass"), digest_size=8).digest()))
