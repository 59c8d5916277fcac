"""Redaction as a step of the export pipeline: secrets in spans, in traces, and in extracted attachments."""

from __future__ import annotations

from typing import Any

from ...store.model.rows import TraceRecord
from ...store.text.json_parts import JsonParts
from ...store.text.json_text import encode
from .. import redaction
from ..settings.settings import config
from ..values.limits import TEXTS_OF_TRACE
from .export_span import ExportSpan

_GROWING = 128
"""Most choices of one response that may still grow at once; OpenAI returns at most this many."""

_MOST_CLEAN_ELEMENTS = 65_536
_clean_elements: set[int] = set()
"""Hashes of the JSON of objects in which no secret was found."""


def hold_back_partial_words(span: ExportSpan) -> None:
    """Shorten the texts of a stream by a token at their end that is still too short to be recognised as a secret."""
    if span.is_streaming and config.redact:
        span.outputs_value = _without_partial_words(span.outputs_value)


def _without_partial_words(outputs: Any) -> Any:
    kind = type(outputs)
    if kind is str:
        return redaction.clean_growing(outputs)
    if kind is dict:
        return {key: _without_partial_words(value) for key, value in outputs.items()}
    if kind is list and outputs:  # calls or choices, of which all may grow; of many chunks only the last one may
        done = [] if len(outputs) <= _GROWING else outputs[:-1]
        return [*done, *map(_without_partial_words, outputs[len(done) :])]
    return outputs


def redact(span: ExportSpan) -> None:
    """Remove secrets from the attributes, the texts and the payloads of a span."""
    if not config.redact:
        return
    span.attribute_values = redaction.clean_attributes(span.attribute_values)
    if span.status_message:
        span.status_message = redaction.clean_text(span.status_message)
    if len(span.name) >= redaction.SHORT_CHARS:
        span.name = redaction.clean_text(span.name)
    if len(span.kind) >= redaction.SHORT_CHARS:
        span.kind = redaction.clean_text(span.kind)
    for payload in span.payloads:
        if not _is_clean(payload.value, payload.json):
            payload.replace(redaction.clean(payload.value))


def _is_clean(value: Any, text: bytes | JsonParts) -> bool:
    """Whether a value holds no secret. Objects that did not, as those of the former calls, are not looked at again."""
    if not isinstance(text, JsonParts):
        return redaction.is_clean(value, text)
    hashes = list(map(hash, text.elements))
    if _clean_elements.isdisjoint(hashes):
        is_clean = redaction.is_clean(value, bytes(text))
    else:
        rest = _without_clean_elements(value, text, hashes)
        is_clean = redaction.is_clean(rest, encode(rest))
    if is_clean:
        if len(_clean_elements) > _MOST_CLEAN_ELEMENTS:
            _clean_elements.clear()
        _clean_elements.update(hashes)
    return is_clean


def _without_clean_elements(value: Any, text: JsonParts, hashes: list[int]) -> Any:
    """The value, without the known elements of its lists; one stays, as the key of a list may make it a secret."""
    left: dict[str | None, Any] = {}
    start = 0
    for key, count in text.lists:
        items = value if key is None else value[key]
        unknown = [
            item for item, one in zip(items, hashes[start : start + count], strict=True) if one not in _clean_elements
        ]
        left[key] = unknown or items[-1:]
        start += count
    return left.get(None) or {**value, **left}


def redact_trace(trace: TraceRecord) -> None:
    """Remove secrets from what user code set on a trace; `trace` is a copy."""
    if not config.redact:
        return
    trace.tags = trace.tags and redaction.clean(trace.tags)
    trace.metadata = trace.metadata and redaction.clean(trace.metadata)
    for field in TEXTS_OF_TRACE:
        if text := getattr(trace, field):
            setattr(trace, field, redaction.clean_text(text))


def redact_attachment(content_type: str, content: bytes) -> tuple[str, bytes]:
    """Remove secrets from an attachment that is text, whatever its content type: base64 would hide them from nobody."""
    if not config.redact:
        return content_type, content
    content_type = redaction.clean_text(content_type)
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return content_type, content
    cleaned = redaction.clean_text(text)
    return content_type, content if cleaned == text else cleaned.encode()
