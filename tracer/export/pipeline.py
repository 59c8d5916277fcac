"""The last stage before the file, on the writer thread: processors, redaction and limits, on copies of spans.

Nothing of a span reaches the file but through here, neither when it starts, nor while it runs, nor when it ends; one
that has ended and holds nothing to change goes as it is. A processor that fails withholds what the span carried:
never is it written as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from ...store.model.rows import (
    CANCELLED,
    ERROR,
    OK,
    UNSET,
    AttachmentRecord,
    SpanRecord,
    TraceRecord,
)
from ...store.text.json_text import encode
from .. import guard, redaction
from ..settings.settings import config
from ..spans.pending_span import PendingSpan
from ..spans.span import Span
from ..values import attachment, limits
from ..values.base64_text import may_hold_run
from ..values.snapshot import snapshot
from . import abandoned
from . import fast_path as unmarked
from .attachments import MIN_CHARS, extract_from_attributes, extract_into

Processor = Callable[[Span], Any]
"""Sees a span before it is written and may change it; what it gives back means nothing, as in MLflow."""

# An end is read first: what was set before it is complete once it is there.
_MADE_HERE = {"inputs_json", "outputs_json"}
_FIELDS = ("end_ns", *(field for field in SpanRecord.__slots__ if field not in {"end_ns", *_MADE_HERE}))
_read = attrgetter(*_FIELDS)

_said_in = attrgetter("tags", "metadata", *limits.TEXTS_OF_TRACE)

NOTHING_SAID = TraceRecord(b"", False)
"""What may be written of a trace of which user code said nothing by then."""


class OutgoingSpan(SpanRecord):
    """A copy of a span that only the writer thread has; inputs and outputs are JSON as bytes."""

    __slots__ = ("attachments",)

    attachments: Sequence[AttachmentRecord]

    def __init__(self, span: SpanRecord) -> None:
        self.attachments = ()
        self.inputs_json = self.outputs_json = None
        (
            self.end_ns,
            self.attribute_values,
            self.event_list,
            self.inputs_value,
            self.is_entry,
            self.kind,
            self.link_list,
            self.name,
            self.outputs_value,
            self.parent_key,
            self.span_key,
            self.start_ns,
            self.status_code,
            self.status_message,
            self.stream,
            self.thread,
            self.trace,
        ) = _read(span)
        stream = self.stream
        if self.end_ns is None:
            self.attribute_values = dict(self.attribute_values)  # the host goes on adding to it
            if self.event_list:
                self.event_list = list(self.event_list)
            if self.link_list:
                self.link_list = list(self.link_list)
            if stream is not None:
                self.outputs_value = _finished_words(stream.outputs_so_far())
                self.attribute_values.update(stream.attributes_so_far())
        self.stream = None


class ProcessedSpan(Span):
    """What a processor is given: a copy of a span with the interface of the span, that lives for this call only."""

    __slots__ = ("_was_ended_ns",)

    def __init__(self, outgoing: SpanRecord) -> None:
        for field in _FIELDS:
            setattr(self, field, getattr(outgoing, field))
        self._was_ended_ns, self.end_ns = outgoing.end_ns, None
        self.context_token = self.unreset_tokens = None
        self.attribute_values = {key: snapshot(value) for key, value in outgoing.attribute_values.items()}
        self.event_list = snapshot(outgoing.event_list) if outgoing.event_list else None
        self.link_list = snapshot(outgoing.link_list) if outgoing.link_list else None
        if outgoing.inputs_value is not UNSET:
            self.inputs_value = snapshot(outgoing.inputs_value)
        if outgoing.outputs_value is not UNSET:
            self.outputs_value = snapshot(outgoing.outputs_value)

    @property
    def end_time_ns(self) -> int | None:
        """Unix nanoseconds; None for a span that is written while it runs."""
        return self._was_ended_ns

    def open(self) -> None:
        """Nothing: it is on its way already."""

    def end(self, *_: Any, **__: Any) -> None:
        """Nothing: it is on its way already."""


class _Written:
    """What was made of the payload of a span that is open, for the next time it is written."""

    __slots__ = ("attachments", "inputs", "outputs", "raw_inputs", "raw_outputs")

    def __init__(self, raw_inputs: Any, raw_outputs: Any, out: OutgoingSpan) -> None:
        self.raw_inputs, self.inputs, self.raw_outputs, self.outputs = (
            raw_inputs,
            out.inputs_value,
            raw_outputs,
            out.outputs_value,
        )
        self.attachments = out.attachments


class Stage:
    """Makes of spans what is written of them."""

    def __init__(self) -> None:
        self._open: dict[int, _Written] = {}
        self._traces: dict[int, TraceRecord] = {}

    def prepare(self, spans: Sequence[PendingSpan]) -> list[SpanRecord]:
        """What is to be written of these spans, in their order."""
        prepared = self._prepare_all(spans)
        # After the spans: a span whose end is written takes along all that was said of its trace before that end.
        self._traces.clear()
        trace = None
        for span in spans:
            if span.trace is not trace:  # the spans of a trace come one after the other
                trace = span.trace
                self._see_trace(trace)
        return prepared

    def _prepare_all(self, spans: Sequence[PendingSpan]) -> list[SpanRecord]:
        if not unmarked.may_be():
            return [self._prepare(span) for span in spans]
        prepared = []
        for start in range(0, len(spans), unmarked.TOGETHER):
            prepared += self._prepare_together(spans[start : start + unmarked.TOGETHER])
        return prepared

    def end_abandoned(self, spans: Sequence[SpanRecord]) -> None:
        """End spans as they were written; nothing more comes of them."""
        self._traces.clear()
        for span in spans:
            self._open.pop(span.span_key, None)
            self._see_trace(span.trace)
        abandoned.end(spans)

    def _prepare_together(self, spans: Sequence[PendingSpan]) -> list[SpanRecord]:
        look = unmarked.Look()
        try:
            others = [
                place
                for place, span in enumerate(spans)
                if span.end_ns is None or span.span_key in self._open or not look.at(span)
            ]
            is_unmarked = look.finds_nothing()
        except Exception:  # what it is shows when each span is looked at by itself, and withheld where that fails
            is_unmarked = False
        if not is_unmarked:
            return [self._prepare(span) for span in spans]
        prepared: list[SpanRecord] = list(spans)
        for place in others:
            prepared[place] = self._prepare(spans[place])
        return prepared

    def _prepare(self, span: PendingSpan) -> OutgoingSpan:
        out = OutgoingSpan(span)
        try:
            if config.span_processors:
                _process(out, config.span_processors)
            self._encode(out, is_streaming=span.stream is not None and out.end_ns is None)
        except Exception as error:
            _withhold(out, f"redaction raised {type(error).__name__}")
            _warn_of(error, f"the span {span.name!r}")
        return out

    def _see_trace(self, trace: TraceRecord) -> None:
        """Take down what may be written of a trace; what is said of it from now on waits for its next time."""
        if id(trace) in self._traces:
            return
        if any(_said_in(trace)):
            trace.as_written = self._traces[id(trace)] = _said_of(trace)
        else:
            trace.as_written = NOTHING_SAID

    def _encode(self, out: OutgoingSpan, *, is_streaming: bool) -> None:
        before = self._open.get(out.span_key)
        if before is not None:
            out.attachments = before.attachments
        raw_inputs, raw_outputs = out.inputs_value, out.outputs_value
        new: list[tuple[str, Any, bytes]] = []
        if raw_inputs is not UNSET:
            if before is not None and before.raw_inputs is raw_inputs:
                out.inputs_value = before.inputs
            else:
                new.append(("inputs_value", raw_inputs, encode(raw_inputs)))
        if raw_outputs is not UNSET:
            if before is not None and before.raw_outputs is raw_outputs:
                out.outputs_value = before.outputs
            else:
                new.append(("outputs_value", raw_outputs, encode(raw_outputs)))
        if out.event_list:
            new.append(("event_list", out.event_list, encode(out.event_list)))
        if out.link_list:
            new.append(("link_list", out.link_list, encode(out.link_list)))
        if config.extract_attachments or attachment.in_use:
            _take_attachments(out, new, is_streaming=is_streaming)
        if config.redact:
            new = _redacted(out, new)
        self._bound(out, new)
        if out.end_ns is None:
            self._open[out.span_key] = _Written(raw_inputs, raw_outputs, out)
        elif before is not None:
            del self._open[out.span_key]

    def _bound(self, out: OutgoingSpan, payloads: list[tuple[str, Any, bytes]]) -> None:
        """Put the payloads into the span, within the limits."""
        left = config.max_span_bytes
        for one in out.attachments:
            left -= len(one.content)
        for field, value, text in payloads:
            most = min(left, config.max_value_bytes)
            size = len(text)
            if size > most:
                out.attribute_values = {**out.attribute_values, limits.CUT_KEY + _SHOWN_AS[field]: size}
                value = _CUTS.get(field, limits.cut)(value, most)
                text = encode(value)
            left = max(0, left - len(text))
            if field == "event_list":
                out.event_list = value
            elif field == "link_list":
                out.link_list = value
            elif field == "inputs_value":
                out.inputs_value = text
            else:
                out.outputs_value = text
        small = min(_SMALL, config.max_value_bytes // 6)
        if len(out.name) > small:
            out.name = limits.cut(out.name, config.max_value_bytes)
        if len(out.kind) > small:
            out.kind = limits.cut(out.kind, config.max_value_bytes)
        if out.status_message and len(out.status_message) > small:
            out.status_message = limits.cut(out.status_message, config.max_value_bytes)
        if len(out.attribute_values) * 6 * small > left:
            self._bound_attributes(out, left)
            return
        for key, item in out.attribute_values.items():
            kind = type(item)
            if len(key) > limits.NAME_CHARS or (kind is str and len(item) > small) or kind is dict or kind is list:
                self._bound_attributes(out, left)
                return

    def _bound_attributes(self, out: OutgoingSpan, left: int) -> None:
        attributes, cut_bytes, names_bytes = limits.cut_entries(out.attribute_values, config.max_value_bytes, left)
        if cut_bytes:
            attributes[limits.CUT_KEY + "attributes"] = cut_bytes
        if names_bytes:
            attributes[limits.CUT_KEY + "attribute_names"] = names_bytes
        if cut_bytes or names_bytes:
            out.attribute_values = attributes


_SHOWN_AS = {"inputs_value": "inputs", "outputs_value": "outputs", "event_list": "events", "link_list": "links"}
"""How the notes of what was cut name the payloads."""

_CUTS: dict[str, Callable[[Any, int], Any]] = {"event_list": limits.cut_events, "link_list": limits.cut_links}

_SMALL = 4_096
"""Characters of an attribute that no limit can concern."""


def _take_attachments(out: OutgoingSpan, payloads: list[tuple[str, Any, bytes]], *, is_streaming: bool) -> None:
    """Put references in place of attachments, in the payloads and, where instrumentors have them, in attributes."""
    if _INSTRUMENTED in out.attribute_values:
        extract_from_attributes(out)
    for place, (field, value, text) in enumerate(payloads):
        if not attachment.in_use and (len(text) < MIN_CHARS or not may_hold_run(text)):
            continue
        if is_streaming and field == "outputs_value":  # half an image is none
            continue
        if (found := extract_into(out, value)) is not value:
            payloads[place] = field, found, encode(found)


_INSTRUMENTED = "otel.scope.name"
"""An attribute of spans by instrumentors, which put prompts into attributes."""


def _said_of(trace: TraceRecord) -> TraceRecord:
    """A copy of what was said of a trace, redacted and within the limits."""
    copy = TraceRecord(trace.trace_key, trace.maybe_in_file)
    try:
        copy.tags = trace.tags and dict(trace.tags)  # the host goes on adding to it
        copy.metadata = trace.metadata and dict(trace.metadata)
        for field in limits.TEXTS_OF_TRACE:
            setattr(copy, field, getattr(trace, field))
        if config.redact:
            copy.tags = copy.tags and redaction.clean(copy.tags)
            copy.metadata = copy.metadata and redaction.clean(copy.metadata)
            for field in limits.TEXTS_OF_TRACE:
                if text := getattr(copy, field):
                    setattr(copy, field, redaction.clean_text(text))
        limits.bound_trace(copy, config.max_value_bytes, config.max_span_bytes)
    except Exception as error:
        copy = TraceRecord(trace.trace_key, trace.maybe_in_file)
        _warn_of(error, "what was said of a trace")
    return copy


def _warn_of(error: Exception, what: str) -> None:
    if guard.strict:
        guard.fault(f"redacting {what}")
    guard.warn("redaction", f"redacting {what} failed: {error!r}; what it carried is withheld")


def _redacted(out: OutgoingSpan, payloads: list[tuple[str, Any, bytes]]) -> list[tuple[str, Any, bytes]]:
    out.attribute_values = redaction.clean_attributes(out.attribute_values)
    if out.status_message:
        out.status_message = redaction.clean_text(out.status_message)
    if len(out.name) >= redaction.SHORT_CHARS:
        out.name = redaction.clean_text(out.name)
    if len(out.kind) >= redaction.SHORT_CHARS:
        out.kind = redaction.clean_text(out.kind)
    cleaned = []
    for field, value, text in payloads:
        if not redaction.is_clean(value, text):
            value = redaction.clean(value)
            text = encode(value)
        cleaned.append((field, value, text))
    return cleaned


_STATUSES = (OK, ERROR, CANCELLED)


def _process(out: OutgoingSpan, processors: Sequence[Processor]) -> None:
    span = ProcessedSpan(out)
    for processor in processors:
        try:
            processor(span)
        except BaseException as error:  # sys.exit would end the thread that writes
            name = getattr(processor, "__qualname__", type(processor).__qualname__)
            _withhold(out, f"the span processor {name} raised {type(error).__name__}")
            guard.warn(
                f"processor {name}", f"the span processor {name} raised {error!r}; what its spans carry is withheld"
            )
            return
    out.name, out.kind = str(span.name), str(span.kind)
    out.status_message = None if span.status_message is None else str(span.status_message)
    out.attribute_values = {str(key): snapshot(value) for key, value in span.attribute_values.items()}
    out.inputs_value = UNSET if span.inputs_value is UNSET else snapshot(span.inputs_value)
    out.outputs_value = UNSET if span.outputs_value is UNSET else snapshot(span.outputs_value)
    out.event_list = [event for event in snapshot(span.event_list or []) if type(event) is dict]
    out.link_list = [link for link in snapshot(span.link_list or []) if type(link) is dict]
    if out.end_ns is not None and span.status_code in _STATUSES:
        out.status_code = span.status_code


def _withhold(out: OutgoingSpan, reason: str) -> None:
    note = f"[withheld: {reason}]"
    out.attribute_values = {
        key: value for key, value in out.attribute_values.items() if type(value) in (int, float, bool)
    } | {"tracetui.withheld": reason}
    out.inputs_value = UNSET if out.inputs_value is UNSET else note
    out.outputs_value = UNSET if out.outputs_value is UNSET else note
    out.status_message = None if out.status_message is None else note
    out.event_list = None
    out.attachments = ()
    if out.link_list:
        out.link_list = [{**link, "attributes": {}} for link in out.link_list]


def _finished_words(outputs: Any) -> Any:
    """What has arrived so far, but for a token at the end of a text that is not yet long enough to be seen as one."""
    if not config.redact:
        return outputs
    kind = type(outputs)
    if kind is str:
        return redaction.clean_growing(outputs)
    if kind is dict:
        return {key: _finished_words(value) for key, value in outputs.items()}
    if kind is list and outputs:  # calls, or answers, that all still grow; of many chunks the last may
        done = [] if len(outputs) <= _GROWING else outputs[:-1]
        return [*done, *map(_finished_words, outputs[len(done) :])]
    return outputs


_GROWING = 128
"""Answers that OpenAI gives to one request at most."""
