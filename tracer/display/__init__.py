"""A trace for people: in a terminal (Rich), as plain text, as HTML for notebooks.

The texts of a trace are untrusted: each goes through `safe_line`.
"""

from __future__ import annotations

from typing import Any

from .shown import ShownTrace

PLAIN_WIDTH_CELLS = 100
"""The width of plain text, whose place on the screen is unknown."""


def tree(trace: ShownTrace) -> Any:
    """A renderable of Rich, as wide as the console."""
    from .terminal import TraceView

    return TraceView(trace)


def plain(trace: ShownTrace) -> str:
    """Text without colours."""
    from io import StringIO

    from rich.console import Console

    file = StringIO()
    Console(file=file, width=PLAIN_WIDTH_CELLS, color_system=None, legacy_windows=False).print(tree(trace))
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


def html(trace: ShownTrace) -> str:
    """HTML without scripts, style sheets or links to other files."""
    from .html_page import page

    return page(trace)
