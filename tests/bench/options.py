"""What a run of the benchmarks was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """Where and how much to measure."""

    quick: bool = False
    """A smoke run: everything once, small; its numbers mean nothing."""
    peers_python: Path | None = None
    """The interpreter of the virtual environment with the peers; None measures ours alone."""
    scratch: Path | None = None
    """Where the measured files lie; None is the system's temporary folder."""
    skipped: frozenset[str] = frozenset()
    """Subjects that are left out."""
    million: Path | None = None
    """A file of a million spans to use again."""

    def rounds(self, full: int) -> int:
        """How often subjects take turns."""
        return 1 if self.quick else full

    def amount(self, full: int) -> int:
        """How much work one measurement does."""
        return max(1, full // 20) if self.quick else full
