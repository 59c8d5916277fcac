"""The traces of one conversation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .trace import Trace


@dataclass(slots=True)
class Session:
    """Traces that share a session id, oldest first; it can be gone through like a list."""

    id: str
    traces: list[Trace] = field(default_factory=list)

    def __iter__(self) -> Iterator[Trace]:
        return iter(self.traces)

    def __len__(self) -> int:
        return len(self.traces)

    def __getitem__(self, place: int) -> Trace:
        return self.traces[place]
