"""The states of a trace."""

from __future__ import annotations

from enum import StrEnum


class TraceState(StrEnum):
    """MLflow's states of a trace, and CANCELLED for a cancelled trace."""

    STATE_UNSPECIFIED = "STATE_UNSPECIFIED"
    UNSPECIFIED = "STATE_UNSPECIFIED"
    """The name of STATE_UNSPECIFIED in MLflow 2."""
    OK = "OK"
    ERROR = "ERROR"
    IN_PROGRESS = "IN_PROGRESS"
    CANCELLED = "CANCELLED"

    @classmethod
    def _missing_(cls, value: object) -> TraceState | None:
        return cls.STATE_UNSPECIFIED if value in ("TRACE_STATUS_UNSPECIFIED", "UNSPECIFIED") else None
