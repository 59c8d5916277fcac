"""Settings of the tracer, from arguments and `TRACETUI_*` variables."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ..store import paths


class Config:
    """What `configure` set; a variable counts where no argument was given."""

    __slots__ = ("db", "enabled", "queue_size", "sampling_ratio", "service")

    def __init__(self) -> None:
        self.enabled = os.environ.get("TRACETUI_DISABLED", "") in ("", "0")
        """Whether spans are recorded."""
        self.db: Path | None = None
        """The trace file; None means `paths.default_path()` at the first span."""
        self.service = os.environ.get("TRACETUI_SERVICE") or _program_name()
        """The name of this process in the explorer."""
        self.queue_size = _whole_number("TRACETUI_QUEUE_SIZE", 131_072)
        """Spans that may wait for the writer; beyond, new ones are dropped and counted."""
        self.sampling_ratio = _share("TRACETUI_SAMPLING_RATIO", 1.0)
        """Of the traces that begin here, the share that is recorded, from 0 to 1."""

    def db_path(self) -> Path:
        """Where the trace file is, now."""
        return self.db or paths.default_path()


def _program_name() -> str:
    argument = sys.argv[0] if getattr(sys, "argv", None) else ""
    path = Path(argument)
    if path.name == "__main__.py":  # python -m package
        return path.parent.name
    if argument == "-m" and argument in sys.orig_argv[:-1]:  # so early in the start that it is not yet found
        return sys.orig_argv[sys.orig_argv.index("-m") + 1].removesuffix(".__main__")
    return path.stem if argument not in ("", "-c", "-m") else "python"


def _whole_number(variable: str, default: int) -> int:
    text = os.environ.get(variable, "")
    return int(text) if text.isdecimal() and int(text) > 0 else default


def _share(variable: str, default: float) -> float:
    try:
        share = float(os.environ.get(variable, ""))
    except ValueError:
        return default
    return share if 0.0 <= share <= 1.0 else default


config = Config()
"""The settings of this process."""
