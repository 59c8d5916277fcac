"""Langfuse without its service: its exporter replaced by one that counts, its host an address nobody listens at."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from langfuse import Langfuse, observe

from .counted import Counted
from .otel_sdk import BATCH_SPANS, QUEUE_SPANS
from .shapes import ATTRIBUTES, Shapes

_NOBODY = "http://127.0.0.1:9"


class Tracer(Counted):
    """Langfuse's own interface."""

    def start(self, folder: Path) -> None:
        """Set its client up; the size of its queue is for a variable of OpenTelemetry's to set."""
        os.environ["OTEL_BSP_MAX_QUEUE_SIZE"] = str(QUEUE_SPANS)
        self._client = self._new(tracing=True)

    def shapes(self) -> Shapes:
        """Its attributes are an object's metadata, set in one call."""
        return Shapes(span=self._span, set_attributes=_set_attributes, traced=observe)

    def enter(self, state: str) -> None:
        """Off by its own switch, or by its rate."""
        os.environ["LANGFUSE_TRACING_ENABLED"] = "false"
        self._client = self._new(tracing=False)

    def flush(self) -> None:
        """Wait for the exporter."""
        self._client.flush()

    def request(self, question: str, answer: str) -> None:
        """Two spans."""
        start = self._client.start_as_current_observation
        with start(name="agent", as_type="agent", input={"question": question}) as span:
            span.update(
                metadata={"app.version": "1.2.3", "app.retries": 0, "app.cached": False, "x": "s-1", "y": "u-1"}
            )
            with start(name="chat", as_type="generation", input={"prompt": question}) as child:
                child.update(model="gpt-4o", metadata=ATTRIBUTES, output=answer)
            span.update(output=answer)

    def _new(self, *, tracing: bool) -> Langfuse:
        return Langfuse(
            public_key="pk-lf-bench",
            secret_key="sk-lf-bench",
            host=_NOBODY,
            span_exporter=self.exporter,
            flush_at=BATCH_SPANS,
            tracing_enabled=tracing,
        )

    def _span(self, name: str) -> Any:
        return self._client.start_as_current_observation(name=name)


def _set_attributes(span: Any, attributes: Mapping[str, Any]) -> None:
    span.update(metadata=attributes)
