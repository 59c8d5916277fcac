"""MLflow's reserved keys, as `mlflow.tracing.constant` has them."""

from __future__ import annotations


class SpanAttributeKey:
    """Attributes of a span that have a meaning."""

    EXPERIMENT_ID = "mlflow.experimentId"
    REQUEST_ID = "mlflow.traceRequestId"
    INPUTS = "mlflow.spanInputs"
    OUTPUTS = "mlflow.spanOutputs"
    SPAN_TYPE = "mlflow.spanType"
    FUNCTION_NAME = "mlflow.spanFunctionName"
    START_TIME_NS = "mlflow.spanStartTimeNs"
    DESCRIPTION = "mlflow.spanDescription"
    LOG_LEVEL = "mlflow.spanLogLevel"
    CHAT_TOOLS = "mlflow.chat.tools"
    CHAT_USAGE = "mlflow.chat.tokenUsage"
    LLM_COST = "mlflow.llm.cost"
    MODEL = "mlflow.llm.model"
    MODEL_PROVIDER = "mlflow.llm.provider"
    MESSAGE_FORMAT = "mlflow.message.format"
    INTERMEDIATE_OUTPUTS = "mlflow.trace.intermediate_outputs"
    LINKED_PROMPTS = "mlflow.linkedPrompts"
    LINKED_GATEWAY_TRACE_ID = "mlflow.gateway.linkedTraceId"
    TRACE_TAG_PREFIX = "mlflow.traceTag."
    USER_ID = "user.id"
    SESSION_ID = "session.id"


class TokenUsageKey:
    """Entries of `SpanAttributeKey.CHAT_USAGE` and of `trace.info.token_usage`."""

    INPUT_TOKENS = "input_tokens"
    OUTPUT_TOKENS = "output_tokens"
    TOTAL_TOKENS = "total_tokens"
    CACHE_READ_INPUT_TOKENS = "cache_read_input_tokens"
    CACHE_CREATION_INPUT_TOKENS = "cache_creation_input_tokens"
    CACHE_CREATION_INPUT_TOKENS_ABOVE_1HR = "cache_creation_input_tokens_above_1hr"


class CostKey:
    """Entries of `SpanAttributeKey.LLM_COST` and of `trace.info.cost`, in US dollars."""

    INPUT_COST = "input_cost"
    OUTPUT_COST = "output_cost"
    TOTAL_COST = "total_cost"


class TraceMetadataKey:
    """Metadata of a trace that has a meaning."""

    INPUTS = "mlflow.traceInputs"
    OUTPUTS = "mlflow.traceOutputs"
    SOURCE_RUN = "mlflow.sourceRun"
    MODEL_ID = "mlflow.modelId"
    TRACE_USER = "mlflow.trace.user"
    TRACE_SESSION = "mlflow.trace.session"
    TOKEN_USAGE = "mlflow.trace.tokenUsage"
    COST = "mlflow.trace.cost"
    SIZE_BYTES = "mlflow.trace.sizeBytes"
    SIZE_STATS = "mlflow.trace.sizeStats"
    TRACE_INFO_FINALIZED = "mlflow.trace.infoFinalized"


class TraceTagKey:
    """Tags of a trace that have a meaning."""

    TRACE_NAME = "mlflow.traceName"
    LINKED_PROMPTS = "mlflow.linkedPrompts"
    EVAL_REQUEST_ID = "mlflow.eval.requestId"
    SPANS_LOCATION = "mlflow.trace.spansLocation"
    SOURCE_SCORER_NAME = "mlflow.trace.sourceScorer"
