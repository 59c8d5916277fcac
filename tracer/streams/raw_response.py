"""Responses of a client's `with_raw_response` and `with_streaming_response` under `trace`: the answer is in the body.

The clients are those of OpenAI, Anthropic and Groq, which are made by one generator.
"""

from __future__ import annotations

from typing import Any

import orjson

from .. import guard
from ..spans.span import Span
from . import gateway_cost
from .body_meter import BodyMeter
from .followed_response import content_type, follow


def goes_on(span: Span, raw: Any) -> bool:
    """Whether the span ends with the body, which has not been read; the answer of one that has is set here."""
    try:
        response = raw.http_response
        kind = content_type(response)
        gateway_cost.keep(span, response)
        if (content := _content(response)) is None:
            return follow(response, BodyMeter(span, kind, ends_span=True))
        if "json" in kind:
            span.set_outputs(orjson.loads(content))
    except Exception:
        guard.fault("measuring a raw response")
    return False


def _content(response: Any) -> bytes | None:
    """The body, if it has been read."""
    try:
        content = response.content
    except Exception:  # `ResponseNotRead`, by a class of each version of httpx
        return None
    return content if isinstance(content, bytes) else None
