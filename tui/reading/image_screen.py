"""An image of a message on the whole screen."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import ClassVar

from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.strip import Strip

from ...store.chat.message import Media
from ...store.text import format
from ...store.text.attachment_uri import parse_uri
from ...store.text.safe_text import safe_line
from ..widgets.pane_header import TitleHeader
from ..widgets.styles import StyledWidget
from .half_blocks import ImageError, Picture, picture_of

Attachments = Callable[[str], bytes | None]
"""Returns the bytes of an attachment of the file by its id."""


class ImageView(StyledWidget):
    """Draws the cells of a picture."""

    def __init__(self) -> None:
        super().__init__(id="image")
        self.picture: Picture | None = None
        self.trouble = "decoding …"

    def render_line(self, y: int) -> Strip:
        """Returns one line of the picture, or what is wrong with it."""
        width, plain = self.size.width, self.line_style("plain")
        if self.picture is None:
            words = [Segment(f" {self.trouble}" if y == 1 else "", self.line_style("dim"))]
            return Strip(words).adjust_cell_length(width, plain)
        if y >= len(self.picture.lines):
            return Strip.blank(width, plain)
        return self.picture.lines[y].adjust_cell_length(width, plain)


class ImageScreen(Screen[None]):
    """Closed by any key of leaving."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape,q,I,enter,left,h", "dismiss", "Back")]

    def __init__(self, media: Media, attachments: Attachments) -> None:
        super().__init__()
        self._media = media
        self._attachments = attachments

    def compose(self) -> ComposeResult:
        """Yields the title and the image."""
        size = f"  {format.size(self._media.size_bytes)}" if self._media.size_bytes is not None else ""
        yield TitleHeader(safe_line(self._media.content_type or self._media.kind) + size, id="page-title")
        yield ImageView()

    def on_mount(self) -> None:
        """Decode the image in a thread, once the size of the screen is known."""
        self.call_after_refresh(self._start)

    def on_resize(self) -> None:
        """Fit the image to the new size."""
        self._start()

    def _start(self) -> None:
        view = self.query_one(ImageView)
        width, height = view.size
        if width and height:
            self.run_worker(lambda: self._decode(width, height), thread=True, exclusive=True)

    def _decode(self, width: int, height: int) -> None:
        try:
            picture = picture_of(content_of(self._media, self._attachments), width, height)
        except ImageError as error:
            self.app.call_from_thread(self._show, None, str(error))
        else:
            self.app.call_from_thread(self._show, picture, "")

    def _show(self, picture: Picture | None, trouble: str) -> None:
        view = self.query_one(ImageView)
        view.picture, view.trouble = picture, safe_line(trouble)
        view.refresh()
        if picture is not None:
            header = self.query_one(TitleHeader)
            header.show(header.title, f"{picture.width_pixels} x {picture.height_pixels} pixels  Esc closes")


def content_of(media: Media, attachments: Attachments) -> bytes:
    """Return the bytes of an image; raises ImageError if they are not in the file."""
    source = media.source or ""
    if (stored := parse_uri(source)) is not None:
        content = attachments(stored.id)
        if content is None:
            raise ImageError("The image is not in this file")
        return content
    if source.startswith("data:"):
        source = source.partition(",")[2]
    elif media.size_bytes is None:
        raise ImageError(f"The image is not in this file, only where it was: {source}")
    try:
        return base64.b64decode(source, validate=False)
    except (binascii.Error, ValueError):
        raise ImageError("The image cannot be decoded: it is no base64") from None
