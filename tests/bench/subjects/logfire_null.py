"""Logfire without its service: nothing is sent or printed, spans end in an exporter that counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import logfire
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from .counted import Counted
from .otel_sdk import BATCH_SPANS, QUEUE_SPANS
from .shapes import ATTRIBUTES, Shapes, set_each


class Tracer(Counted):
    """Logfire's own interface."""

    def start(self, folder: Path) -> None:
        """Configure it for this machine alone."""
        processor = BatchSpanProcessor(self.exporter, max_queue_size=QUEUE_SPANS, max_export_batch_size=BATCH_SPANS)
        self.processor = processor
        logfire.configure(
            send_to_logfire=False,
            console=False,
            metrics=False,
            inspect_arguments=False,
            data_dir=folder,
            additional_span_processors=[processor],
        )

    def shapes(self) -> Shapes:
        """Its decorator takes generators when told so."""
        return Shapes(span=logfire.span, set_attributes=set_each, traced=_traced)

    def enter(self, state: str) -> None:
        """Off by a head sampler that says no: it has no other switch."""
        logfire.configure(
            send_to_logfire=False, console=False, metrics=False, sampling=logfire.SamplingOptions(head=0.0)
        )

    def request(self, question: str, answer: str) -> None:
        """Two spans."""
        with logfire.span("agent", question=question) as span:
            span.set_attribute("session.id", "s-1")
            span.set_attribute("user.id", "u-1")
            span.set_attribute("app.version", "1.2.3")
            span.set_attribute("app.retries", 0)
            span.set_attribute("app.cached", False)
            with logfire.span("chat", prompt=question) as child:
                for key, value in ATTRIBUTES.items():
                    child.set_attribute(key, value)
                child.set_attribute("answer", answer)
            span.set_attribute("answer", answer)


def _traced(function: Any) -> Any:
    return logfire.instrument(allow_generator=True)(function)
