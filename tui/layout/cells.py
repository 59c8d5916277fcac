"""Text cut and padded to a width in terminal cells; a wide character takes two."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size

ELLIPSIS = "…"


def fit(text: str, width_cells: int, *, right: bool = False) -> str:
    """Returns `text` in exactly `width_cells`: cut with an ellipsis, or padded; `right` pads on the left."""
    if width_cells <= 0:
        return ""
    length = len(text) if text.isascii() else cell_len(text)
    if length > width_cells:
        return cut(text, width_cells)
    return " " * (width_cells - length) + text if right else text + " " * (width_cells - length)


def cut(text: str, width_cells: int) -> str:
    """Returns `text` in at most `width_cells`; cut text ends with an ellipsis and is padded to the width."""
    if width_cells <= 0:
        return ""
    if text.isascii():
        return text if len(text) <= width_cells else text[: width_cells - 1] + ELLIPSIS
    beginning = text[: 2 * width_cells + 16]
    if len(beginning) == len(text) and cell_len(text) <= width_cells:
        return text
    return set_cell_size(beginning, width_cells - 1) + ELLIPSIS


def shorten_middle(text: str, width_cells: int) -> str:
    """Returns `text` with its middle replaced by an ellipsis; for paths, whose two ends matter."""
    if len(text) <= width_cells:
        return text
    if width_cells < 5:
        return text[: max(0, width_cells)]
    tail = (width_cells - 1) * 2 // 3
    return text[: width_cells - 1 - tail] + ELLIPSIS + text[-tail:]
