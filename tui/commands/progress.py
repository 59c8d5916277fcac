"""How far a long command is: a line on the terminal that changes, and what is to be told at the end."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Generic, TypeVar

Progress = TypeVar("Progress")


class ProgressLine(Generic[Progress]):
    """Called with each step; where stderr is no terminal it only keeps the last."""

    def __init__(self, first: Progress, shown: Callable[[Progress], str]) -> None:
        self.last = first
        self._shown = shown

    def __call__(self, progress: Progress) -> None:
        """Take in one step."""
        self.last = progress
        if sys.stderr.isatty():
            print(f"\r{self._shown(progress)}", end="\r", file=sys.stderr, flush=True)
