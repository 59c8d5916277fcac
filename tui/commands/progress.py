"""The progress of a long command, as a line on the terminal that changes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Generic, TypeVar

Progress = TypeVar("Progress")


class ProgressLine(Generic[Progress]):
    """Called with each step; prints it if stderr is a terminal, and keeps the last."""

    def __init__(self, first: Progress, shown: Callable[[Progress], str]) -> None:
        self.last = first
        self._shown = shown

    def __call__(self, progress: Progress) -> None:
        """Keep and print one step."""
        self.last = progress
        if sys.stderr.isatty():
            print(f"\r{self._shown(progress)}", end="\r", file=sys.stderr, flush=True)
