"""A command that cannot do what it was asked: one line for people that names the thing and the way out."""

from __future__ import annotations

import sys

from ..store.text.safe_text import safe_lines

FAILURE = 1
USAGE = 2
INTERRUPTED = 130
"""128 + SIGINT, as a shell reports it."""


class CommandError(Exception):
    """Printed on stderr, without a traceback; the exit code is `FAILURE` or `USAGE`."""

    def __init__(self, message: str, exit_code: int = FAILURE) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def say(message: str) -> None:
    """Print a message for people on stderr, safe for a terminal."""
    print("\n".join(safe_lines(f"tracetui: {message}")), file=sys.stderr)
