"""The OpenTelemetry SDK with an exporter that throws everything away, and our processor beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tracetui.tracer.otel import SpanProcessor

from . import otel_sdk, otel_spans, ours
from .nowhere import Nowhere
from .shapes import Shapes


class Tracer(ours.Tracer):
    """The program of the SDK, recorded by us too."""

    def start(self, folder: Path) -> None:
        """Write to one file below `folder`."""
        super().start(folder)
        self._provider, self._tracer = otel_sdk.tracer_for(Nowhere())
        self._provider.add_span_processor(SpanProcessor())

    def shapes(self) -> Shapes:
        """Of the API; its decorator knows no generators."""
        return otel_spans.shapes(self._tracer)

    def request(self, question: str, answer: str) -> None:
        """Two spans."""
        otel_spans.request(self._tracer, question, answer)

    def chat(self, messages: list[Any]) -> list[Any]:
        """Root and three children."""
        return otel_spans.chat(self._tracer, messages)

    def flush(self) -> None:
        """Wait until both have everything."""
        self._provider.force_flush(120_000)
        super().flush()
