"""The environment in which a program in any language sends its spans to a receiver."""

from __future__ import annotations

from collections.abc import Mapping

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
ENDPOINTS = (ENDPOINT, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
"""Where SDKs send their spans. A program for which one of them is set sends there."""

CONTENT = {
    "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "true",
    "OTEL_LOG_USER_PROMPTS": "1",
    "OTEL_LOG_TOOL_DETAILS": "1",
    "OTEL_LOG_TOOL_CONTENT": "1",
}
"""Switches by which programs send prompts, answers and arguments of tools: SDKs by OpenTelemetry's GenAI conventions,
and Claude Code."""


def otlp_environment(environment: Mapping[str, str], port: int, service: str, *, content: bool) -> dict[str, str]:
    """Return the environment for a program that sends to a receiver on this machine.

    Nothing that is set is changed. The variables are those of OpenTelemetry's SDKs, and of coding agents that send
    spans if asked to: Claude Code and Gemini CLI. `content` also switches on what `CONTENT` lists.
    """
    address = f"http://127.0.0.1:{port}"
    added = {
        ENDPOINT: address,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_TRACES_EXPORTER": "otlp",
        "OTEL_LOGS_EXPORTER": "otlp",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_SERVICE_NAME": service,
        "CLAUDE_CODE_ENABLE_TELEMETRY": "1",
        "CLAUDE_CODE_ENHANCED_TELEMETRY_BETA": "1",
        "GEMINI_TELEMETRY_ENABLED": "true",
        "GEMINI_TELEMETRY_TRACES_ENABLED": "true",
        "GEMINI_TELEMETRY_TARGET": "local",
        "GEMINI_TELEMETRY_OTLP_ENDPOINT": address,
        "GEMINI_TELEMETRY_OTLP_PROTOCOL": "http",
    }
    if content:
        added |= CONTENT
    return added | dict(environment)
