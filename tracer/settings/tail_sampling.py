"""What `tracer.configure(tail_sampling=...)` accepts."""

from __future__ import annotations

from typing import NamedTuple


class TailSampling(NamedTuple):
    """The reasons for which a trace is kept; one is enough."""

    keep_errors: bool = True
    """A span of it is an ERROR, or its state is."""
    slower_than_ms: float | None = None
    """It lasts longer than this."""
    slowest_percent: float | None = None
    """It belongs to the slowest of its name: 5 means above the 95th percentile of those before it."""
    share: float = 0.0
    """Of all traces, from 0 to 1, whatever they are like."""

    def checked(self) -> TailSampling:
        """This, if it can be meant; raises ValueError that names what cannot."""
        if not 0.0 <= self.share <= 1.0:
            raise ValueError(f"TailSampling(share={self.share}) is a share from 0 to 1")
        if self.slowest_percent is not None and not 0.0 < self.slowest_percent < 100.0:
            raise ValueError(f"TailSampling(slowest_percent={self.slowest_percent}) is a percentage between 0 and 100")
        if self.slower_than_ms is not None and self.slower_than_ms < 0:
            raise ValueError(f"TailSampling(slower_than_ms={self.slower_than_ms}) is a duration")
        return self
