"""The tracers that are measured, each behind the same five calls, each in a process of its own."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

OURS = "ours"
PEERS = ("otel_sqlite", "otel_null", "mlflow_sqlite", "logfire_null", "langfuse_null")
"""Modules of this package that need the peers' virtual environment."""

TITLES = {
    "bare_loop": "floor: no span at all",
    "floor": "floor: ids, context variable, five sets, append",
    "ours": "tracetui",
    "ours_whole": "tracetui, every value whole (layout 8)",
    "otel_sqlite": "DIY: OpenTelemetry SDK, batch processor, SQLite",
    "otel_null": "OpenTelemetry SDK, batch processor, null exporter",
    "bridge": "tracetui through the OpenTelemetry API",
    "otel_alone": "OpenTelemetry SDK in the interpreter of tracetui",
    "otel_processor": "the same with tracetui's processor",
    "mlflow_sqlite": "MLflow, SQLite store, asynchronous (its default)",
    "logfire_null": "Logfire, null exporter",
    "langfuse_null": "Langfuse, null exporter",
}


class Subject(Protocol):
    """One tracer, as the measured programs use it."""

    def start(self, folder: Path) -> None:
        """Set the tracer up to write below `folder`."""

    def request(self, question: str, answer: str) -> None:
        """A root with a child, five attributes each, small inputs and outputs: two spans."""

    def chat(self, messages: list[Any]) -> list[Any]:
        """A root and three children that each take a quarter of `messages` as inputs: four callables in order.

        Each callable does what the host's own thread does for one span, so that a test may yield between them.
        """

    def flush(self) -> None:
        """Wait until everything recorded so far is durable."""

    def stored_span_count(self) -> int:
        """Spans in the file."""

    def stored_bytes(self) -> int:
        """Size of the file and its log."""


def load(name: str) -> Subject:
    """The subject `name`, a module of this package."""
    return cast(Subject, import_module(f".{name}", __package__).Tracer())
