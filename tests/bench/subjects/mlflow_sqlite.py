"""MLflow Tracing into its SQLite store, asynchronous and batched, as it comes."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import mlflow

from .files import row_count, size_bytes
from .shapes import Shapes, set_each


class Tracer:
    """MLflow's fluent interface without a server between."""

    def start(self, folder: Path) -> None:
        """Write to one file below `folder`."""
        logging.getLogger("alembic").setLevel(logging.WARNING)
        os.chdir(folder)  # it leaves its artifacts in the current directory
        self._path = folder / "mlflow.db"
        mlflow.set_tracking_uri(f"sqlite:///{self._path}")
        mlflow.create_experiment("bench", artifact_location=(folder / "artifacts").as_uri())
        mlflow.set_experiment("bench")

    def shapes(self) -> Shapes:
        """Its fluent interface."""
        return Shapes(span=mlflow.start_span, set_attributes=set_each, traced=mlflow.trace)

    def enter(self, state: str) -> None:
        """Off by its own switch; it takes a sampling ratio only when a process starts."""
        if state == "disabled":
            mlflow.tracing.disable()

    def request(self, question: str, answer: str) -> None:
        """Two spans."""
        with mlflow.start_span("agent", "AGENT") as span:
            span.set_inputs({"question": question})
            span.set_attribute("session.id", "s-1")
            span.set_attribute("user.id", "u-1")
            span.set_attribute("app.version", "1.2.3")
            span.set_attribute("app.retries", 0)
            span.set_attribute("app.cached", False)
            with mlflow.start_span("chat", "LLM") as child:
                child.set_inputs({"prompt": question})
                child.set_attribute("llm.model", "gpt-4o")
                child.set_attribute("llm.ttft_ms", 312.5)
                child.set_attribute("llm.usage.input_tokens", 1200)
                child.set_attribute("llm.usage.output_tokens", 230)
                child.set_attribute("llm.temperature", 0.2)
                child.set_outputs(answer)
            span.set_outputs(answer)

    def chat(self, messages: list[Any]) -> list[Any]:
        """Root and three children, each with a quarter of the messages."""
        quarter = len(messages) // 4
        root = mlflow.start_span_no_context("agent", "AGENT")

        def child(part: list[Any]) -> None:
            span = mlflow.start_span_no_context("chat", "LLM", root)
            span.set_inputs(part)
            span.end()

        def ending(part: list[Any]) -> None:
            root.set_inputs(part)
            root.end()

        parts = [messages[n * quarter : (n + 1) * quarter] for n in range(4)]
        return [*(lambda part=part: child(part) for part in parts[:3]), lambda: ending(parts[3])]

    def flush(self) -> None:
        """Wait for its exporter and its queue."""
        mlflow.flush_trace_async_logging()

    def stored_span_count(self) -> int:
        """Rows of `spans`."""
        return row_count(self._path, "spans")

    def stored_bytes(self) -> int:
        """The store's file."""
        return size_bytes(self._path)
