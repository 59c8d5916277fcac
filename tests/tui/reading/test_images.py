"""Images in half blocks, on demand."""

from __future__ import annotations

import base64
import builtins
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.support.builders import TraceFile
from tests.support.pilot import WIDE, ready, shown, wait_for
from tests.tui.conftest import explorer
from tracetui.store.chat.message import Media
from tracetui.store.text.attachment_uri import format_uri
from tracetui.tui.reading.half_blocks import HALF_BLOCK, INSTALL, ImageError, picture_of
from tracetui.tui.reading.image_screen import ImageScreen, content_of


def png(width: int, height: int) -> bytes:
    """An image, red above and blue below."""
    image = Image.new("RGB", (width, height), (255, 0, 0))
    image.paste((0, 0, 255), (0, height // 2, width, height))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def test_a_cell_has_two_pixels() -> None:
    """The upper half in the colour of one, the lower half in that of the other."""
    picture = picture_of(png(4, 4), 4, 2)
    assert [strip.text for strip in picture.lines] == [HALF_BLOCK * 4] * 2
    style = next(iter(picture.lines[0])).style
    assert style is not None
    assert style.color is not None
    assert style.color.triplet == (255, 0, 0)
    assert (picture.width_pixels, picture.height_pixels) == (4, 4)


@pytest.mark.parametrize(("size", "cells"), [((400, 100), (40, 5)), ((100, 400), (5, 10)), ((1, 1), (20, 10))])
def test_an_image_keeps_its_proportions(size: tuple[int, int], cells: tuple[int, int]) -> None:
    """It is as large as fits."""
    picture = picture_of(png(*size), 40, 10)
    assert (picture.lines[0].cell_length, len(picture.lines)) == cells


@pytest.mark.parametrize("content", [b"", b"no image", png(9, 9)[:30]])
def test_what_is_no_image_is_said(content: bytes) -> None:
    """Never a traceback."""
    with pytest.raises(ImageError):
        picture_of(content, 40, 10)


def test_without_pillow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Images are an extra."""
    load = builtins.__import__

    def none(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("PIL"):
            raise ImportError(name)
        return load(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", none)
    with pytest.raises(ImageError, match="tracetui\\[images\\]"):
        picture_of(b"", 40, 10)
    assert "pip install" in INSTALL


def test_an_image_is_read_from_where_it_is() -> None:
    """From the file, or from the message itself; an address is not fetched."""
    stored = {"aa": b"stored"}
    uri = format_uri("aa", "image/png", "00", 6)
    text = base64.b64encode(b"inline").decode()
    assert content_of(Media("image", "image/png", 6, uri), stored.get) == b"stored"
    assert content_of(Media("image", "image/png", 6, "data:image/png;base64," + text), stored.get) == b"inline"
    assert content_of(Media("image", "image/png", 6, text), stored.get) == b"inline"
    with pytest.raises(ImageError, match="not in this file"):
        content_of(Media("image", "image/png", 6, uri.replace("/aa", "/bb")), stored.get)
    with pytest.raises(ImageError, match="https://example"):
        content_of(Media("image", None, None, "https://example.com/a.png"), stored.get)


async def test_the_image_of_a_message_shows_at_a_key(tmp_path: Path) -> None:
    """A labelled size until then."""
    file = TraceFile(tmp_path / "traces.db")
    url = "data:image/png;base64," + base64.b64encode(png(60, 40)).decode()
    content = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": url}}]
    file.trace("chat").span("chat", kind="LLM", inputs={"messages": [{"role": "user", "content": content}]})
    file.close()
    app = explorer(file.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app, traces=1)
        await wait_for(pilot, lambda: "[image/png" in shown(screen), "the label")
        await pilot.press("enter", "enter", "I")
        await wait_for(pilot, lambda: isinstance(app.screen, ImageScreen), "the image")
        await wait_for(pilot, lambda: HALF_BLOCK * 40 in shown(app.screen), "its cells")  # type: ignore[arg-type]
        assert "60 x 40 pixels" in shown(app.screen)  # type: ignore[arg-type]
        await pilot.press("escape")
        await wait_for(pilot, lambda: app.screen is screen, "the details")


async def test_a_text_without_an_image_says_so(tmp_path: Path) -> None:
    """The key works in every text."""
    file = TraceFile(tmp_path / "traces.db")
    file.trace("chat").span("chat")
    file.close()
    app = explorer(file.path)
    async with app.run_test(size=WIDE) as pilot:
        await ready(pilot, app, traces=1)
        await pilot.press("enter", "enter", "I")
        await wait_for(pilot, lambda: [one for one in app._notifications if "No image" in one.message], "a notice")
