"""MLflow's reserved keys: the names of `mlflow.tracing.constant`, for programs that import them. We use a few."""

from __future__ import annotations

TRACE_REQUEST_ID_PREFIX = "tr-"
"""The prefix of a trace id, before its 32 hex digits."""

TRACE_ID_V4_PREFIX = "trace:/"
"""The prefix of a trace id in Unity Catalog: `trace:/catalog.schema/<id>`."""

ASSESSMENT_ID_PREFIX = "a-"

TRACE_SCHEMA_VERSION = 3
TRACE_SCHEMA_VERSION_KEY = "mlflow.trace_schema.version"

MAX_CHARS_IN_TRACE_INFO_METADATA = 250
"""The most characters of the inputs or outputs in the metadata of a trace."""

TRUNCATION_SUFFIX = "..."

STREAM_CHUNK_EVENT_NAME_FORMAT = "mlflow.chunk.item.{index}"
STREAM_CHUNK_EVENT_VALUE_KEY = "mlflow.chunk.value"


class SpanAttributeKey:
    """Attributes of a span that MLflow defines."""

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
    """Keys of `SpanAttributeKey.CHAT_USAGE` and of `trace.info.token_usage`."""

    INPUT_TOKENS = "input_tokens"
    OUTPUT_TOKENS = "output_tokens"
    TOTAL_TOKENS = "total_tokens"
    CACHE_READ_INPUT_TOKENS = "cache_read_input_tokens"
    CACHE_CREATION_INPUT_TOKENS = "cache_creation_input_tokens"
    CACHE_CREATION_INPUT_TOKENS_ABOVE_1HR = "cache_creation_input_tokens_above_1hr"

    @classmethod
    def cache_keys(cls) -> list[str]:
        """The keys for cached tokens."""
        return [
            cls.CACHE_READ_INPUT_TOKENS,
            cls.CACHE_CREATION_INPUT_TOKENS,
            cls.CACHE_CREATION_INPUT_TOKENS_ABOVE_1HR,
        ]

    @classmethod
    def all_keys(cls) -> list[str]:
        """All keys."""
        return [cls.INPUT_TOKENS, cls.OUTPUT_TOKENS, cls.TOTAL_TOKENS, *cls.cache_keys()]


class CostKey:
    """Keys of `SpanAttributeKey.LLM_COST` and of `trace.info.cost`. The values are US dollars."""

    INPUT_COST = "input_cost"
    OUTPUT_COST = "output_cost"
    TOTAL_COST = "total_cost"


class TraceMetadataKey:
    """Metadata of a trace that MLflow defines."""

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
    AUTH_USER_ID = "mlflow.auth.userId"
    AUTH_USERNAME = "mlflow.auth.username"
    GATEWAY_ENDPOINT_ID = "mlflow.gateway.endpointId"
    GATEWAY_REQUEST_TYPE = "mlflow.gateway.requestType"
    GATEWAY_CALLER = "mlflow.gateway.caller"


class TraceTagKey:
    """Tags of a trace that MLflow defines."""

    TRACE_NAME = "mlflow.traceName"
    LINKED_PROMPTS = "mlflow.linkedPrompts"
    EVAL_REQUEST_ID = "mlflow.eval.requestId"
    SPANS_LOCATION = "mlflow.trace.spansLocation"
    SOURCE_SCORER_NAME = "mlflow.trace.sourceScorer"
    ARCHIVE_LOCATION = "mlflow.trace.archiveLocation"


class TraceSizeStatsKey:
    """Keys of `TraceMetadataKey.SIZE_STATS`."""

    TOTAL_SIZE_BYTES = "total_size_bytes"
    NUM_SPANS = "num_spans"
    MAX_SPAN_SIZE_BYTES = "max"
    P25_SPAN_SIZE_BYTES = "p25"
    P50_SPAN_SIZE_BYTES = "p50"
    P75_SPAN_SIZE_BYTES = "p75"


class AssessmentMetadataKey:
    """Metadata of an assessment that MLflow defines."""

    SOURCE_RUN_ID = "mlflow.assessment.sourceRunId"
    JUDGE_COST = "mlflow.assessment.judgeCost"
    JUDGE_INPUT_TOKENS = "mlflow.assessment.judgeInputTokens"
    JUDGE_OUTPUT_TOKENS = "mlflow.assessment.judgeOutputTokens"
    SCORER_TRACE_ID = "mlflow.assessment.scorerTraceId"
    SCORER_NAME = "mlflow.assessment.scorerName"
    SCORER_VERSION = "mlflow.assessment.scorerVersion"
    ONLINE_SCORING_SESSION_ID = "mlflow.assessment.onlineScoringSessionId"


class GenAiSemconvKey:
    """Attributes of OpenTelemetry's GenAI conventions."""

    CONVERSATION_ID = "gen_ai.conversation.id"
    OPERATION_NAME = "gen_ai.operation.name"
    REQUEST_MODEL = "gen_ai.request.model"
    RESPONSE_MODEL = "gen_ai.response.model"
    RESPONSE_ID = "gen_ai.response.id"
    PROVIDER_NAME = "gen_ai.provider.name"
    USAGE_INPUT_TOKENS = "gen_ai.usage.input_tokens"
    USAGE_OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
    INPUT_MESSAGES = "gen_ai.input.messages"
    OUTPUT_MESSAGES = "gen_ai.output.messages"
    SYSTEM_INSTRUCTIONS = "gen_ai.system_instructions"
    REQUEST_TEMPERATURE = "gen_ai.request.temperature"
    REQUEST_MAX_TOKENS = "gen_ai.request.max_tokens"
    REQUEST_TOP_P = "gen_ai.request.top_p"
    REQUEST_STOP_SEQUENCES = "gen_ai.request.stop_sequences"
    RESPONSE_FINISH_REASONS = "gen_ai.response.finish_reasons"
    TOOL_DEFINITIONS = "gen_ai.tool.definitions"
    TOOL_NAME = "gen_ai.tool.name"
    TOOL_CALL_ARGUMENTS = "gen_ai.tool.call.arguments"
    TOOL_CALL_RESULT = "gen_ai.tool.call.result"
    AGENT_NAME = "gen_ai.agent.name"
