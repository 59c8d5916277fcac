"""A traced process, as it describes itself."""

from __future__ import annotations

from typing import NamedTuple


class Process(NamedTuple):
    """What the row of a process is made of."""

    pid: int
    host: str
    service: str
    command: str
    python: str
    started_ns: int
