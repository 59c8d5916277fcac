"""An image as cells: the upper half block, with a colour for each half, makes a cell two square pixels."""

from __future__ import annotations

import io
from typing import NamedTuple

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

HALF_BLOCK = "▀"

INSTALL = "Images need Pillow: pip install 'tracetui[images]'"

MOST_PIXELS = 100_000_000
"""A larger image is not decoded: it would take seconds and hundreds of megabytes."""


class ImageError(Exception):
    """Why an image cannot be shown, for the user."""


class Picture(NamedTuple):
    """An image that fits a number of cells."""

    lines: list[Strip]
    width_pixels: int
    """Of the image itself."""
    height_pixels: int


def picture_of(content: bytes, width_cells: int, height_cells: int) -> Picture:
    """Return the image in at most so many cells, in its own proportions; raises ImageError."""
    try:
        from PIL import Image
    except ImportError:
        raise ImageError(INSTALL) from None
    try:
        with Image.open(io.BytesIO(content)) as image:
            width, height = image.size
            if width * height > MOST_PIXELS:
                raise ImageError(f"The image has {width} x {height} pixels: too many to show")
            scale = min(width_cells / width, 2 * height_cells / height)
            size = max(1, round(width * scale)), max(1, round(height * scale))
            image.draft("RGB", size)
            small = image.convert("RGBA").resize(size)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ImageError(f"The image cannot be decoded: {error}") from None
    flat = Image.new("RGBA", size, (128, 128, 128, 255))
    flat.alpha_composite(small)
    pixels = flat.convert("RGB").tobytes()
    rows = [pixels[row * size[0] * 3 : (row + 1) * size[0] * 3] for row in range(size[1])]
    lines = [_line(rows[row], rows[row + 1] if row + 1 < len(rows) else None) for row in range(0, len(rows), 2)]
    return Picture(lines, width, height)


def _line(upper: bytes, lower: bytes | None) -> Strip:
    segments = []
    for at in range(0, len(upper), 3):
        below = None if lower is None else Color.from_rgb(*lower[at : at + 3])
        segments.append(Segment(HALF_BLOCK, Style.from_color(Color.from_rgb(*upper[at : at + 3]), below)))
    return Strip(Segment.simplify(segments))
