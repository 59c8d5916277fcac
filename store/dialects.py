"""The one table of attribute dialects: which attribute of which SDK gives which normal column.

Names were read from the packages: OpenTelemetry semantic conventions 0.66b2 (GenAI), OpenInference 0.1.42,
MLflow 3.17.2, Langfuse 5.0.4, Traceloop 0.5.1. They move: add a line, raise `VERSION`, and the file can be
derived again from its raw attributes, which are stored as they came.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

VERSION = 1
"""Of the table below."""

COLUMNS = (
    "model",
    "provider",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "cost_usd",
    "ttft_ms",
    "chunk_count",
)
"""Derived columns of the `span` table, in its order."""

TRACE_COLUMNS = ("session_id", "user_id")
"""Derived columns of the `trace` table."""


class Source(NamedTuple):
    """One attribute that gives one column."""

    column: str
    rank: int
    """Among the sources of a column the smallest rank that gives a value wins."""
    convert: Callable[[Any], Any]


Derivation = Sequence[tuple[str, Sequence[tuple[int, Callable[[Any], Any]]]]]
"""For one list of attribute names: each column they give, with the places and conversions to try in turn."""


def number(value: Any) -> float | None:
    """A finite number, from a number or a numeric string."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    return value if isinstance(value, int | float) and math.isfinite(value) else None


def count(value: Any) -> int | None:
    """A whole number that is not negative."""
    if type(value) is int:
        return value if 0 <= value < 2**62 else None
    amount = number(value)
    return int(amount) if amount is not None and 0 <= amount < 2**62 else None


def text(value: Any) -> str | None:
    """A string that is not empty; numbers become text."""
    if type(value) is str:
        return value or None
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) and value != "" else None


def seconds_as_ms(value: Any) -> float | None:
    """Milliseconds from seconds."""
    amount = number(value)
    return None if amount is None else amount * 1e3


def entry(name: str, convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """From one entry of an object, or of a string that holds one as JSON (MLflow and Langfuse write those)."""

    def take(value: Any) -> Any:
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                return None
        return convert(value.get(name)) if isinstance(value, Mapping) else None

    return take


_KINDS = {
    "chat": "LLM",
    "text_completion": "LLM",
    "generate_content": "LLM",
    "generation": "LLM",
    "embeddings": "EMBEDDING",
    "embedding": "EMBEDDING",
    "retrieval": "RETRIEVER",
    "retriever": "RETRIEVER",
    "execute_tool": "TOOL",
    "tool": "TOOL",
    "invoke_agent": "AGENT",
    "create_agent": "AGENT",
    "agent": "AGENT",
    "chain": "CHAIN",
    "llm": "LLM",
    "reranker": "RERANKER",
    "guardrail": "GUARDRAIL",
    "evaluator": "EVALUATOR",
    "parser": "PARSER",
    "memory": "MEMORY",
    "workflow": "WORKFLOW",
    "invoke_workflow": "WORKFLOW",
    "task": "TASK",
    "chat_model": "CHAT_MODEL",
    "decision": "DECISION",
    "prompt": "PROMPT",
    "server": "SERVER",
    "client": "CLIENT",
    "producer": "PRODUCER",
    "consumer": "CONSUMER",
}


def kind(value: Any) -> str | None:
    """Our span kind for another dialect's."""
    return _KINDS.get(value.strip('"').lower()) if isinstance(value, str) else None


_SOURCES: tuple[tuple[str, Callable[[Any], Any], tuple[str, ...]], ...] = (
    (
        "kind",
        kind,
        (
            "mlflow.spanType",
            "openinference.span.kind",
            "gen_ai.operation.name",
            "langfuse.observation.type",
            "traceloop.span.kind",
            "span.kind",
        ),
    ),
    (
        "model",
        text,
        (
            "gen_ai.response.model",
            "gen_ai.request.model",
            "llm.response.model_name",
            "llm.model_name",
            "llm.request.model_name",
            "llm.model",
            "embedding.model_name",
            "mlflow.llm.model",
            "langfuse.observation.model.name",
            "ai.model.id",
        ),
    ),
    ("provider", text, ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system", "mlflow.llm.provider")),
    (
        "input_tokens",
        count,
        (
            "gen_ai.usage.input_tokens",
            "gen_ai.usage.prompt_tokens",
            "llm.token_count.prompt",
            "llm.usage.input_tokens",
            "ai.usage.promptTokens",
        ),
    ),
    (
        "output_tokens",
        count,
        (
            "gen_ai.usage.output_tokens",
            "gen_ai.usage.completion_tokens",
            "llm.token_count.completion",
            "llm.usage.output_tokens",
            "ai.usage.completionTokens",
        ),
    ),
    (
        "cache_read_tokens",
        count,
        (
            "gen_ai.usage.cache_read.input_tokens",
            "gen_ai.usage.cache_read_input_tokens",
            "llm.token_count.prompt_details.cache_read",
        ),
    ),
    (
        "cache_write_tokens",
        count,
        (
            "gen_ai.usage.cache_write.input_tokens",
            "gen_ai.usage.cache_creation.input_tokens",
            "gen_ai.usage.cache_creation_input_tokens",
            "llm.token_count.prompt_details.cache_write",
        ),
    ),
    (
        "reasoning_tokens",
        count,
        ("gen_ai.usage.reasoning.output_tokens", "llm.token_count.completion_details.reasoning"),
    ),
    ("cost_usd", number, ("llm.cost.total", "llm.cost_usd", "cost_usd")),
    (
        "ttft_ms",
        number,
        ("llm.ttft_ms", "ai.response.msToFirstChunk", "ai.observability.generation.time_to_first_token_ms"),
    ),
    ("chunk_count", count, ("llm.chunk_count",)),
    ("session_id", text, ("session.id", "gen_ai.conversation.id", "traceloop.association.properties.session_id")),
    ("user_id", text, ("user.id", "enduser.id", "llm.user", "gen_ai.user")),
)

_CONVERTED: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
    ("ttft_ms", "gen_ai.response.time_to_first_chunk", seconds_as_ms),
    ("ttft_ms", "gen_ai.response.time_to_first_token", seconds_as_ms),
    ("input_tokens", "mlflow.chat.tokenUsage", entry("input_tokens", count)),
    ("output_tokens", "mlflow.chat.tokenUsage", entry("output_tokens", count)),
    ("cache_read_tokens", "mlflow.chat.tokenUsage", entry("cache_read_input_tokens", count)),
    ("cache_write_tokens", "mlflow.chat.tokenUsage", entry("cache_creation_input_tokens", count)),
    ("cost_usd", "mlflow.llm.cost", entry("total_cost", number)),
    ("input_tokens", "langfuse.observation.usage_details", entry("input", count)),
    ("output_tokens", "langfuse.observation.usage_details", entry("output", count)),
    ("cost_usd", "langfuse.observation.cost_details", entry("total", number)),
)
"""Sources whose unit or shape differs from their column's; they come after those above."""


def _sources() -> dict[str, list[Source]]:
    sources: dict[str, list[Source]] = {}
    for column, convert, keys in _SOURCES:
        for rank, key in enumerate(keys):
            sources.setdefault(key, []).append(Source(column, rank, convert))
    for rank, (column, key, convert) in enumerate(_CONVERTED, start=100):
        sources.setdefault(key, []).append(Source(column, rank, convert))
    return sources


SOURCES: Mapping[str, Sequence[Source]] = _sources()
"""Attribute key -> the columns it gives."""


def derivation(keys: Iterable[str]) -> Derivation:
    """How attributes of these names, in this order, give normal columns: worked out once for a kind of span."""
    ranked: dict[str, list[tuple[int, int, Callable[[Any], Any]]]] = {}
    for place, key in enumerate(keys):
        for source in SOURCES.get(key, ()):
            ranked.setdefault(source.column, []).append((source.rank, place, source.convert))
    return [
        (column, [(place, convert) for _, place, convert in sorted(found, key=itemgetter(0))])
        for column, found in ranked.items()
    ]


def derive(how: Derivation, values: Sequence[Any]) -> dict[str, Any]:
    """The normal columns, of `COLUMNS`, `TRACE_COLUMNS` and `kind`, that the values of attributes give."""
    columns: dict[str, Any] = {}
    for column, sources in how:
        for place, convert in sources:
            value = convert(values[place])
            if value is not None:
                columns[column] = value
                break
    return columns
