"""Attributes under which the trace file keeps what OpenTelemetry has beside the attributes of a span."""

from __future__ import annotations

KIND = "otel.kind"
"""The `SpanKind`; `span.kind` is an attribute that programs set themselves."""

SCOPE_NAME = "otel.scope.name"
SCOPE_VERSION = "otel.scope.version"
SCOPE_SCHEMA_URL = "otel.scope.schema_url"
SCOPE_ATTRIBUTES = "otel.scope.attributes."
"""The prefix of the attributes of the scope."""
