"""Attachments in recorded values: `Attachment` objects, data URLs, and base64 where chat messages have it.

Extraction runs on the writer thread. It replaces an attachment by a reference (`store.text.attachment_uri`) and returns
its bytes; a string that is short, or is not base64 from its beginning to its end, stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from hashlib import sha256
from itertools import chain
from typing import Any

import orjson

from ...store.model.rows import AttachmentRecord
from ...store.text.attachment_uri import format_uri
from ...store.text.json_parts import JsonParts
from ..settings.settings import config
from ..values import attachment, base64_text, limits
from ..values.attachment import OCTETS, Attachment
from .export_span import OUTPUTS, ExportSpan

MIN_CHARS = base64_text.LONG_CHARS
"""Shorter strings are not searched: so little base64 disturbs no reader."""

_MARK = ";base64,"
_HEADER = re.compile(r"data:([A-Za-z0-9.+_-]+/[A-Za-z0-9.+_-]+(?:;[A-Za-z0-9.+_=-]+)*)\Z")
_HEADER_CHARS = 160
_CONTENT_TYPE = re.compile(r"[A-Za-z0-9.+_-]{1,80}/[A-Za-z0-9.+_-]{1,80}(?:;[A-Za-z0-9.+_ =-]{1,80})?")

_EMBEDDING = 64
"""A longer list that begins and ends with a float is an embedding, and is not searched."""

_BASE64_KEYS = frozenset({"data", "base64", "bytes", "b64_json", "result", "images"})
"""Keys whose value may be base64 without a data URL around it."""

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
"""Bedrock's formats other than images, and their content types."""

_BEGINNINGS = (
    ("iVBORw0KGgo", "image/png"),
    ("/9j/", "image/jpeg"),
    ("_9j_", "image/jpeg"),
    ("R0lGOD", "image/gif"),
    ("UklGR", "image/webp"),
    ("JVBERi0", "application/pdf"),
)
"""How files of these content types begin in base64."""
_FILES = tuple(beginning for beginning, _ in _BEGINNINGS)


_MOST_WITHOUT_RUN = 65_536
_without_run: set[int] = set()
"""Hashes of the JSON of objects that may hold no base64."""

_INSTRUMENTED = "otel.scope.name"
"""An attribute of spans by instrumentors, which put prompts into attributes."""

Filter = Callable[[str, bytes], tuple[str, bytes]]
"""Receives the content type and the bytes of an attachment, and returns those that are stored."""


def extract_attachments(span: ExportSpan, filter_content: Filter) -> None:
    """Replace the attachments of a span by references; each passes `filter_content` before it is stored."""
    if not (config.extract_attachments or attachment.in_use):
        return
    extraction = _Extraction(span, filter_content)
    if _INSTRUMENTED in span.attribute_values:
        extraction.extract_from_attributes()
    for payload in span.payloads:
        if not attachment.in_use and (len(payload.json) < MIN_CHARS or not _may_hold_run(payload.json)):
            continue
        if span.is_streaming and payload.name == OUTPUTS:  # half an image is not an image
            continue
        if (value := extraction.extract(payload.value)) is not payload.value:
            payload.replace(value)


def _may_hold_run(text: bytes | JsonParts) -> bool:
    """Whether a JSON text may hold base64. Objects that held none are not searched again."""
    if not isinstance(text, JsonParts):
        return base64_text.may_hold_run(text)
    unknown = [element for element in text.elements if hash(element) not in _without_run]
    for part in chain(text.glue, unknown):
        if len(part) >= MIN_CHARS and base64_text.may_hold_run(part):
            return True
    if len(_without_run) > _MOST_WITHOUT_RUN:
        _without_run.clear()
    _without_run.update(map(hash, unknown))
    return False


class _Extraction:
    """Extracts attachments from the values of one span and adds them to the span."""

    def __init__(self, span: ExportSpan, filter_content: Filter) -> None:
        self._span = span
        self._filter_content = filter_content

    def extract(self, value: Any) -> Any:
        """A copy of a value with references in it; the same object where it has no attachments."""
        span = self._span
        extractor = Extractor(span.trace.trace_key.hex(), span.attachments, self._filter_content)
        value = extractor.extract(value)
        if len(extractor.found) > len(span.attachments):
            span.attachments = tuple(extractor.found.values())
        if extractor.cut_bytes:
            key = limits.CUT_KEY + "attachments"
            cut_bytes = extractor.cut_bytes + span.attribute_values.get(key, 0)
            span.attribute_values = {**span.attribute_values, key: cut_bytes}
        return value

    def extract_from_attributes(self) -> None:
        """Extract attachments from the attributes, in which instrumentors put prompts and responses as JSON."""
        attributes = self._span.attribute_values
        long = {key: text for key, text in attributes.items() if type(text) is str and len(text) >= MIN_CHARS}
        if not long:
            return
        changed = {}
        for key, text in long.items():
            if (document := _document(text)) is not None and (found := self.extract(document)) is not document:
                changed[key] = orjson.dumps(found).decode()
        rest = {key: text for key, text in long.items() if key not in changed}
        if (found := self.extract(rest)) is not rest:
            changed.update(found)
        if changed:
            self._span.attribute_values = {**self._span.attribute_values, **changed}


def _document(text: str) -> Any:
    """The JSON of an attribute that may hold base64; None for every other text."""
    if text[0] not in "{[" or not base64_text.may_hold_run(text):
        return None
    try:
        return orjson.loads(text)
    except ValueError:
        return None


def _unfiltered(content_type: str, content: bytes) -> tuple[str, bytes]:
    return content_type, content


class Extractor:
    """Replaces the attachments in values of one span by references, and keeps them within the limits of a span."""

    def __init__(
        self, trace_id: str, found: Sequence[AttachmentRecord] = (), filter_content: Filter = _unfiltered
    ) -> None:
        """`found` are the attachments that were extracted from this span before."""
        self.found = {one.sha256: one for one in found}
        self.cut_bytes = 0
        """Size of the attachments that exceeded the limits and were replaced by a note."""
        self._filter_content = filter_content
        self._kept_bytes = sum(len(one.content) for one in found)
        self._trace_id = trace_id
        self._in_json: list[tuple[str, str]] | None = None
        """What was replaced in a text of JSON, and by what; None outside of one."""

    def extract(self, value: Any) -> Any:
        """A copy of a snapshot with references in it; the same object where it has no attachments."""
        return self._walk(value, "", {}, "", {})

    def _walk(self, value: Any, key: str, holder: dict[str, Any], outer_key: str, outer: dict[str, Any]) -> Any:
        """`value` is `holder[key]`, or in a list there; `holder` is `outer[outer_key]`, or in a list there."""
        kind = type(value)
        if kind is str:
            if len(value) < MIN_CHARS or not config.extract_attachments:
                return value
            at = base64_text.find(value, _MARK)
            if at >= 0:
                return self._without_data_urls(value, at)
            if value[0] in "{[":
                return self._within_json(value)
            is_file = self._in_json is not None and value.startswith(_FILES)
            if (is_file or key in _BASE64_KEYS) and (
                content_type := _content_type(value, key, holder, outer_key, outer)
            ):
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
            end = base64_text.find_end(text, start)
            if text[end : end + 1] in ("-", "_"):
                end = base64_text.find_end(text, start, in_urls=True)
            if end - start >= MIN_CHARS and (size := base64_text.decoded_size(text, start, end)) >= 0:
                parts += [text[done : at - len(header[0])], self._decoded(text, start, end, size, header[1])]
                done = end
            at = base64_text.find(text, _MARK, end)
        return "".join((*parts, text[done:])) if parts else text

    def _within_json(self, text: str) -> str:
        """A text of JSON, as tools return it, with references in it; the rest of it as it is written."""
        document = _document(text)
        if document is None:
            return text
        outer, self._in_json = self._in_json, []
        found, replaced = self.extract(document), self._in_json
        self._in_json = outer
        for content, reference in replaced:
            if content not in text:  # its slashes are escaped
                return orjson.dumps(found).decode()
            text = text.replace(content, reference)
        if outer is not None:
            outer.extend(replaced)
        return text

    def _bare(self, text: str, content_type: str) -> str:
        end = base64_text.find_end(text, 0, in_urls=True)
        size = base64_text.decoded_size(text, 0, end) if end == len(text) else -1
        if size < 0:
            return text
        reference = self._decoded(text, 0, end, size, content_type)
        if self._in_json is not None:
            self._in_json.append((text, reference))
        return reference

    def _decoded(self, text: str, start: int, end: int, size: int, content_type: str) -> str:
        if size > self._most():
            return self._cut(content_type, size)
        return self._keep(content_type, base64_text.decode(text, start, end))

    def _keep(self, content_type: str, content: bytes) -> str:
        content_type, content = self._filter_content(content_type, content)
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
    """The content type of the base64 under a key, by the formats in which SDKs send it; None in no known format."""
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
