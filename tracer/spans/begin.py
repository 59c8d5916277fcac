"""The beginning of every span: recorded or not, which is head sampling. Tail sampling is in `tracer/recording`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import guard
from ..parts import ids
from ..settings.settings import config
from .current import ContextSpan, current_span
from .no_op_span import DisabledSpan, NoOpSpan
from .span import Span


def begin(
    name: str,
    kind: str,
    parent: ContextSpan | None,
    attributes: Mapping[str, Any] | None = None,
    start_ns: int | None = None,
    sampling_ratio: float | None = None,
    make: type[Span] = Span,
) -> Span | NoOpSpan:
    """Return a new span below `parent`, or the root of a new trace. While tracing is off, return a `NoOpSpan`.

    The root decides whether its trace is sampled, by `sampling_ratio` or else by the configured ratio. Children of a
    `NoOpSpan` are not recorded either, so a trace is recorded whole or not at all. `make` is the class of recorded
    spans.
    """
    try:
        if not config.enabled:
            return NoOpSpan(parent.recorded_ancestor if isinstance(parent, NoOpSpan) else parent)
        if isinstance(parent, Span):
            return make(name, kind, parent, attributes, start_ns)
        if parent is None:
            ratio = config.sampling_ratio if sampling_ratio is None else sampling_ratio
            if ratio < 1.0 and not should_sample(sampling_ratio):
                return NoOpSpan()
            return make(name, kind, None, attributes, start_ns)
        return _begin_below(name, kind, parent, attributes, start_ns, make)
    except Exception:
        guard.fault("starting a span")
        return NoOpSpan()


def is_disabled() -> bool:
    """Return whether the calling code is not recorded: tracing is off, or the current trace is not sampled."""
    return not config.enabled or isinstance(current_span(), NoOpSpan)


def unless_disabled(parent: ContextSpan | None) -> ContextSpan | None:
    """Return `parent`, or the current `DisabledSpan` if the caller is inside `tracing.context(enabled=False)`."""
    here = current_span()
    return here if isinstance(here, DisabledSpan) else parent


def _begin_below(
    name: str,
    kind: str,
    parent: ContextSpan,
    attributes: Mapping[str, Any] | None,
    start_ns: int | None,
    make: type[Span],
) -> Span | NoOpSpan:
    if isinstance(parent, NoOpSpan):
        return parent.child()
    from .remote_parent import RemoteParent  # loaded by what made the parent

    if not isinstance(parent, RemoteParent) or not parent.is_sampled:
        return NoOpSpan(parent)
    span = make(name, kind, parent, attributes, start_ns)
    span.is_entry = parent.claim_entry()
    return span


def should_sample(ratio: float | None = None) -> bool:
    """Return whether to record a new trace: True with the probability `ratio`, by default the configured ratio."""
    return ids.random_ratio() < (config.effective_sampling_ratio() if ratio is None else ratio)
