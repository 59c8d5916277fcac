"""Where every span begins: recorded, or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import guard
from ..parts import ids
from ..settings.settings import config
from .current import Around, innermost
from .no_op_span import NoOpSpan, Off
from .remote_parent import RemoteParent
from .span import Span


def begin(
    name: str,
    kind: str,
    parent: Around | None,
    attributes: Mapping[str, Any] | None = None,
    start_ns: int | None = None,
    sampling_ratio: float | None = None,
    make: type[Span] = Span,
) -> Span | NoOpSpan:
    """A span below `parent`, or the root of a new trace; one that keeps nothing while tracing is off.

    The root decides whether its trace is sampled, by `sampling_ratio` or else by the configured one; children of a
    span that keeps nothing keep nothing: a trace is recorded whole or not at all. Recorded spans are of the class
    `make`.
    """
    try:
        if not config.enabled:
            return NoOpSpan(parent.remote if isinstance(parent, NoOpSpan) else parent)
        if isinstance(parent, Span):
            return make(name, kind, parent, attributes, start_ns)
        if parent is None:
            ratio = config.sampling_ratio if sampling_ratio is None else sampling_ratio
            if ratio < 1.0 and not is_sampled(sampling_ratio):
                return NoOpSpan()
            return make(name, kind, None, attributes, start_ns)
        return _begin_below(name, kind, parent, attributes, start_ns, make)
    except Exception:
        guard.fault("starting a span")
        return NoOpSpan()


def is_off() -> bool:
    """Whether the calling code is not recorded: tracing is off, or its trace is not sampled."""
    return not config.enabled or isinstance(innermost(), NoOpSpan)


def allowed(parent: Around | None) -> Around | None:
    """The parent of a span by hand: the one that was named, unless `tracing.context(enabled=False)` is around."""
    around = innermost()
    return around if isinstance(around, Off) else parent


def _begin_below(
    name: str,
    kind: str,
    parent: Around,
    attributes: Mapping[str, Any] | None,
    start_ns: int | None,
    make: type[Span],
) -> Span | NoOpSpan:
    if isinstance(parent, NoOpSpan):
        return parent.below()
    if not isinstance(parent, RemoteParent) or not parent.is_sampled:
        return NoOpSpan(parent)
    span = make(name, kind, parent, attributes, start_ns)
    span.is_entry = parent.take_entry()
    return span


def is_sampled(ratio: float | None = None) -> bool:
    """Whether to record the trace that is beginning, with the probability `ratio` or else the configured one."""
    return ids.random_ratio() < (config.share_that_is_sampled() if ratio is None else ratio)
