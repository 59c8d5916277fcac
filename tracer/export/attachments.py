"""Attachments out of what is recorded: `Attachment` objects, data URLs, and base64 where chat messages have it.

On the writer thread. A reference (`store.attachment_uri`) takes the place of what is taken out; a string that is
short, or no whole base64, stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Protocol

import orjson

from ...store.model.rows import AttachmentRecord, TraceRecord
from ...store.text.attachment_uri import format_uri
from .. import redaction
from ..settings.settings import config
from ..values import base64_text, limits
from ..values.attachment import OCTETS, Attachment

MIN_CHARS = base64_text.LONG_CHARS
"""Shorter strings are not looked at: so little base64 harms nobody's reading."""

_MARK = ";base64,"
_HEADER = re.compile(r"data:([A-Za-z0-9.+_-]+/[A-Za-z0-9.+_-]+(?:;[A-Za-z0-9.+_=-]+)*)\Z")
_HEADER_CHARS = 160
_CONTENT_TYPE = re.compile(r"[A-Za-z0-9.+_-]{1,80}/[A-Za-z0-9.+_-]{1,80}(?:;[A-Za-z0-9.+_ =-]{1,80})?")

_EMBEDDING = 64
"""A longer list from number to number is all numbers."""

_BASE64_KEYS = frozenset({"data", "base64", "bytes", "b64_json", "result", "images"})
"""Under these a string of base64 may stand without a mark of its own."""

_BEDROCK = {
    "pdf": "application/pdf",
    "csv": "text/csv",
    "html": "text/html",
    "txt": "text/plain",
    "md": "text/markdown",
    "mp4": "video/mp4",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
}
"""Formats of Bedrock that are no images."""

_BEGINNINGS = (
    ("iVBORw0KGgo", "image/png"),
    ("/9j/", "image/jpeg"),
    ("_9j_", "image/jpeg"),
    ("R0lGOD", "image/gif"),
    ("UklGR", "image/webp"),
    ("JVBERi0", "application/pdf"),
)
"""Of files in base64."""


class Carrier(Protocol):
    """A span on its way to the file."""

    trace: TraceRecord
    attribute_values: dict[str, Any]
    attachments: Sequence[AttachmentRecord]


def extract_into(span: Carrier, value: Any) -> Any:
    """One of a span's values with references in it, the span carrying what was taken out; or the very same value."""
    extractor = Extractor(span.trace.trace_key.hex(), span.attachments)
    value = extractor.extract(value)
    if len(extractor.found) > len(span.attachments):
        span.attachments = tuple(extractor.found.values())
    if extractor.cut_bytes:
        key = limits.CUT_KEY + "attachments"
        cut_bytes = extractor.cut_bytes + span.attribute_values.get(key, 0)
        span.attribute_values = {**span.attribute_values, key: cut_bytes}
    return value


def extract_from_attributes(span: Carrier) -> None:
    """The same for a span's attributes, in which instrumentors have prompts and answers as JSON."""
    long = {key: text for key, text in span.attribute_values.items() if type(text) is str and len(text) >= MIN_CHARS}
    if not long:
        return
    changed = {}
    for key, text in long.items():
        if (document := _document(text)) is not None and (found := extract_into(span, document)) is not document:
            changed[key] = orjson.dumps(found).decode()
    rest = {key: text for key, text in long.items() if key not in changed}
    if (found := extract_into(span, rest)) is not rest:
        changed.update(found)
    if changed:
        span.attribute_values = {**span.attribute_values, **changed}


def _document(text: str) -> Any:
    """The JSON of an attribute that may hold base64; None for any other text."""
    if text[0] not in "{[" or not base64_text.may_hold_run(text):
        return None
    try:
        return orjson.loads(text)
    except ValueError:
        return None


class Extractor:
    """Takes attachments out of values of one span, and keeps them within the limits of one span."""

    def __init__(self, trace_id: str, found: Sequence[AttachmentRecord] = ()) -> None:
        """`found` are those that were taken out of this span's values before."""
        self.found = {one.sha256: one for one in found}
        self.cut_bytes = 0
        """Of those beyond the limits, in whose place stands a note."""
        self._kept_bytes = sum(len(one.content) for one in found)
        self._trace_id = trace_id

    def extract(self, value: Any) -> Any:
        """A snapshot with references in it; the same object where there is nothing to take out."""
        return self._walk(value, "", {}, "", {})

    def _walk(self, value: Any, key: str, holder: dict[str, Any], outer_key: str, outer: dict[str, Any]) -> Any:
        """`value` stands under `key` of `holder`, which stands under `outer_key` of `outer`, lists left aside."""
        kind = type(value)
        if kind is str:
            if len(value) < MIN_CHARS or not config.extract_attachments:
                return value
            at = base64_text.find(value, _MARK)
            if at >= 0:
                return self._without_data_urls(value, at)
            if key in _BASE64_KEYS and (content_type := _content_type(value, key, holder, outer_key, outer)):
                return self._bare(value, content_type)
        elif kind is dict:
            changed = None
            for name, item in value.items():
                if (new := self._walk(item, name, value, key, holder)) is not item:
                    changed = changed or dict(value)
                    changed[name] = new
            return changed or value
        elif kind is list:
            if len(value) > _EMBEDDING and type(value[0]) is float and type(value[-1]) is float:
                return value
            copy = None
            for place, item in enumerate(value):
                if (new := self._walk(item, key, holder, outer_key, outer)) is not item:
                    copy = copy or list(value)
                    copy[place] = new
            return copy or value
        elif kind is Attachment:
            return self._keep(value.content_type, value.content_bytes)
        return value

    def _without_data_urls(self, text: str, at: int) -> str:
        parts = []
        done = 0
        while at >= 0:
            start = at + len(_MARK)
            header = _HEADER.search(text[max(done, at - _HEADER_CHARS) : at])
            if header is None:
                at = base64_text.find(text, _MARK, start)
                continue
            end = base64_text.end_of(text, start)
            if text[end : end + 1] in ("-", "_"):
                end = base64_text.end_of(text, start, in_urls=True)
            if end - start >= MIN_CHARS and (size := base64_text.size_of(text, start, end)) >= 0:
                parts += [text[done : at - len(header[0])], self._decoded(text, start, end, size, header[1])]
                done = end
            at = base64_text.find(text, _MARK, end)
        return "".join((*parts, text[done:])) if parts else text

    def _bare(self, text: str, content_type: str) -> str:
        end = base64_text.end_of(text, 0, in_urls=True)
        size = base64_text.size_of(text, 0, end) if end == len(text) else -1
        return text if size < 0 else self._decoded(text, 0, end, size, content_type)

    def _decoded(self, text: str, start: int, end: int, size: int, content_type: str) -> str:
        if size > self._most():
            return self._cut(content_type, size)
        return self._keep(content_type, base64_text.decode(text, start, end))

    def _keep(self, content_type: str, content: bytes) -> str:
        if config.redact:
            content_type, content = redaction.clean_text(content_type), _redacted(content)
        if not _CONTENT_TYPE.fullmatch(content_type):
            content_type = OCTETS
        size = len(content)
        digest = sha256(content).digest()
        if digest not in self.found:
            if size > self._most():
                return self._cut(content_type, size)
            self.found[digest] = AttachmentRecord(digest, content_type, content)
            self._kept_bytes += size
        return format_uri(digest.hex(), content_type, self._trace_id, size)

    def _most(self) -> int:
        return min(config.max_value_bytes, config.max_span_bytes - self._kept_bytes)

    def _cut(self, content_type: str, size: int) -> str:
        self.cut_bytes += size
        return f"[{content_type} of {size} bytes cut]"


def _content_type(text: str, key: str, holder: dict[str, Any], outer_key: str, outer: dict[str, Any]) -> str | None:
    """What the base64 under a key is, by the forms in which SDKs send it; None for what is no known form."""
    if key == "b64_json":  # OpenAI's images
        return f"image/{_word(holder.get('output_format'), 'png')}"
    if key == "result":  # OpenAI's image tool
        is_image = holder.get("type") == "image_generation_call"
        return f"image/{_word(holder.get('output_format'), 'png')}" if is_image else None
    if key == "bytes":  # Bedrock
        format = _word(outer.get("format"), "")
        return _BEDROCK.get(format, f"image/{format}") if outer_key == "source" and format else None
    for name in ("media_type", "mime_type", "mimeType", "mediaType"):  # Anthropic, Gemini, LangChain, MCP
        if isinstance(named := holder.get(name), str) and named:
            return named
    if outer_key in ("input_audio", "audio"):  # OpenAI's recordings
        format = _word(holder.get("format"), "wav")
        return "audio/mpeg" if format == "mp3" else f"audio/{format}"
    if holder.get("type") == "base64" and key == "data":
        return "image/png"
    return next((named for beginning, named in _BEGINNINGS if text.startswith(beginning)), None)


def _word(value: Any, default: str) -> str:
    return value if isinstance(value, str) and value else default


def _redacted(content: bytes) -> bytes:
    """Text, of whatever type it is said to be, without its secrets: as base64 not all could read them."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return content
    cleaned = redaction.clean_text(text)
    return content if cleaned == text else cleaned.encode()
