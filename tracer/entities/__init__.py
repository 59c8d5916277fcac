"""What the tracer gives back and takes: traces, spans and assessments, under the names of `mlflow.entities`."""

from __future__ import annotations

from ..span import NoOpSpan
from ..span import Span as LiveSpan
from ..span_event import SpanEvent
from ..span_status import SpanStatus, SpanStatusCode
from ..span_type import SpanType
from .assessment import (
    Assessment,
    AssessmentError,
    AssessmentSource,
    AssessmentSourceType,
    Expectation,
    Feedback,
    IssueReference,
)
from .document import Document
from .experiment import Experiment, Run, RunInfo
from .paged_list import PagedList
from .session import Session
from .span import Span
from .trace import Trace, TraceData
from .trace_info import TraceInfo, TraceLocation, TraceState

TraceStatus = TraceState

__all__ = [
    "Assessment",
    "AssessmentError",
    "AssessmentSource",
    "AssessmentSourceType",
    "Document",
    "Expectation",
    "Experiment",
    "Feedback",
    "IssueReference",
    "LiveSpan",
    "NoOpSpan",
    "PagedList",
    "Run",
    "RunInfo",
    "Session",
    "Span",
    "SpanEvent",
    "SpanStatus",
    "SpanStatusCode",
    "SpanType",
    "Trace",
    "TraceData",
    "TraceInfo",
    "TraceLocation",
    "TraceState",
    "TraceStatus",
]
