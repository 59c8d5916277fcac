"""Metrics of OTLP in JSON, which are counted and not kept: `ExportMetricsServiceRequest`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .document import FormatError
from .fields import entries, items
from .otlp import either, listed

_KINDS = ("gauge", "sum", "histogram", "exponentialHistogram", "summary")


def points(document: Any) -> int:
    """Return the number of data points in a request. Raises FormatError for a document of another form."""
    if not isinstance(document, Mapping) or not isinstance(either(document, "resourceMetrics"), list):
        raise FormatError("not OTLP: there is no list `resourceMetrics`")
    return sum(
        len(items(either(entries(metric.get(kind), kind), "dataPoints"), "dataPoints"))
        for of_resource in listed(document, "resourceMetrics")
        for of_scope in listed(entries(of_resource, "an entry of resourceMetrics"), "scopeMetrics")
        for metric in listed(entries(of_scope, "an entry of scopeMetrics"), "metrics")
        for kind in _KINDS
        if isinstance(metric, Mapping)
    )
