"""Where every span begins: recorded, or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import guard
from .config import config
from .span import NoOpSpan, Span


def begin(
    name: str,
    kind: str,
    parent: Span | NoOpSpan | None,
    attributes: Mapping[str, Any] | None = None,
    start_ns: int | None = None,
) -> Span | NoOpSpan:
    """A span below `parent`, or the root of a new trace; one that keeps nothing while tracing is off.

    Children of a span that keeps nothing keep nothing: a trace is recorded whole or not at all.
    """
    try:
        if not config.enabled or type(parent) is NoOpSpan:
            return NoOpSpan()
        return Span(name, kind, parent, attributes, start_ns)  # type: ignore[arg-type]
    except Exception:
        guard.fault("starting a span")
        return NoOpSpan()
