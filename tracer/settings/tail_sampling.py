"""The rules of tail sampling that `tracer.configure(tail_sampling=...)` accepts."""

from __future__ import annotations

from typing import NamedTuple


class TailSampling(NamedTuple):
    """Reasons to keep a trace. One reason is enough."""

    keep_errors: bool = True
    """Keep a trace whose state is ERROR, or that has a span with status ERROR."""
    slower_than_ms: float | None = None
    """Keep a trace that takes longer than this."""
    slowest_percent: float | None = None
    """Keep the slowest traces of each name: 5 means above the 95th percentile of earlier traces."""
    share: float = 0.0
    """Keep this share of all traces, from 0 to 1."""

    def validated(self) -> TailSampling:
        """Return this object. Raises ValueError that names an invalid value."""
        if not 0.0 <= self.share <= 1.0:
            raise ValueError(f"TailSampling(share={self.share}) must be from 0 to 1")
        if self.slowest_percent is not None and not 0.0 < self.slowest_percent < 100.0:
            raise ValueError(f"TailSampling(slowest_percent={self.slowest_percent}) must be between 0 and 100")
        if self.slower_than_ms is not None and self.slower_than_ms < 0:
            raise ValueError(f"TailSampling(slower_than_ms={self.slower_than_ms}) must not be negative")
        return self
