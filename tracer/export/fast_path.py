"""Spans of the usual kind, looked at some at a time: ended, small, and without anything that might be a secret.

To find out that a text holds no secret takes a few searches through it. For a short one the calls cost more than the
searching, so the texts of many spans are joined and looked at once; where that finds a mark, each span is looked at
by itself. Nothing is decided here but that a span may go out as it is.
"""

from __future__ import annotations

from typing import Any

from ...store.model.rows import UNSET, SpanRecord
from ...store.text.json_text import encode_at_once, is_small
from .. import redaction
from ..settings.settings import config
from ..values import attachment, base64_text
from .attachments import MIN_CHARS

TOGETHER = 32
"""Spans whose texts are joined; more would let one span's mark send too many others the long way."""

_MOST_BYTES = 65_536
"""Of all texts that are joined: no search holds the interpreter lock for long."""


_FLAT_KEYS = 16
"""Of a dict without containers, as arguments mostly are: one walk is enough for it."""


def may_be() -> bool:
    """Whether any span may go out unchanged under the settings of now."""
    return (
        config.redact
        and not config.span_processors
        and not attachment.in_use
        and min(config.max_value_bytes, config.max_span_bytes) >= _MOST_BYTES
    )


_MOST_ATTRIBUTES = 1_024
"""Of a span of the usual kind."""


class Look:
    """One look at the texts of several spans."""

    def __init__(self) -> None:
        self._payloads: list[bytes] = []
        self._texts: list[str] = []
        self._left = _MOST_BYTES

    def at(self, span: SpanRecord) -> bool:
        """Take in a span that has ended, and give it its payloads as JSON; False if it is not of the usual kind."""
        if span.event_list or span.link_list:
            return False
        attributes = span.attribute_values
        if len(attributes) > _MOST_ATTRIBUTES or not redaction.has_harmless_keys(attributes):
            return False
        left = self._left
        texts = self._texts
        for value in attributes.values():
            kind = type(value)
            if kind is str:
                if len(value) >= redaction.SHORT_CHARS:
                    left -= len(value)
                    texts.append(value)
                    if len(value) >= MIN_CHARS and _may_hold_attachment(value):
                        return False
            elif kind is dict or kind is list:
                return False
        if (message := span.status_message) is not None:
            left -= len(message)
            texts.append(message)
        for text in (span.name, span.kind):
            if len(text) >= redaction.SHORT_CHARS:
                left -= len(text)
                texts.append(text)
        inputs = outputs = None
        value = span.inputs_value
        if value is not UNSET:
            if (inputs := _encoded(value)) is None:
                return False
            left -= len(inputs)
        value = span.outputs_value
        if value is not UNSET:
            if (outputs := _encoded(value)) is None:
                return False
            left -= len(outputs)
        if left < 0:
            return False
        self._left = left
        if inputs is not None:
            self._payloads.append(inputs)
        if outputs is not None:
            self._payloads.append(outputs)
        span.inputs_json, span.outputs_json = inputs, outputs
        return True

    def finds_nothing(self) -> bool:
        """Whether no text of the spans that were taken in is worth a closer look."""
        return redaction.have_no_marks(self._payloads, self._texts)


def _may_hold_attachment(text: str | bytes) -> bool:
    return config.extract_attachments and base64_text.may_hold_run(text)


def _encoded(value: Any) -> bytes | None:
    """A small snapshot without telling keys and attachments, as JSON; None for any other."""
    text = _json_of_small(value)
    return None if text is None or (len(text) >= MIN_CHARS and _may_hold_attachment(text)) else text


def _json_of_small(value: Any) -> bytes | None:
    kind = type(value)
    if kind is str:
        return encode_at_once(value) if len(value) < _MOST_BYTES else None
    if kind is dict:
        if len(value) <= _FLAT_KEYS and redaction.has_harmless_keys(value):
            chars = 0
            for item in value.values():
                nested = type(item)
                if nested is str:
                    chars += len(item)
                elif nested is dict or nested is list:
                    break
            else:
                return encode_at_once(value) if chars < _MOST_BYTES else None
    elif kind is not list:
        return encode_at_once(value)
    return encode_at_once(value) if is_small(value) and redaction.keys_are_clean(value) else None
