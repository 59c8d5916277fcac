"""Labels of `tracing.context`: every trace that begins inside it gets them."""

from __future__ import annotations

from contextvars import ContextVar
from typing import NamedTuple


class Labels(NamedTuple):
    """Labels of a trace at its start."""

    tags: dict[str, str]
    metadata: dict[str, str]
    session_id: str | None
    user_id: str | None


NO_LABELS = Labels({}, {}, None, None)

current_labels: ContextVar[Labels] = ContextVar("tracetui_labels", default=NO_LABELS)

get_labels = current_labels.get
"""Returns the labels of the calling context. Each root span calls it, and one name is found faster than two."""

RESERVED_METADATA = {"mlflow.trace.session": "session_id", "mlflow.trace.user": "user_id"}
"""Metadata keys in MLflow's older spelling, each with the field of the trace that replaced it."""
