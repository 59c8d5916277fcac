"""The tables of `dialects`: which attribute of which SDK sets which normal column.

Names were read from the packages: OpenTelemetry semantic conventions 0.66b2 (GenAI), OpenInference 0.1.42,
MLflow 3.17.2, Langfuse 5.0.4, Traceloop 0.5.1. Increase `dialects.VERSION` when you add a name.

Some columns are not in the file, only `dialects.derive` uses them: `explicit_model` (MLflow's attribute), `named_model`
(the name is of the request in one SDK and of the response in another), `asked_tier`, `total_tokens`, the two parts of a
cost, and the parts of counts that have prices of their own (see `token_counts`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import span_kinds
from .attribute_values import (
    number,
    object_of,
    one_if_true,
    seconds_as_ms,
    text,
    total_of,
)
from .service_tiers import tier
from .span_kinds import kind
from .token_counts import count, from_langfuse, from_mlflow, from_usage
from .whole_answers import columns_from_json

CLAUDE_CODE_INPUT = "input_tokens"
"""Claude Code's attribute, which excludes cached tokens, like Anthropic's API."""

SIMPLE: tuple[tuple[str, Callable[[Any], Any], tuple[str, ...]], ...] = (
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
            "gen_ai.request.model",
            "llm.request.model_name",
            "langfuse.observation.model.name",
            "ai.model.id",
            "llm.model",
            "model",
        ),
    ),
    ("explicit_model", text, ("mlflow.llm.model",)),
    ("named_model", text, ("llm.model_name", "embedding.model_name")),
    ("response_model", text, ("gen_ai.response.model", "llm.response.model_name", "ai.response.model")),
    ("provider", text, ("mlflow.llm.provider", "gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system")),
    (
        "service_tier",
        tier,
        ("openai.response.service_tier", "gen_ai.openai.response.service_tier", "anthropic.response.service_tier"),
    ),
    (
        "asked_tier",
        tier,
        ("openai.request.service_tier", "gen_ai.openai.request.service_tier", "anthropic.request.service_tier"),
    ),
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
            CLAUDE_CODE_INPUT,
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
            "gen_ai.usage.cache_read_tokens",
            "gen_ai.usage.details.cache_read_tokens",
            "gen_ai.usage.details.cache_read_input_tokens",
            "llm.token_count.prompt_details.cache_read",
            "llm.usage.cache_read_input_tokens",
            "ai.usage.cachedInputTokens",
            "ai.usage.inputTokenDetails.cacheReadTokens",
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
            "gen_ai.usage.cache_write_tokens",
            "gen_ai.usage.cache_creation_tokens",
            "gen_ai.usage.details.cache_write_tokens",
            "gen_ai.usage.details.cache_creation_input_tokens",
            "llm.token_count.prompt_details.cache_write",
            "llm.usage.cache_creation_input_tokens",
            "ai.usage.inputTokenDetails.cacheWriteTokens",
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
            "ai.usage.outputTokenDetails.reasoningTokens",
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
    (
        "cache_write_1h_tokens",
        count,
        (
            "gen_ai.usage.details.ephemeral_1h_input_tokens",
            "anthropic.usage.cache_creation.ephemeral_1h_input_tokens",
        ),
    ),
    (
        "input_audio_tokens",
        count,
        (
            "gen_ai.usage.audio.input_tokens",
            "llm.token_count.prompt_details.audio",
            "gen_ai.usage.details.input_audio_tokens",
        ),
    ),
    (
        "output_audio_tokens",
        count,
        (
            "gen_ai.usage.audio.output_tokens",
            "llm.token_count.completion_details.audio",
            "gen_ai.usage.details.output_audio_tokens",
        ),
    ),
    ("input_image_tokens", count, ("gen_ai.usage.image.input_tokens",)),
    ("output_image_tokens", count, ("gen_ai.usage.image.output_tokens",)),
    ("cache_read_audio_tokens", count, ("gen_ai.usage.audio.cache_read.input_tokens",)),
    ("cache_read_image_tokens", count, ("gen_ai.usage.image.cache_read.input_tokens",)),
    ("text_input_tokens", count, ("gen_ai.usage.text.input_tokens",)),
    ("text_output_tokens", count, ("gen_ai.usage.text.output_tokens",)),
    ("text_cache_read_tokens", count, ("gen_ai.usage.text.cache_read.input_tokens",)),
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
    ("answer_id", text, ("tracetui.answer.id",)),
    ("answer_is_elsewhere", one_if_true, ("tracetui.answer.is_elsewhere",)),
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
"""The model in the arguments of a call: an instrumentor may report only the model of the response."""


def _above_zero(value: Any) -> float | None:
    """Return a cost of Pydantic AI, which is 0 for an abandoned stream whose tokens were not counted."""
    return number(value) or None


CONVERTED: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
    ("ttft_ms", "gen_ai.response.time_to_first_chunk", seconds_as_ms),
    ("ttft_ms", "gen_ai.response.time_to_first_token", seconds_as_ms),
    ("ttft_ms", "gen_ai.client.operation.time_to_first_chunk", seconds_as_ms),
    ("kind", "llm.invocation_parameters", lambda _: "LLM"),
    ("kind", "embedding.invocation_parameters", lambda _: "EMBEDDING"),
    *(("kind", key, convert) for key, convert in span_kinds.CONVERTED.items()),
    ("asked_tier", "llm.invocation_parameters", object_of(lambda given: tier(given.get("service_tier")))),
    ("model", "llm.invocation_parameters", _model_asked_for),
    ("model", "embedding.invocation_parameters", _model_asked_for),
    ("explicit_cost_usd", "mlflow.llm.cost", object_of(total_of("total_cost"))),
    ("cost_usd", "operation.cost", _above_zero),
    ("cost_usd", "langfuse.observation.cost_details", object_of(total_of("total"))),
)
"""Attributes whose unit or shape differs from their column; they rank behind `SIMPLE`. OpenInference's instrumentors
set the kind when a call ends, and never on some cancelled calls; the arguments of the call exist before."""

OBJECTS: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "langfuse.observation.usage_details": object_of(from_langfuse, {}),
    "gen_ai.usage": object_of(from_usage, {}),
    "llm.usage": object_of(from_usage, {}),
    "usage": object_of(from_usage, {}),
}
"""Attributes with several counts: an object of an SDK, or the usage object of a response. They set the columns that no
other attribute has set."""

ANSWERS: Mapping[str, Callable[[Any], dict[str, Any]]] = {"output.value": columns_from_json}
"""Attributes with the whole response of a model call, which has more than the attributes of an instrumentor. They set
the columns that no other attribute has set, on spans of model calls."""

EXPLICIT: Mapping[str, Callable[[Any], dict[str, Any]]] = {"mlflow.chat.tokenUsage": object_of(from_mlflow, {})}
"""Attributes that override all others: a program sets them on purpose."""

MODALITIES = (
    ("input_tokens", "text_input_tokens", ("input_image_tokens", "input_audio_tokens")),
    ("output_tokens", "text_output_tokens", ("output_image_tokens", "output_audio_tokens")),
    ("cache_read_tokens", "text_cache_read_tokens", ("cache_read_image_tokens", "cache_read_audio_tokens")),
)
"""A count, its part that is text, and its other parts."""

SCOPE = "otel.scope.name"
LITELLM = "openinference.instrumentation.litellm"
"""The scope of LiteLLM, which prefixes the model with the provider (`openai/gpt-4o`) and has a provider attribute."""
