"""tracetui as the provider of the OpenTelemetry API: what a span of an instrumentor costs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tracetui.tracer.otel import TracerProvider

from . import otel_spans, ours
from .shapes import Shapes


class Tracer(ours.Tracer):
    """The program of the SDK, recorded by us."""

    def start(self, folder: Path) -> None:
        """Write to one file below `folder`."""
        super().start(folder)
        self._tracer = TracerProvider().get_tracer("bench")

    def shapes(self) -> Shapes:
        """Of the API; its decorator knows no generators."""
        return otel_spans.shapes(self._tracer)

    def request(self, question: str, answer: str) -> None:
        """Two spans."""
        otel_spans.request(self._tracer, question, answer)

    def chat(self, messages: list[Any]) -> list[Any]:
        """Root and three children."""
        return otel_spans.chat(self._tracer, messages)
