"""The batch exporter: prepares spans and edits, writes them, and counts those that are lost.

Preparing is the work of `tracer/export`, the rows are made in `store/write/batch.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from .. import guard
from ..spans.pending_span import WRITTEN, PendingSpan
from .open_spans import OpenSpans, state_of
from .retry import Written

if TYPE_CHECKING:
    from ...store.write.writer import Writer
    from ..export.pipeline import ExportPipeline
    from .commands import ApplyEdit
    from .file_session import FileSession
    from .fork_gates import WriteGate


class UntilWritten(Protocol):
    """Calls a function with the writer until the file accepts the write; Returns None if the process ends first."""

    def __call__(self, write: Callable[[Writer], Written]) -> Written | None:
        """The result of `write`."""


class Exporter:
    """Used by the writer thread alone."""

    def __init__(self, file: FileSession, gate: WriteGate, until_written: UntilWritten) -> None:
        self._file = file
        self._gate = gate
        self._until_written = until_written
        self.open_spans = OpenSpans()
        self.lost = 0
        """Spans and edits that were taken from the queue and are not in the file."""
        self.pipeline: ExportPipeline | None = None

    def export(self, spans: Sequence[PendingSpan]) -> bool:
        """Write spans together, and by halves where that fails: a span that cannot be written affects no other. False
        where the process ends before the file accepts them."""
        try:
            return self._write(spans)
        except BaseException as error:  # also SystemExit
            if len(spans) > 1:
                half = len(spans) // 2
                return self.export(spans[:half]) and self.export(spans[half:])
            self._note_refused(spans[0].name, error)
            spans[0].queue_state = WRITTEN  # at its end it is not queued as another span
            return True

    def _write(self, spans: Sequence[PendingSpan]) -> bool:
        states = {span.span_key: state_of(span) for span in spans if span.end_ns is None}
        prepared = self._open_pipeline().prepare(spans)
        refused = self._until_written(lambda writer: writer.write(prepared))
        if refused is None:
            return False
        writer = self._file.writer
        assert writer is not None
        for refused_span, reason in refused:
            self._note_refused(refused_span.name, reason)
        has_open = bool(self.open_spans)
        for span, written in zip(spans, prepared, strict=True):
            state = states.get(span.span_key) if states else None
            if state is not None and writer.is_open(span):
                self.open_spans.note_written(span, state, written, monotonic())
            else:
                span.queue_state = WRITTEN
                span.inputs_json = span.outputs_json = None
                span.stream = None  # it refers to the span, and would keep all its text until the collector comes
                if has_open:
                    self.open_spans.discard(span)
        return True

    def _note_refused(self, name: str, reason: BaseException) -> None:
        self.lost += 1
        guard.warn("refused", f"the span {name!r} could not be stored: {reason!r}")

    def due_open_spans(self, *, is_asked_for: bool, but: Sequence[PendingSpan] = ()) -> list[PendingSpan]:
        """Open spans to write again, except those in `but`; with `is_asked_for`, every open span that has changed."""
        now = inf if is_asked_for else monotonic()
        return self.open_spans.due(self._file.has_open, now, but={span.span_key for span in but})

    def end_abandoned(self) -> None:
        """Write an end for the open spans that the program dropped without ending them."""
        if self.open_spans and (abandoned := self.open_spans.pop_abandoned(monotonic())):
            self._open_pipeline().end_abandoned(abandoned)
            self._until_written(lambda writer: writer.write(abandoned))

    def apply_edits(self, commands: Sequence[ApplyEdit]) -> bool:
        """Make changes of what is in the file. False where the process ends before the file accepts them."""
        if not commands:
            return True
        with self._gate:  # see RetryLoop.until_written
            from ..export.edits import prepare_edit

        edits = [prepare_edit(command.edit) for command in commands]
        outcomes = self._until_written(lambda writer: writer.edit(edits))
        if outcomes is None:
            return False
        for command, outcome in zip(commands, outcomes, strict=True):
            if isinstance(outcome, int):
                command.changed = outcome
            else:
                guard.warn(f"edit {type(command.edit).__name__}", f"{command.edit.failure}: {outcome}")
        return True

    def forget_open_spans(self) -> None:
        """Leave the open spans open in the file."""
        self.open_spans.clear()
        self.pipeline = None

    def _open_pipeline(self) -> ExportPipeline:
        if self.pipeline is None:
            with self._gate:
                from ..export.pipeline import ExportPipeline

            self.pipeline = ExportPipeline()
        return self.pipeline
