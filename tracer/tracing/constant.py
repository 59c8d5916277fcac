"""MLflow's reserved keys, as `mlflow.tracing.constant` has them."""

from __future__ import annotations


class SpanAttributeKey:
    """Attributes of a span that have a meaning."""

    INPUTS = "mlflow.spanInputs"
    OUTPUTS = "mlflow.spanOutputs"
    SPAN_TYPE = "mlflow.spanType"
    FUNCTION_NAME = "mlflow.spanFunctionName"
    DESCRIPTION = "mlflow.spanDescription"
    LOG_LEVEL = "mlflow.spanLogLevel"
    CHAT_TOOLS = "mlflow.chat.tools"
    CHAT_USAGE = "mlflow.chat.tokenUsage"
    LLM_COST = "mlflow.llm.cost"
    MODEL = "mlflow.llm.model"
    MODEL_PROVIDER = "mlflow.llm.provider"
    MESSAGE_FORMAT = "mlflow.message.format"


class TokenUsageKey:
    """Entries of `SpanAttributeKey.CHAT_USAGE` and of `trace.info.token_usage`."""

    INPUT_TOKENS = "input_tokens"
    OUTPUT_TOKENS = "output_tokens"
    TOTAL_TOKENS = "total_tokens"
    CACHE_READ_INPUT_TOKENS = "cache_read_input_tokens"
    CACHE_CREATION_INPUT_TOKENS = "cache_creation_input_tokens"


class TraceMetadataKey:
    """Metadata of a trace that has a meaning."""

    TRACE_USER = "mlflow.trace.user"
    TRACE_SESSION = "mlflow.trace.session"
    TOKEN_USAGE = "mlflow.trace.tokenUsage"
    COST = "mlflow.trace.cost"


class TraceTagKey:
    """Tags of a trace that have a meaning."""

    TRACE_NAME = "mlflow.traceName"
