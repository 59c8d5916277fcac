"""How a trace has come out so far."""

from __future__ import annotations

from enum import StrEnum


class TraceState(StrEnum):
    """MLflow's states of a trace, and CANCELLED for one that was given up."""

    STATE_UNSPECIFIED = "STATE_UNSPECIFIED"
    OK = "OK"
    ERROR = "ERROR"
    IN_PROGRESS = "IN_PROGRESS"
    CANCELLED = "CANCELLED"
