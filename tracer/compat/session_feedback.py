"""Feedback on a whole conversation: it stands with the first trace, and its metadata name the conversation, as in
MLflow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..exceptions import NotFoundError

SESSION = "mlflow.trace.session"

UNNAMED: Any = object()
"""No trace was named. None is another thing: what `get_active_trace_id()` returns where nothing is recorded."""


def of_session(
    session_id: str, trace_id: str | None, metadata: Mapping[str, Any] | None
) -> tuple[str | None, dict[str, Any]]:
    """The trace that feedback on a conversation stands with, and the metadata of that feedback.

    Raises LookupError for a conversation that the file does not have.
    """
    if trace_id is UNNAMED:
        trace_id = _first_trace_id(session_id)
    return trace_id, {**(metadata or {}), SESSION: session_id}


def _first_trace_id(session_id: str) -> str | None:
    from ..read.pages import page_of_traces
    from ..read.query import query_of
    from ..settings.settings import config

    query = query_of(None, session_id=session_id)
    for trace in page_of_traces(query, 1, ["timestamp ASC"], None, include_spans=False):
        return trace.trace_id
    if not config.enabled:
        return None
    raise NotFoundError(f"the trace file has no session {session_id!r}")
