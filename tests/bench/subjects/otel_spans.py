"""Spans of the OpenTelemetry API, whoever provides it; payloads are attributes of JSON text, as integrations write."""

from __future__ import annotations

import json
from typing import Any

from opentelemetry.trace import Tracer, set_span_in_context

from .shapes import Shapes, set_each


def shapes(tracer: Tracer) -> Shapes:
    """Its decorator knows no generators."""
    return Shapes(
        span=tracer.start_as_current_span,
        set_attributes=set_each,
        traced=lambda function: tracer.start_as_current_span(function.__name__)(function),
    )


def request(tracer: Tracer, question: str, answer: str) -> None:
    """Two spans."""
    with tracer.start_as_current_span("agent") as span:
        span.set_attribute("input.value", json.dumps({"question": question}))
        span.set_attribute("session.id", "s-1")
        span.set_attribute("user.id", "u-1")
        span.set_attribute("app.version", "1.2.3")
        span.set_attribute("app.retries", 0)
        span.set_attribute("app.cached", False)
        with tracer.start_as_current_span("chat") as child:
            child.set_attribute("input.value", json.dumps({"prompt": question}))
            child.set_attribute("llm.model", "gpt-4o")
            child.set_attribute("llm.ttft_ms", 312.5)
            child.set_attribute("llm.usage.input_tokens", 1200)
            child.set_attribute("llm.usage.output_tokens", 230)
            child.set_attribute("llm.temperature", 0.2)
            child.set_attribute("output.value", json.dumps(answer))
        span.set_attribute("output.value", json.dumps(answer))


def chat(tracer: Tracer, messages: list[Any]) -> list[Any]:
    """Root and three children, each with a quarter of the messages."""
    quarter = len(messages) // 4
    root = tracer.start_span("agent")

    def child(part: list[Any]) -> None:
        span = tracer.start_span("chat", set_span_in_context(root))
        span.set_attribute("input.value", json.dumps(part))
        span.end()

    def ending(part: list[Any]) -> None:
        root.set_attribute("input.value", json.dumps(part))
        root.end()

    parts = [messages[n * quarter : (n + 1) * quarter] for n in range(4)]
    return [*(lambda part=part: child(part) for part in parts[:3]), lambda: ending(parts[3])]
