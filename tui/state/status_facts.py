"""The facts that the status line shows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Status:
    """The facts of the status line."""

    path: str = ""
    state: str = "opening"
    """`opening`, `waiting`, `damaged`, `live`, `following` or `paused`."""
    arrived: int = 0
    """Traces that arrived during the pause."""
    shown: int = 0
    total: int = 0
    filtered: bool = False
    grouped: bool = False
    """Whether groups are listed in place of traces."""
    searching: bool = False
    dropped: int = 0
    """Spans that traced processes dropped because a queue was full."""
    failed: int = 0
    """Faults of the tracer in the traced processes."""
    utc: bool = False
    marked: int = 0
    """Traces that the user has marked."""
    at_work: str = ""
    """What is being exported."""
