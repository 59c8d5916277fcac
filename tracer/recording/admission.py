"""Which of the spans that come are written now, under the tail sampling of the moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..parts import clock
from ..settings.settings import config

if TYPE_CHECKING:
    from ..spans.pending_span import PendingSpan
    from .tail_sampling import TailSampler


class Admission:
    """For the writer thread; nothing is imported for it until tail sampling is asked for."""

    def __init__(self) -> None:
        self._sampler: TailSampler | None = None

    def is_holding(self) -> bool:
        """Whether spans wait undecided."""
        return self._sampler is not None and self._sampler.is_holding()

    def admit(self, spans: list[PendingSpan]) -> tuple[list[PendingSpan], list[PendingSpan]]:
        """What is to be written, of these and of those that waited, each once; and what is forgotten."""
        if self._sampler is None and config.tail_sampling is None:
            return spans, []
        from .tail_sampling import TailSampler

        former: list[PendingSpan] = []
        if self._sampler is None or self._sampler.settings is not config.tail_sampling:
            former = self.release()
            if config.tail_sampling is None:
                return [*dict.fromkeys(former + spans)], []
            self._sampler = TailSampler(config.tail_sampling)
        kept, forgotten = self._sampler.admit(spans, clock.wall_ns())
        return [*dict.fromkeys(former + kept)], forgotten

    def release(self) -> list[PendingSpan]:
        """Stop sampling: what waited is to be written."""
        sampler, self._sampler = self._sampler, None
        return sampler.release() if sampler is not None else []
