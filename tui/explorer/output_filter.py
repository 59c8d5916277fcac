"""The last filter of every line that Textual writes, including titles, notifications and borders.

All text goes through `safe_text` where it enters a widget; what a widget or a library forgot ends here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from textual.filter import LineFilter

from ...store.text.safe_text import find_unsafe, replace_unsafe

if TYPE_CHECKING:
    from textual.color import Color


class OutputFilter(LineFilter):
    """Replaces every unsafe character by spaces of the width at which it was measured."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Returns the segments of one line without unsafe characters."""
        if not any(find_unsafe(segment.text) for segment in segments):
            return segments
        return [
            Segment(_blank(segment.text), segment.style, segment.control) if find_unsafe(segment.text) else segment
            for segment in segments
        ]


class NoColours(LineFilter):
    """Removes all colours, also of backgrounds; bold, underlined and reversed text stays."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Returns the segments of one line without colours."""
        return [Segment(text, style.without_color if style else style, control) for text, style, control in segments]


NO_COLOURS = NoColours()


def _blank(text: str) -> str:
    # What was measured as nothing must stay nothing, or the line would grow.
    return replace_unsafe(text, lambda character: " " * cell_len(character))
