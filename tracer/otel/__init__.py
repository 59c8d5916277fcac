"""tracetui as a provider of the OpenTelemetry API: spans of that API are our spans, in one context with ours.

    from opentelemetry import trace
    from tracetui.tracer.otel import TracerProvider

    trace.set_tracer_provider(TracerProvider())

Any OpenTelemetry or OpenInference instrumentor then records into the trace file; `tracetui.tracer.autolog` does all of
this for you. A program with a provider of the OpenTelemetry SDK adds `SpanProcessor` to that provider instead. This
package needs `opentelemetry-api`, which `pip install 'tracetui[otel]'` brings; the SDK is not needed.
"""

from __future__ import annotations

import opentelemetry.trace  # noqa: F401 - first: what waits for its import imports modules of this package

from .api_span import OtelSpan
from .context import share_context
from .provider import Tracer, TracerProvider
from .span_processor import SpanProcessor

__all__ = ["OtelSpan", "SpanProcessor", "Tracer", "TracerProvider", "share_context"]
