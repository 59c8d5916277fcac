"""The one table of attribute dialects: which attribute of which SDK gives which normal column.

Names were read from the packages: OpenTelemetry semantic conventions 0.66b2 (GenAI), OpenInference 0.1.42,
MLflow 3.17.2, Langfuse 5.0.4, Traceloop 0.5.1. They move: add a line, raise `VERSION`, and the file can be
derived again from its raw attributes, which are stored as they came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from . import span_kinds
from .conversions import number, object_of, seconds_as_ms, text, total_of
from .span_kinds import kind
from .token_counts import count, from_langfuse, from_mlflow, from_usage, settle

VERSION = 5
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
    "cost_covers_below",
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


class Derivation(NamedTuple):
    """How the attributes of one list of names give normal columns."""

    columns: Sequence[tuple[str, int, Callable[[Any], Any], Sequence[tuple[int, Callable[[Any], Any]]]]]
    """Each column they give, with the place and conversion to try first, and those to try in turn after it."""
    objects: Sequence[tuple[int, Callable[[Any], dict[str, Any]]]]
    """Places of attributes that hold several counts at once; they fill the columns that nothing else gave."""
    is_to_settle: bool
    """Whether there may be cached tokens, totals or parts of a cost."""
    cached_is_beside: bool
    """Whether cached tokens are counted beside the input."""

    def __bool__(self) -> bool:
        return bool(self.columns or self.objects)


_CLAUDE_CODE_INPUT = "input_tokens"
"""Claude Code's own name: as Anthropic's API it counts cached tokens beside these."""

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
            "otel.kind",
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
            "model",
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
            "llm.usage.prompt_tokens",
            "ai.usage.inputTokens",
            "ai.usage.promptTokens",
            _CLAUDE_CODE_INPUT,
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
            "llm.usage.completion_tokens",
            "ai.usage.outputTokens",
            "ai.usage.completionTokens",
            "output_tokens",
        ),
    ),
    (
        "cache_read_tokens",
        count,
        (
            "gen_ai.usage.cache_read.input_tokens",
            "gen_ai.usage.cache_read_input_tokens",
            "gen_ai.usage.details.cache_read_tokens",
            "gen_ai.usage.details.cache_read_input_tokens",
            "llm.token_count.prompt_details.cache_read",
            "llm.usage.cache_read_input_tokens",
            "ai.usage.cachedInputTokens",
            "cache_read_tokens",
        ),
    ),
    (
        "cache_write_tokens",
        count,
        (
            "gen_ai.usage.cache_write.input_tokens",
            "gen_ai.usage.cache_creation.input_tokens",
            "gen_ai.usage.cache_creation_input_tokens",
            "gen_ai.usage.details.cache_write_tokens",
            "gen_ai.usage.details.cache_creation_input_tokens",
            "llm.token_count.prompt_details.cache_write",
            "llm.usage.cache_creation_input_tokens",
            "cache_creation_tokens",
        ),
    ),
    (
        "reasoning_tokens",
        count,
        (
            "gen_ai.usage.reasoning.output_tokens",
            "gen_ai.usage.reasoning_tokens",
            "gen_ai.usage.details.reasoning_tokens",
            "llm.token_count.completion_details.reasoning",
            "llm.usage.reasoning_tokens",
            "ai.usage.reasoningTokens",
        ),
    ),
    (
        "total_tokens",
        count,
        (
            "gen_ai.usage.total_tokens",
            "llm.token_count.total",
            "llm.usage.total_tokens",
            "ai.usage.totalTokens",
        ),
    ),
    ("input_audio_tokens", count, ("llm.token_count.prompt_details.audio",)),
    ("output_audio_tokens", count, ("llm.token_count.completion_details.audio",)),
    (
        "cost_usd",
        number,
        (
            "llm.cost.total",
            "llm.cost_usd",
            "gen_ai.usage.cost",
            "gen_ai.cost.total_cost",
            "cost_usd",
        ),
    ),
    ("input_cost_usd", number, ("llm.cost.prompt", "gen_ai.cost.input_cost", "gen_ai.usage.input_cost")),
    ("output_cost_usd", number, ("llm.cost.completion", "gen_ai.cost.output_cost", "gen_ai.usage.output_cost")),
    (
        "ttft_ms",
        number,
        ("llm.ttft_ms", "ai.response.msToFirstChunk", "ai.observability.generation.time_to_first_token_ms"),
    ),
    ("chunk_count", count, ("llm.chunk_count",)),
    (
        "session_id",
        text,
        (
            "session.id",
            "gen_ai.conversation.id",
            "gcp.vertex.agent.session_id",
            "traceloop.association.properties.session_id",
            "lmnr.association.properties.session_id",
        ),
    ),
    ("user_id", text, ("user.id", "enduser.id", "llm.user", "gen_ai.user", "lmnr.association.properties.user_id")),
)

_model_asked_for = object_of(lambda given: next(filter(None, map(text, map(given.get, ("model", "model_name")))), None))
"""From what a call was given: an instrumentor may take the model from the answer alone, and a call may have none."""


def _above_zero(value: Any) -> float | None:
    """A cost as Pydantic AI gives it: 0 for the tokens of a stream that was left, which nobody has counted."""
    return number(value) or None


_CONVERTED: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
    ("ttft_ms", "gen_ai.response.time_to_first_chunk", seconds_as_ms),
    ("ttft_ms", "gen_ai.response.time_to_first_token", seconds_as_ms),
    ("ttft_ms", "gen_ai.client.operation.time_to_first_chunk", seconds_as_ms),
    ("kind", "llm.invocation_parameters", lambda _: "LLM"),
    ("kind", "embedding.invocation_parameters", lambda _: "EMBEDDING"),
    *(("kind", key, convert) for key, convert in span_kinds.CONVERTED.items()),
    ("model", "llm.invocation_parameters", _model_asked_for),
    ("model", "embedding.invocation_parameters", _model_asked_for),
    ("cost_usd", "operation.cost", _above_zero),
    ("cost_usd", "mlflow.llm.cost", object_of(total_of("total_cost"))),
    ("cost_usd", "langfuse.observation.cost_details", object_of(total_of("total"))),
)
"""Sources whose unit or shape differs from their column's; they come after those above. OpenInference's instrumentors
tell the kind when a call has ended, and never for some that were cancelled: what a call was given tells it before."""

_OBJECTS: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "mlflow.chat.tokenUsage": object_of(from_mlflow, {}),
    "langfuse.observation.usage_details": object_of(from_langfuse, {}),
    "gen_ai.usage": object_of(from_usage, {}),
    "llm.usage": object_of(from_usage, {}),
    "usage": object_of(from_usage, {}),
}
"""Attributes that hold several counts: those of an SDK, or the usage object of a model's answer as it came."""

_TO_SETTLE = frozenset({"cache_read_tokens", "cache_write_tokens", "total_tokens", "input_cost_usd", "output_cost_usd"})


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
    keys = list(keys)
    ranked: dict[str, list[tuple[int, int, Callable[[Any], Any]]]] = {}
    for place, key in enumerate(keys):
        for source in SOURCES.get(key, ()):
            ranked.setdefault(source.column, []).append((source.rank, place, source.convert))
    objects = [(place, take) for place, key in enumerate(keys) if (take := _OBJECTS.get(key)) is not None]
    inputs = [keys[place] for _, place, _ in sorted(ranked.get("input_tokens", []), key=itemgetter(0))]
    return Derivation(
        [
            (column, place, convert, others)
            for column, found in ranked.items()
            for (place, convert), *others in [[one[1:] for one in sorted(found, key=itemgetter(0))]]
        ],
        objects,
        is_to_settle=bool(objects) or not _TO_SETTLE.isdisjoint(ranked),
        cached_is_beside=inputs[:1] == [_CLAUDE_CODE_INPUT],
    )


def derive(how: Derivation, values: Sequence[Any]) -> dict[str, Any]:
    """The normal columns that the values of attributes give.

    Those of `COLUMNS`, `TRACE_COLUMNS` and `kind`, and what only a price asks for: cache_write_1h_tokens,
    input_audio_tokens, output_audio_tokens. Token counts are in the normal form of `token_counts`.
    """
    columns: dict[str, Any] = {}
    for column, first_place, first_convert, others in how.columns:
        value = first_convert(values[first_place])
        if value is None:
            value = next((found for place, convert in others if (found := convert(values[place])) is not None), None)
        if value is not None:
            columns[column] = value
    covers_below = "cost_usd" in columns
    for place, take in how.objects:
        columns = take(values[place]) | columns
    if how.is_to_settle:
        settle(columns, cached_is_beside=how.cached_is_beside)
        parts = [columns[part] for part in ("input_cost_usd", "output_cost_usd") if part in columns]
        if parts and "cost_usd" not in columns:
            columns["cost_usd"] = sum(parts)
            covers_below = True
    if covers_below:
        columns["cost_covers_below"] = 1
    return columns


def is_source(key: str) -> bool:
    """Whether an attribute of this name gives a normal column."""
    return key in SOURCES or key in _OBJECTS


def is_cost_given(attributes: Mapping[str, Any]) -> bool:
    """Whether the attributes of a span tell its cost; a span that has one without that had it computed."""
    return "cost_usd" in derive(derivation(attributes), list(attributes.values()))
