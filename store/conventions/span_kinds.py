"""Convert the span kinds of SDKs to the kinds of `mlflow.entities.SpanType` and of OpenTelemetry.

Names were read from OpenTelemetry's GenAI conventions, OpenInference, Langfuse, Traceloop, google-adk 2.13.0, lmnr
0.8.2, MLflow 3.17.2 (Gemini CLI, Claude Code, VoltAgent) and the telemetry chapter of the Vercel AI SDK.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_KINDS = {
    "chat": "LLM",
    "text_completion": "LLM",
    "generate_content": "LLM",
    "generation": "LLM",
    "response": "LLM",
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
    "human": "HUMAN",
    # AG2, as `gen_ai.operation.name`
    "await_human_input": "HUMAN",
    # Gemini CLI, as `gen_ai.operation.name`
    "llm_call": "LLM",
    "tool_call": "TOOL",
    "agent_call": "AGENT",
}

_CLAUDE_CODE = {"interaction": "AGENT", "llm_request": "LLM", "tool.blocked_on_user": "HUMAN"}

_LAMINAR = {
    "llm": "LLM",
    "cached": "LLM",
    "tool": "TOOL",
    "default": "CHAIN",
    "pipeline": "CHAIN",
    "executor": "AGENT",
    "evaluator": "EVALUATOR",
    "human_evaluator": "EVALUATOR",
    "evaluation": "EVALUATOR",
}

_VERCEL = {
    "ai.generateText": "LLM",
    "ai.streamText": "LLM",
    "ai.generateObject": "LLM",
    "ai.streamObject": "LLM",
    "ai.embed": "EMBEDDING",
    "ai.embedMany": "EMBEDDING",
    "ai.toolCall": "TOOL",
}
"""The kinds of operations; a step such as `ai.streamText.doStream` has the kind of its operation."""


PLUMBING = "PLUMBING"
"""The kind of spans of the machinery below a program, of which one run of Codex has hundreds."""

_MACHINERY = frozenset({
    *("h2", "hyper", "hyper_util", "mio", "rustls", "tokio", "tokio_rustls", "tokio_util", "tower", "want"),
})  # fmt: skip
"""Rust crates for connections and tasks whose spans say nothing of the program."""


def kind(value: Any) -> str | None:
    """Return the kind for a word that means the same in all dialects."""
    return _KINDS.get(value.strip('"').lower()) if isinstance(value, str) else None


def _from_span_type(value: Any) -> str | None:
    """Return the kind for `span.type` of VoltAgent, and of Claude Code, which prefixes its words with its name."""
    if not isinstance(value, str):
        return None
    word = value.strip('"').removeprefix("claude_code.")
    return _CLAUDE_CODE.get(word) or kind(word)


def _from_laminar(value: Any) -> str | None:
    return _LAMINAR.get(value.strip('"').lower()) if isinstance(value, str) else None


def _from_vercel(value: Any) -> str | None:
    return _VERCEL.get(".".join(value.strip('"').split(".", 2)[:2])) if isinstance(value, str) else None


def _from_module(value: Any) -> str | None:
    """Return the kind for the module of a span of Rust's `tracing`, such as `h2::codec::framed_read`."""
    return PLUMBING if isinstance(value, str) and value.partition("::")[0] in _MACHINERY else None


CONVERTED: Mapping[str, Callable[[Any], str | None]] = {
    "lmnr.span.type": _from_laminar,
    "ai.operationId": _from_vercel,
    "span.type": _from_span_type,
    # Google ADK sets the operation on most spans. It also sets an empty request on tool calls, so that comes last.
    "gcp.vertex.agent.tool_call_args": lambda _: "TOOL",
    "gcp.vertex.agent.tool_response": lambda _: "TOOL",
    "gcp.vertex.agent.llm_request": lambda _: "LLM",
    # The crate tracing-opentelemetry, by its version
    "code.namespace": _from_module,
    "code.module.name": _from_module,
    "target": _from_module,
}
"""Attributes whose words have their own meaning, or whose presence implies the kind; they rank behind the others."""
