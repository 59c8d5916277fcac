"""Span processors of the program: each is called with every span before it is written, and may change the span.

The return value of a processor is ignored, as in MLflow.
"""

from __future__ import annotations

from typing import Any

from ...store.model.rows import CANCELLED, ERROR, OK, UNSET
from .. import guard
from ..settings.settings import config
from ..spans.span import Span
from ..values.snapshot import snapshot
from .export_span import COPIED, ExportSpan
from .withhold import withhold

_STATUSES = (OK, ERROR, CANCELLED)


class ProcessedSpan(Span):
    """The argument of a processor: a copy of a span with the interface of a span, valid during the call."""

    __slots__ = ("_was_ended_ns",)

    def __init__(self, exported: ExportSpan) -> None:
        for field in COPIED:
            setattr(self, field, getattr(exported, field))
        self._was_ended_ns, self.end_ns = exported.end_ns, None
        self.stream = self.context_token = self.unreset_tokens = None
        self.attribute_values = {key: snapshot(value) for key, value in exported.attribute_values.items()}
        self.event_list = snapshot(exported.event_list) if exported.event_list else None
        self.link_list = snapshot(exported.link_list) if exported.link_list else None
        if exported.inputs_value is not UNSET:
            self.inputs_value = snapshot(exported.inputs_value)
        if exported.outputs_value is not UNSET:
            self.outputs_value = snapshot(exported.outputs_value)

    @property
    def end_time_ns(self) -> int | None:
        """Unix nanoseconds; None for a span that is written while it runs."""
        return self._was_ended_ns

    def open(self) -> None:
        """Do nothing: the span is recorded already."""

    def end(self, *_: Any, **__: Any) -> None:
        """Do nothing: the span is recorded already."""


def run_processors(span: ExportSpan) -> None:
    """Call the span processors in their order. Where one raises, everything that the span carries is withheld."""
    if not config.span_processors:
        return
    processed = ProcessedSpan(span)
    for processor in config.span_processors:
        try:
            processor(processed)
        except BaseException as error:  # sys.exit would end the writer thread
            name = getattr(processor, "__qualname__", type(processor).__qualname__)
            withhold(span, f"the span processor {name} raised {type(error).__name__}")
            guard.warn(
                f"processor {name}", f"the span processor {name} raised {error!r}; what its spans carry is withheld"
            )
            return
    span.name, span.kind = str(processed.name), str(processed.kind)
    span.status_message = None if processed.status_message is None else str(processed.status_message)
    span.attribute_values = {str(key): snapshot(value) for key, value in processed.attribute_values.items()}
    span.inputs_value = UNSET if processed.inputs_value is UNSET else snapshot(processed.inputs_value)
    span.outputs_value = UNSET if processed.outputs_value is UNSET else snapshot(processed.outputs_value)
    span.event_list = [event for event in snapshot(processed.event_list or []) if type(event) is dict]
    span.link_list = [link for link in snapshot(processed.link_list or []) if type(link) is dict]
    if span.end_ns is not None and processed.status_code in _STATUSES:
        span.status_code = processed.status_code
