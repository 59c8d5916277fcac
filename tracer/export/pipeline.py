"""The export pipeline: what happens to spans on the writer thread before they reach the file.

Nothing of a span is written that did not go through here, whether it begins, runs or has ended. The steps change a copy
of the span; an ended span in which the scan of its batch finds nothing to change is written as it is. Where a step
fails, what the span carries is withheld.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter

from ...store.model.rows import CANCELLED, SpanRecord, TraceRecord
from .. import guard
from ..parts import clock
from ..settings.settings import config
from ..spans.live_trace import LiveTrace
from ..spans.pending_span import PendingSpan
from ..values import limits
from . import attachments, fast_path
from .export_span import Exported, ExportSpan, encode_payloads, set_json
from .limit import apply_limits
from .processors import run_processors
from .redact import hold_back_partial_words, redact, redact_attachment, redact_trace
from .withhold import warn_of_failed_redaction, withhold


def extract_attachments(span: ExportSpan) -> None:
    """Replace attachments by references, and redact those that are text."""
    attachments.extract_attachments(span, redact_attachment)


STEPS: tuple[Callable[[ExportSpan], None], ...] = (
    hold_back_partial_words,
    run_processors,
    encode_payloads,
    extract_attachments,
    redact,
    apply_limits,
)
"""What is done to a span before it is written, in this order. Each step follows the settings of the moment."""

_labels_of = attrgetter("tags", "metadata", *limits.TEXTS_OF_TRACE)

UNLABELLED = TraceRecord(b"", False)
"""What is written of a trace on which user code set nothing."""


class ExportPipeline:
    """Makes the records that are written from the spans of this process."""

    def __init__(self) -> None:
        self.exported: dict[int, Exported] = {}
        """What was exported of open spans, by their keys."""
        self._traces: dict[int, TraceRecord] = {}
        """The labels of the batch's traces, by the id of the trace object."""

    def prepare(self, spans: Sequence[PendingSpan]) -> list[SpanRecord]:
        """What is to be written of these spans, in their order."""
        prepared = self._prepare_all(spans)
        # After the spans: a span whose end is written takes along every label that its trace got before that end.
        self._traces.clear()
        trace = None
        for span in spans:
            if span.trace is not trace:  # the spans of a trace come one after the other
                trace = span.trace
                self._prepare_trace(trace)
        return prepared

    def _prepare_all(self, spans: Sequence[PendingSpan]) -> list[SpanRecord]:
        if not fast_path.is_open():
            return [self._prepare(span) for span in spans]
        prepared = []
        for start in range(0, len(spans), fast_path.TOGETHER):
            prepared += self._prepare_together(spans[start : start + fast_path.TOGETHER])
        return prepared

    def end_abandoned(self, spans: Sequence[SpanRecord]) -> None:
        """End spans that the program dropped without ending them, as they were written; `spans` are not empty.

        A forgotten `end()` costs no memory then, and does not look like work that goes on for ever.
        """
        self._traces.clear()
        for span in spans:
            self.exported.pop(span.span_key, None)
            self._prepare_trace(span.trace)
            assert isinstance(span.trace, LiveTrace)
            span.end_ns = max(span.start_ns, span.trace.wall_offset_ns + clock.monotonic_ns())
            span.status_code = CANCELLED
            span.status_message = "the program let go of the span without ending it"
        guard.warn(
            "abandoned", f"the span {spans[0].name!r} was let go of and not ended; use `with`, or end() in a `finally`"
        )

    def _prepare_together(self, spans: Sequence[PendingSpan]) -> list[SpanRecord]:
        scan = fast_path.BatchScan()
        try:
            others = [
                place
                for place, span in enumerate(spans)
                if span.end_ns is None or span.span_key in self.exported or not scan.add(span)
            ]
            is_clean = scan.is_clean()
        except Exception:  # it is raised again for the span that causes it, which is then withheld
            is_clean = False
        if not is_clean:
            return self._prepare_in_parts(spans)
        prepared: list[SpanRecord] = list(spans)
        for place in others:
            prepared[place] = self._prepare(spans[place])
        return prepared

    def _prepare_in_parts(self, spans: Sequence[PendingSpan]) -> list[SpanRecord]:
        """Scan a quarter of the spans at a time, so that those without a mark are mostly written as they are."""
        if len(spans) < fast_path.PARTS:
            return [self._prepare(span) for span in spans]
        size = -(-len(spans) // fast_path.PARTS)
        prepared = []
        for start in range(0, len(spans), size):
            prepared += self._prepare_together(spans[start : start + size])
        return prepared

    def _prepare(self, span: PendingSpan) -> ExportSpan:
        out = ExportSpan(span, self.exported.get(span.span_key))
        try:
            for step in STEPS:
                step(out)
        except Exception as error:
            withhold(out, f"redaction raised {type(error).__name__}")
            warn_of_failed_redaction(error, f"the span {span.name!r}")
            encode_payloads(out)
            set_json(out)
            self.exported.pop(out.span_key, None)
        else:
            if out.end_ns is None:
                self.exported[out.span_key] = Exported(out)
            elif out.before is not None:
                del self.exported[out.span_key]
        out.forget_values()
        return out

    def _prepare_trace(self, trace: TraceRecord) -> None:
        """Set what is written of a trace; labels that come later wait for its next span."""
        if id(trace) in self._traces:
            return
        if any(_labels_of(trace)):
            trace.as_written = self._traces[id(trace)] = _prepared_labels(trace)
        else:
            trace.as_written = UNLABELLED


def _prepared_labels(trace: TraceRecord) -> TraceRecord:
    """A copy of the labels of a trace, redacted and within the limits."""
    copy = TraceRecord(trace.trace_key, trace.maybe_in_file)
    try:
        copy.tags = trace.tags and dict(trace.tags)  # the host goes on adding to it
        copy.metadata = trace.metadata and dict(trace.metadata)
        for field in limits.TEXTS_OF_TRACE:
            setattr(copy, field, getattr(trace, field))
        redact_trace(copy)
        limits.truncate_trace(copy, config.max_value_bytes, config.max_span_bytes)
    except Exception as error:
        copy = TraceRecord(trace.trace_key, trace.maybe_in_file)
        warn_of_failed_redaction(error, "the tags and metadata of a trace")
    return copy
