"""The description of a traced process."""

from __future__ import annotations

from typing import NamedTuple


class Process(NamedTuple):
    """The values that a process writes about itself to its row."""

    pid: int
    host: str
    service: str
    command: str
    python: str
    started_ns: int
