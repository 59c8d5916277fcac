"""Images and files that clients take as bytes, or in the other alphabet of base64."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest

from tests.support.recorded import Recorded
from tests.tracer.export.test_attachments import IMAGE, PNG, TRACE, kept, ref
from tracetui import tracer
from tracetui.tracer.export.attachments import Extractor
from tracetui.tracer.settings.settings import config
from tracetui.tracer.values import attachment


@pytest.fixture(autouse=True)
def no_attachments_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has made none itself."""
    monkeypatch.setattr(attachment, "in_use", False)


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0" + bytes(64), "image/jpeg"),
        (b"RIFF\0\0\0\0WEBP" + bytes(64), "image/webp"),
        (b"RIFF\0\0\0\0WAVE" + bytes(64), "audio/wav"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\0\0\0\x18ftypmp42", "video/mp4"),
    ],
)
def test_files_given_as_bytes_are_attachments(recorded: Recorded, content: bytes, content_type: str) -> None:
    """As Bedrock's and Google's clients take and give them; told by how they begin."""

    @tracer.trace
    def draw(image: bytes) -> Any:
        return {"image": {"source": {"bytes": bytearray(image)}}}

    draw(content)
    span = recorded.span("draw")
    here = ref(content, content_type, span["trace_id"])
    assert span["inputs"] == {"image": here}
    assert span["outputs"] == {"image": {"source": {"bytes": here}}}
    assert kept(recorded) == {content_type: content}


def test_other_bytes_are_no_attachments(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is any file where attachments are not wanted."""
    noise = b"\x00\xff" * 700

    @tracer.trace
    def load(content: bytes) -> None:
        pass

    load(noise)
    monkeypatch.setattr(config, "extract_attachments", False)
    load(PNG)
    first, second = recorded.spans()
    assert first["inputs"]["content"].startswith("<1400 bytes 00 ff")
    assert second["inputs"]["content"].startswith("<2056 bytes 89 50")
    assert kept(recorded) == {}


def test_an_image_in_the_json_of_an_instrumentor_is_an_attachment(recorded: Recorded) -> None:
    """In either alphabet of base64, in the prompt and in the answer; text that only looks like JSON stays."""
    part = {"inline_data": {"mime_type": "image/png", "data": urlsafe_b64encode(PNG).decode()}}
    told = {"otel.scope.name": "x", "input.value": json.dumps([part]), "output.value": json.dumps({"parts": [part]})}
    with tracer.start_span("call", attributes={**told, "other": "{" + IMAGE}):
        pass
    span = recorded.span("call")
    here = {"inline_data": {"mime_type": "image/png", "data": ref(PNG, "image/png", span["trace_id"])}}
    assert (span["inputs"], span["outputs"]) == ([here], {"parts": [here]})
    assert span["attributes"]["other"] == "{" + IMAGE


def test_a_data_url_in_the_alphabet_of_urls_is_an_attachment() -> None:
    """With text behind it."""
    text = f"see data:image/png;base64,{urlsafe_b64encode(PNG).decode()} there"
    assert Extractor(TRACE).extract(text) == f"see {ref(PNG, 'image/png')} there"
