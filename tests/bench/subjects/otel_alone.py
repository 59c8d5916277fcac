"""The OpenTelemetry SDK in the interpreter of ours: what a span costs there without our processor."""

from __future__ import annotations

from . import otel_null


class Tracer(otel_null.Tracer):
    """As among the peers, whose interpreter may have another version of the SDK."""
