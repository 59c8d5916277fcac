"""Feedback on a whole session: an assessment of its first trace, with the session in its metadata, as in MLflow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..exceptions import NotFoundError
from ..tracing.constant import TraceMetadataKey

NO_TRACE_ID: Any = object()
"""The default of `trace_id`. None means another thing: `get_active_trace_id()` returns it where nothing is recorded."""


def trace_and_metadata(
    session_id: str, trace_id: str | None, metadata: Mapping[str, Any] | None
) -> tuple[str | None, dict[str, Any]]:
    """The id of the trace that gets the feedback on a session, and the metadata of the feedback.

    Raises LookupError for a session that the file does not have.
    """
    if trace_id is NO_TRACE_ID:
        trace_id = _first_trace_id(session_id)
    return trace_id, {**(metadata or {}), TraceMetadataKey.TRACE_SESSION: session_id}


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
