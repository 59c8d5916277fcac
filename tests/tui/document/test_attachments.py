"""Attachments in the explorer."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.store.records import attached
from tests.support.builders import TraceFile
from tests.support.pilot import WIDE, ready, shown, wait_for
from tests.tui.conftest import explorer
from tracetui.store.text.attachment_uri import format_uri
from tracetui.store.text.safe_text import find_unsafe
from tracetui.store.write import attachments
from tracetui.tui.document.value import value_lines

PNG = b"\x89PNG" + bytes(84_000)


def chat(path: Path) -> TraceFile:
    """A file with one trace: a message with an image, and text that mentions it."""
    file = TraceFile(path)
    trace = file.trace("describe", request_preview='{"url": "' + format_uri("ab", "image/png", "cd", 9_000) + '"}')
    image = attached(PNG)
    uri = format_uri(image.sha256.hex(), "image/png", trace.hex_id, len(PNG))
    content = [{"type": "text", "text": "what is this?"}, {"type": "image_url", "image_url": {"url": uri}}]
    trace.span("ask", inputs={"messages": [{"role": "user", "content": content}]}, outputs=f"line\nsee {uri}!")
    attachments.insert(file.connection, [(trace.id, image)])
    return file


async def test_images_read_as_type_and_size(tmp_path: Path) -> None:
    """In the list's preview, in a message, and within text; no URI is shown."""
    chat(tmp_path / "traces.db").close()
    app = explorer(tmp_path / "traces.db")
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app, traces=1)
        await wait_for(pilot, lambda: "what is this?" in shown(screen), "the details")
        text = shown(screen)
        assert "[image/png 84 kB]" in text
        assert "see [image/png 84 kB]!" in text
        assert '{"url": "[image/png 9.0 kB]"}' in text
        assert "mlflow-attachment" not in text


@given(st.text(max_size=20))
def test_types_from_traces_are_shown_as_safe_text(content_type: str) -> None:
    """They are whatever somebody sent."""
    uri = format_uri("ab", content_type, "cd", 1)
    for value in (uri, [uri, f"\n{uri}"], {"role": "user", "content": uri}):
        assert not [line for line in value_lines(value) if find_unsafe(line.lead + line.text)]
