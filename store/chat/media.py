"""Images, recordings and files inside messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..text.attachment_uri import SCHEME, parse_uri
from .message import Media

_KINDS = ("image", "audio", "video")

_TYPES = {
    **dict.fromkeys(("image", "image_url", "input_image", "image-url", "image_file", "output_image"), "image"),
    **dict.fromkeys(("audio", "input_audio", "output_audio", "audio_url", "audio-url"), "audio"),
    **dict.fromkeys(("video", "video_url", "video-url"), "video"),
    **dict.fromkeys(("document", "file", "input_file", "file_data", "document-url", "binary"), "document"),
    **dict.fromkeys(("media", "blob", "uri"), ""),
}
"""The kind of each type of part; empty where another field names the kind."""

_SOURCES = (
    *("data", "content", "bytes", "url", "uri", "file_data", "fileData", "file_uri", "fileUri", "base64", "image"),
    *("image_url", "file_url", "file_id", "fileId", "path", "s3Location"),
)
_NESTED = (
    *("source", "image_url", "input_audio", "audio_url", "video_url", "file", "image", "audio", "video", "document"),
    *("inline_data", "inlineData", "file_data", "fileData", "s3Location"),
)
_KEYS = (*_KINDS, "document", "inline_data", "inlineData", "file_data", "fileData")
"""The one key of a part without a type."""
_TYPE_NAMES = ("media_type", "mediaType", "mime_type", "mimeType", "mimetype", "image_mimetype", "content_type")


def media_of(part: Mapping[str, Any]) -> Media | None:
    """Return the image, recording or file that a part of a message is; None for any other part."""
    kind = _TYPES.get(str(part.get("type") or part.get("block_type") or part.get("kind")))
    if kind is None:
        keys = [key for key in _KEYS if isinstance(part.get(key), Mapping)]
        if len(keys) != 1:
            return None
        kind = keys[0] if keys[0] in (*_KINDS, "document") else ""
    kind = kind or str(part.get("modality") or "")
    content_type, form, source = _described(part, 3)
    if source is not None and source.startswith("data:"):
        content_type = source[5:].partition(",")[0].partition(";")[0] or content_type
    size_bytes = None if source is None else _size_bytes(source)
    if source is not None and (stored := parse_uri(source)) is not None:
        content_type, size_bytes = stored.content_type, stored.size_bytes
    if content_type is None and form is not None and kind:
        content_type = f"{kind}/{form}"
    if content_type is None and source is None:
        return None
    family = (content_type or "").partition("/")[0]
    return Media(family if family in _KINDS else kind or "document", content_type, size_bytes, source)


def _described(part: Mapping[str, Any], levels: int) -> tuple[str | None, str | None, str | None]:
    """Return the content type, the format and the source of a part, which may lie some levels below it."""
    found = [
        next((part[name] for name in names if isinstance(part.get(name), str)), None)
        for names in (_TYPE_NAMES, ("format",), _SOURCES)
    ]
    for name in _NESTED if levels else ():
        if isinstance(inner := part.get(name), Mapping):
            below = _described(inner, levels - 1)
            found = [above if above is not None else lower for above, lower in zip(found, below, strict=True)]
    return found[0], found[1], found[2]


def _size_bytes(source: str) -> int | None:
    """Return the size of base64 text, with or without the head of a data URI; None for an address."""
    if source.startswith("data:"):
        head, _, text = source.partition(",")
        return _decoded_bytes(text) if head.endswith(";base64") else len(text)
    if source.startswith(SCHEME) or "://" in source[:12] or len(source) < 64:
        return None
    return _decoded_bytes(source)


def _decoded_bytes(text: str) -> int:
    return len(text) * 3 // 4 - text[-2:].count("=")
