"""The fast path: ended, small spans without anything that might be a secret are scanned together and written unchanged.

A few searches through a text are enough to see that it holds no secret. For a short text the calls cost more than the
search, so the texts of many spans are joined and searched at once. Where that finds a mark, the spans are scanned again
in parts, and the few spans of a part with a mark go through the steps of the pipeline. The only decision made here: the
span can be written unchanged.
"""

from __future__ import annotations

from typing import Any

from ...store.model.rows import UNSET
from ...store.text.json_text import encode_at_once, encode_finite, is_small
from .. import redaction
from ..redaction import SHORT_CHARS
from ..settings.settings import config
from ..spans.pending_span import PendingSpan
from ..values import attachment, base64_text
from .attachments import MIN_CHARS

TOGETHER = 32
"""Spans in one scan."""

PARTS = 4
"""Parts of a scan with a mark that are scanned again. The steps take ten times as long as a scan."""

_MOST_BYTES = 65_536
"""Size limit of the texts of one scan: no search holds the interpreter lock for long."""

_FLAT_KEYS = 16
"""Most entries of a dict whose keys and sizes are checked in one loop, as those of most arguments are."""

_MOST_ATTRIBUTES = 1_024
"""Most attributes of a span on the fast path."""


def is_open() -> bool:
    """Whether the settings of the moment let any span be written unchanged."""
    return (
        config.redact
        and not config.span_processors
        and not attachment.in_use
        and min(config.max_value_bytes, config.max_span_bytes) >= _MOST_BYTES
    )


class BatchScan:
    """One scan of the texts of several spans."""

    def __init__(self) -> None:
        self._payloads: list[bytes] = []
        self._texts: list[str] = []
        self._left = _MOST_BYTES

    def add(self, span: PendingSpan) -> bool:
        """Add an ended span to the scan and set its JSON; False if the span cannot be written unchanged."""
        payload_count, text_count = len(self._payloads), len(self._texts)
        if self._add(span):
            return True
        del self._payloads[payload_count:], self._texts[text_count:]
        return False

    def _add(self, span: PendingSpan) -> bool:
        """As `add`; where it returns False, texts of the span may be in the scan."""
        if span.event_list or span.link_list:
            return False
        attributes = span.attribute_values
        if len(attributes) > _MOST_ATTRIBUTES or not redaction.has_harmless_keys(attributes):
            return False
        left = self._left
        payloads, texts = self._payloads, self._texts
        for value in attributes.values():
            kind = type(value)
            if kind is str:
                if (length := len(value)) >= SHORT_CHARS:
                    left -= length
                    texts.append(value)
                    if length >= MIN_CHARS and _may_hold_attachment(value):
                        return False
            elif kind is dict or kind is list:
                if (text := _encode(value, payloads, texts)) is None:
                    return False
                left -= len(text)
        if (message := span.status_message) is not None:
            left -= len(message)
            texts.append(message)
        for label in (span.name, span.kind):
            if len(label) >= SHORT_CHARS:
                left -= len(label)
                texts.append(label)
        inputs = outputs = None
        value = span.inputs_value
        if value is not UNSET:
            inputs = _encode(value, payloads, texts)
            if inputs is None or ((length := len(inputs)) >= MIN_CHARS and _may_hold_attachment(inputs)):
                return False
            left -= length
        value = span.outputs_value
        if value is not UNSET:
            outputs = _encode(value, payloads, texts)
            if outputs is None or ((length := len(outputs)) >= MIN_CHARS and _may_hold_attachment(outputs)):
                return False
            left -= length
        if left < 0:
            return False
        self._left = left
        span.inputs_json, span.outputs_json = inputs, outputs
        return True

    def is_clean(self) -> bool:
        """Whether no text of the added spans may hold a secret."""
        return redaction.have_no_marks(self._payloads, self._texts)


def _may_hold_attachment(text: str | bytes) -> bool:
    return config.extract_attachments and base64_text.may_hold_run(text)


def _encode(value: Any, payloads: list[bytes], texts: list[str]) -> bytes | None:
    """The JSON of a small snapshot without keys that name secrets; None for any other.

    What is to be scanned is added to `texts`, or as JSON to `payloads`.
    """
    kind = type(value)
    if kind is str:
        texts.append(value)
        return encode_finite(value) if len(value) < _MOST_BYTES else None
    if kind is dict:
        if len(value) <= _FLAT_KEYS and redaction.has_harmless_keys(value):
            chars, text_count = 0, len(texts)
            may_be_nan = False
            for item in value.values():
                nested = type(item)
                if nested is str:
                    chars += len(item)
                    texts.append(item)  # the texts alone: JSON has a colon behind each key
                elif nested is dict or nested is list:
                    del texts[text_count:]
                    break
                elif nested is float:
                    may_be_nan = True
            else:
                if chars >= _MOST_BYTES:
                    return None
                return encode_at_once(value) if may_be_nan else encode_finite(value)
    elif kind is not list:
        return encode_at_once(value)
    if not is_small(value) or not redaction.keys_are_clean(value):
        return None
    payloads.append(text := encode_at_once(value))
    return text
