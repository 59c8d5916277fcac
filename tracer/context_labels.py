"""Labels that `tracing.context` gives to every trace that begins inside it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .active_trace import ActiveTrace


class Labels(NamedTuple):
    """What a trace is given at its start."""

    tags: dict[str, str]
    metadata: dict[str, str]
    session_id: str | None
    user_id: str | None


NONE = Labels({}, {}, None, None)

current_labels: ContextVar[Labels] = ContextVar("tracetui_labels", default=NONE)

RESERVED_METADATA = {"mlflow.trace.session": "session_id", "mlflow.trace.user": "user_id"}
"""Metadata in MLflow's older spelling -> the field of the trace that it means."""

in_use = False
"""Whether any labels were ever set: programs without them pay for one look at this."""


def apply(trace: ActiveTrace) -> None:
    """Give the labels of the calling context to a trace that begins; what it has already stays."""
    labels = current_labels.get()
    if labels is NONE:
        return
    from . import live_traces

    if labels.tags:
        trace.tags = {**labels.tags, **(trace.tags or {})}
    if labels.metadata:
        trace.metadata = {**labels.metadata, **(trace.metadata or {})}
    trace.session_id = trace.session_id or labels.session_id
    trace.user_id = trace.user_id or labels.user_id
    live_traces.remember(trace)
