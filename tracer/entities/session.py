"""The traces of one session, a conversation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .trace import Trace


@dataclass(slots=True)
class Session:
    """The traces with one session id, oldest first, as a sequence."""

    id: str
    traces: list[Trace] = field(default_factory=list)

    def __iter__(self) -> Iterator[Trace]:
        return iter(self.traces)

    def __len__(self) -> int:
        return len(self.traces)

    def __getitem__(self, place: int) -> Trace:
        return self.traces[place]
