"""Traces, spans and assessments that the tracer returns and accepts, under the names of `mlflow.entities`."""

from __future__ import annotations

from typing import Any

from ..parts.event import SpanEvent
from ..parts.link import Link
from ..parts.log_level import SpanLogLevel
from ..parts.span_type import SpanType
from ..parts.status import SpanStatus, SpanStatusCode
from . import span as _span
from .assessment import Assessment, Expectation, Feedback, IssueReference
from .assessment_error import AssessmentError
from .assessment_source import AssessmentSource, AssessmentSourceType
from .document import Document
from .experiment import Experiment, LoggedModel, Run, RunData, RunInfo
from .paged_list import PagedList
from .session import Session
from .span import Span
from .trace import Trace
from .trace_data import TraceData
from .trace_info import TraceInfo
from .trace_location import MlflowExperimentLocation, TraceLocation, TraceLocationType
from .trace_state import TraceState
from .trace_status import TraceStatus

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
    "Link",
    "LiveSpan",
    "LoggedModel",
    "MlflowExperimentLocation",
    "NoOpSpan",
    "PagedList",
    "Run",
    "RunData",
    "RunInfo",
    "Session",
    "Span",
    "SpanEvent",
    "SpanLogLevel",
    "SpanStatus",
    "SpanStatusCode",
    "SpanType",
    "Trace",
    "TraceData",
    "TraceInfo",
    "TraceLocation",
    "TraceLocationType",
    "TraceState",
    "TraceStatus",
]


def __getattr__(name: str) -> Any:
    """Load `LiveSpan` or `NoOpSpan` on first use, see `entities.span`."""
    return getattr(_span, name)
