"""tracetui itself, with its defaults."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tracetui.tracer import (
    configure,
    disable,
    flush,
    start_span,
    start_span_no_context,
    trace,
)

from .files import forbid_growth, row_count, size_bytes
from .shapes import Shapes, set_each


class Tracer:
    """Spans by hand, as an SDK integration would open them."""

    def start(self, folder: Path) -> None:
        """Write to `$TRACETUI_DB`, or to one file below `folder`."""
        self._path = Path(os.environ.get("TRACETUI_DB") or folder / "traces.db")
        configure(db=self._path, service="bench")

    def shapes(self) -> Shapes:
        """Its fluent interface."""
        return Shapes(span=start_span, set_attributes=set_each, traced=trace)

    def enter(self, state: str) -> None:
        """Record nothing more: `disabled`, `sampled_out`, or because the file cannot grow or be reached."""
        if state == "disabled":
            disable()
        elif state == "sampled_out":
            configure(sampling_ratio=0.0)
        elif state == "file_cannot_grow":
            forbid_growth()
        elif state == "no_such_place":
            self._path.with_name("a_file").touch()
            configure(db=self._path.with_name("a_file") / "traces.db")

    def request(self, question: str, answer: str) -> None:
        """Two spans."""
        with start_span("agent", "AGENT") as span:
            span.set_inputs({"question": question})
            span.set_attribute("session.id", "s-1")
            span.set_attribute("user.id", "u-1")
            span.set_attribute("app.version", "1.2.3")
            span.set_attribute("app.retries", 0)
            span.set_attribute("app.cached", False)
            with start_span("chat", "LLM") as child:
                child.set_inputs({"prompt": question})
                child.set_attribute("llm.model", "gpt-4o")
                child.set_attribute("llm.ttft_ms", 312.5)
                child.set_attribute("llm.usage.input_tokens", 1200)
                child.set_attribute("llm.usage.output_tokens", 230)
                child.set_attribute("llm.temperature", 0.2)
                child.set_outputs(answer)
            span.set_outputs(answer)

    def calls(self, calls: Iterable[Any], *, with_payloads: bool) -> None:
        """A trace with a span for each call of `growth_workloads`."""
        with start_span("turn", "AGENT"):
            for call in calls:
                with start_span(call.name, call.kind) as span:
                    if with_payloads:
                        span.set_inputs(call.inputs)
                        span.set_outputs(call.outputs)

    def chat(self, messages: list[Any]) -> list[Any]:
        """Root and three children, each with a quarter of the messages."""
        quarter = len(messages) // 4
        root = start_span_no_context("agent", "AGENT")

        def child(part: list[Any]) -> None:
            span = start_span_no_context("chat", "LLM", root)
            span.set_inputs(part)
            span.end()

        def ending(part: list[Any]) -> None:
            root.set_inputs(part)
            root.end()

        parts = [messages[n * quarter : (n + 1) * quarter] for n in range(4)]
        return [*(lambda part=part: child(part) for part in parts[:3]), lambda: ending(parts[3])]

    def flush(self) -> None:
        """Wait for the commit."""
        if not flush(120):
            raise RuntimeError("not flushed in 120 s")

    def stored_span_count(self) -> int:
        """Rows of `span`."""
        return row_count(self._path, "span")

    def stored_bytes(self) -> int:
        """Attribute columns included."""
        return size_bytes(self._path)
