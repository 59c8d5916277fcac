"""How a trace has come out so far."""

from __future__ import annotations

from enum import StrEnum


class TraceState(StrEnum):
    """MLflow's states of a trace, and CANCELLED for one that was given up."""

    STATE_UNSPECIFIED = "STATE_UNSPECIFIED"
    UNSPECIFIED = "STATE_UNSPECIFIED"
    """MLflow 2's name for it."""
    OK = "OK"
    ERROR = "ERROR"
    IN_PROGRESS = "IN_PROGRESS"
    CANCELLED = "CANCELLED"

    @classmethod
    def _missing_(cls, value: object) -> TraceState | None:
        return cls.STATE_UNSPECIFIED if value in ("TRACE_STATUS_UNSPECIFIED", "UNSPECIFIED") else None
