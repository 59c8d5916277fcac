"""What a command prints on: how wide it is, and whether it shows colours."""

from __future__ import annotations

import os
import shutil
from typing import TextIO

PIPE_CELLS = 120
"""The width of output that goes to a pipe or file, where a width is needed."""

RED, GREEN, YELLOW, CYAN, FAINT, BOLD = "31", "32", "33", "36", "2", "1"
"""Colours and styles, as parameters of the escape sequence SGR (ECMA-48)."""


def width_cells(out: TextIO) -> int:
    """Return the width of lines on `out`."""
    return shutil.get_terminal_size().columns if out.isatty() else PIPE_CELLS


def is_coloured(out: TextIO) -> bool:
    """Whether `out` is a terminal with colours, and the user wants them (no-color.org)."""
    return out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def painted(text: str, style: str, out: TextIO) -> str:
    """Return `text`, which is safe, in a style of the terminal `out`; unchanged where there are no colours."""
    return f"\x1b[{style}m{text}\x1b[0m" if text and style and is_coloured(out) else text
