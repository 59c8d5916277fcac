"""Names of spans without what differs between calls of one step."""

from __future__ import annotations

import re
from functools import lru_cache

from .rows import SpanRow

_DIGITS = re.compile(r"\d+")


def folded_name(span: SpanRow) -> str:
    """Return the name of a span without its model, and with digits as `#`."""
    return folded(span.name, span.model, span.response_model)


@lru_cache(8192)
def folded(name: str, model: str | None, response_model: str | None) -> str:
    """Return a name without these models, and with digits as `#`; OpenTelemetry puts the model into the name."""
    whole = name
    for one in sorted(filter(None, (model, response_model)), key=len, reverse=True):
        if len(one) < len(whole):
            name = name.replace(one, "").strip()
    return _DIGITS.sub("#", name)
