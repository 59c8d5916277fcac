"""The error of a command: one line that names the cause and the way out."""

from __future__ import annotations

import sys

from ..store.text.safe_text import safe_lines

FAILURE = 1
USAGE = 2
CHECK_FAILED = 3
INTERRUPTED = 130
"""128 + SIGINT, as a shell reports it."""


class CommandError(Exception):
    """Printed on stderr without a traceback."""

    def __init__(self, message: str, exit_code: int = FAILURE) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def say(message: str) -> None:
    """Print a message on stderr, sanitised for a terminal."""
    print("\n".join(safe_lines(f"tracetui: {message}")), file=sys.stderr)
