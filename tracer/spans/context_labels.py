"""Labels that `tracing.context` gives to every trace that begins inside it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import NamedTuple


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
