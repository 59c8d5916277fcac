"""A trace as people read it: for a terminal (Rich), as plain text, as HTML for notebooks.

What a trace holds is not trusted: all of it goes through the product's one sanitiser.
"""

from __future__ import annotations

from typing import Any

from .shown import ShownTrace

PLAIN_WIDTH_CELLS = 100
"""Of plain text, which does not know where it will be shown."""


def tree(trace: ShownTrace) -> Any:
    """Something that Rich prints, as wide as the console is."""
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
    """HTML that stands alone: no script, no style sheet, nothing from elsewhere."""
    from .html_page import page

    return page(trace)
