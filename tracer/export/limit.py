"""The last step of the export pipeline: the limits of values and spans."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..settings.settings import config
from ..values import limits
from .export_span import EVENTS, LINKS, ExportSpan, set_json

_CUTS: dict[str, Callable[[Any, int], Any]] = {EVENTS: limits.truncate_events, LINKS: limits.truncate_links}

_SMALL_CHARS = 4_096
"""A shorter attribute is within every limit."""


def apply_limits(span: ExportSpan) -> None:
    """Cut what exceeds the limits, note in the attributes what was cut, and set the JSON that is written."""
    left = config.max_span_bytes
    for attached in span.attachments:
        left -= len(attached.content)
    for payload in span.payloads:
        most = min(left, config.max_value_bytes)
        size = len(payload.json)
        if size > most:
            span.attribute_values = {**span.attribute_values, limits.CUT_KEY + payload.name: size}
            payload.replace(_CUTS.get(payload.name, limits.truncate)(payload.value, most))
        left = max(0, left - len(payload.json))
    set_json(span)
    small = min(_SMALL_CHARS, config.max_value_bytes // 6)
    if len(span.name) > small:
        span.name = limits.truncate(span.name, config.max_value_bytes)
    if len(span.kind) > small:
        span.kind = limits.truncate(span.kind, config.max_value_bytes)
    if span.status_message and len(span.status_message) > small:
        span.status_message = limits.truncate(span.status_message, config.max_value_bytes)
    if _may_exceed(span.attribute_values, small, left):
        _limit_attributes(span, left)


def _may_exceed(attributes: dict[str, Any], small_chars: int, left_bytes: int) -> bool:
    """Whether any attribute may exceed a limit; quick to answer."""
    if len(attributes) * 6 * small_chars > left_bytes:
        return True
    for key, item in attributes.items():
        kind = type(item)
        if len(key) > limits.NAME_CHARS or (kind is str and len(item) > small_chars) or kind is dict or kind is list:
            return True
    return False


def _limit_attributes(span: ExportSpan, left_bytes: int) -> None:
    attributes, cut_bytes, names_bytes = limits.truncate_entries(
        span.attribute_values, config.max_value_bytes, left_bytes
    )
    if cut_bytes:
        attributes[limits.CUT_KEY + "attributes"] = cut_bytes
    if names_bytes:
        attributes[limits.CUT_KEY + "attribute_names"] = names_bytes
    if cut_bytes or names_bytes:
        span.attribute_values = attributes
