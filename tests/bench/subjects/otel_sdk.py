"""The OpenTelemetry SDK as the provider of its API."""

from __future__ import annotations

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import NoOpTracerProvider, Tracer

QUEUE_SPANS = 1 << 20
"""Room for every span of a run, so that none is dropped: the default of 2,048 drops most of a burst."""

BATCH_SPANS = 4_096
"""As ours. The default of 512 is slower."""


def tracer_for(exporter: SpanExporter) -> tuple[TracerProvider, Tracer]:
    """A provider with one batch processor, and a tracer of it."""
    provider = TracerProvider()
    provider.add_span_processor(
        BatchSpanProcessor(exporter, max_queue_size=QUEUE_SPANS, max_export_batch_size=BATCH_SPANS)
    )
    return provider, provider.get_tracer("bench")


def unrecorded_tracer(state: str) -> Tracer:
    """What instruments a program in which nothing is recorded: `disabled` or `sampled_out`."""
    if state == "disabled":
        return NoOpTracerProvider().get_tracer("bench")
    return TracerProvider(sampler=ALWAYS_OFF).get_tracer("bench")
