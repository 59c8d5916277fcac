"""What the line on top of the screen says, as facts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Status:
    """What the line says."""

    path: str = ""
    state: str = "opening"
    """`opening`, `waiting`, `damaged`, `live`, `following` or `paused`."""
    arrived: int = 0
    """Traces that came during the pause."""
    shown: int = 0
    total: int = 0
    filtered: bool = False
    grouped: bool = False
    """Whether groups are listed, not traces."""
    searching: bool = False
    dropped: int = 0
    """Spans that the traced processes lost because a queue was full."""
    failed: int = 0
    """Faults of the tracer in them."""
    utc: bool = False
