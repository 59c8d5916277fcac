"""What the writer thread does, turn by turn: take what has gathered, write it, look at spans that are open.

While spans are open it comes back for what they show by then; with nothing open it sleeps.
"""

from __future__ import annotations

from _queue import SimpleQueue
from collections.abc import Callable, Sequence
from math import inf
from time import monotonic
from typing import TYPE_CHECKING

from .. import guard
from ..spans.pending_span import TAKEN, WRITTEN, PendingSpan
from .admission import Admission
from .commands import EditRequest, FlushRequest, Request, StopRequest
from .file_session import FileLink
from .open_spans import OpenSpans, shown
from .pace import BATCH_SPANS, Pace
from .retry import Attempts, Written
from .span_queue import SpanQueue

if TYPE_CHECKING:
    from ...store.write.writer import Writer
    from ..export.pipeline import Stage
    from .write_gate import WriteGate

OPEN_INTERVAL_S = 0.2
"""Between looks at spans that are open: streams grow, attributes are set."""

RETRY_S = 0.5
"""Between tries while the file cannot be written."""


class WriterLoop:
    """The state of the way from the queue to the file. One thread at a time may use it."""

    def __init__(self, queue: SpanQueue, doorbell: SimpleQueue[None], gate: WriteGate) -> None:
        self._queue = queue
        self._pace = Pace(queue, doorbell)
        self._gate = gate
        self.file = FileLink(gate)
        self.attempts = Attempts(self.file, gate, queue.look_at_bytes)
        self.admission = Admission()
        self.pending: list[PendingSpan] = []
        self.open_spans = OpenSpans()
        self.lost = 0
        """Spans and edits that were taken from the queue and are not in the file."""
        self._stage: Stage | None = None
        self._next_look = 0.0
        self._answered_losses = 0
        self._keeps = False
        """Whether what the file does not take waits on, also where it is not tried again now."""

    @property
    def losses(self) -> int:
        """Spans and edits of this process that are not in the file and never will be."""
        return self.lost + self._queue.dropped

    def run(self) -> None:
        """Write what comes until a StopRequest does."""
        is_stopped = False
        while not is_stopped:
            self._pace.wait_for_spans(self._next_look if self._has_to_look() else None)
            is_stopped = self._turn()

    def write_all(self, *, is_end: bool) -> None:
        """Write what waits, in the place of the thread. At the end of the process what the file does not take is given
        up; before, it waits on."""
        self._keeps = not is_end
        self.attempts.end_within(0.0)
        try:
            before = inf
            while self._queue and not (self._turn() or len(self._queue) >= before):
                before = len(self._queue)
            if is_end and not self.open_spans:  # of a span that is open the connection knows the row
                self._finish()
        finally:
            self.attempts.go_on()
            self._keeps = False

    # Turns

    def _has_to_look(self) -> bool:
        return bool(self.open_spans) or self.admission.is_holding()

    def _turn(self) -> bool:
        """Write what is due. Whatever fails, requests are answered; True when one of them was to stop."""
        requests: list[Request] = []
        try:
            self._drain(requests)
            self._look_at_open_spans(requests)
            self._write_pending()
            self._end_abandoned()
            self._apply_edits([request for request in requests if isinstance(request, EditRequest)])
            if not self.attempts.given_up:
                self._beat()
                self.file.make_room_if_due()
            if stops := any(isinstance(request, StopRequest) for request in requests):
                self._finish()
            return stops
        except BaseException:
            self.lost += len(self.pending)
            self.pending = []
            self._answer(requests)
            guard.fault("writing spans")
            return False
        finally:
            self._answer(requests)

    def _answer(self, requests: list[Request]) -> None:
        flushes = [request for request in requests if isinstance(request, FlushRequest)]
        is_durable = not (self.pending or self.admission.is_holding()) and self.losses == self._answered_losses
        if flushes:
            self._answered_losses = self.losses
        for request in requests:
            request.answer(is_durable=is_durable)
        requests.clear()

    def _drain(self, requests: list[Request]) -> None:
        """Move what is queued to the spans to write, each once, and to `requests`."""
        batch: dict[int, PendingSpan] = {}
        with self._gate:
            for _ in range(min(len(self._queue), BATCH_SPANS)):
                item = self._queue.take()
                if isinstance(item, Request):
                    requests.append(item)
                    if isinstance(item, StopRequest):
                        break  # what comes after it begins anew
                    continue
                if item.queue_state != WRITTEN:
                    item.queue_state = TAKEN  # before its end is read: one that ends from now on queues itself again
                    batch[item.span_key] = item
            admitted, forgotten = self.admission.admit(list(batch.values()))
            for span in forgotten:
                span.queue_state = WRITTEN
            if self.pending:
                admitted = list({span.span_key: span for span in (*self.pending, *admitted)}.values())
            self.pending = admitted

    def _look_at_open_spans(self, requests: list[Request]) -> None:
        now = monotonic()
        if not self._has_to_look() or not (requests or now >= self._next_look):
            return
        self._next_look = now + OPEN_INTERVAL_S
        is_asked_for = any(isinstance(request, FlushRequest) for request in requests)
        self.pending += self.open_spans.changed(
            self.file.has_open,
            inf if is_asked_for else now,
            but={span.span_key for span in self.pending},
        )

    # Writing

    def _write_pending(self) -> None:
        if not self.pending:
            return
        if self._write_each(self.pending):
            self.pending = []
        self._pace.note_flush()

    def _write_each(self, spans: Sequence[PendingSpan]) -> bool:
        """Write spans together, and by halves where that fails: one that cannot be written takes no other along. False
        where the file takes none of them now."""
        try:
            return self._write(spans)
        except BaseException as error:  # also what wants to end the thread
            if len(spans) > 1:
                half = len(spans) // 2
                return self._write_each(spans[:half]) and self._write_each(spans[half:])
            self.lost += 1
            spans[0].queue_state = WRITTEN  # its end is not taken for another span
            guard.warn("refused", f"the span {spans[0].name!r} could not be stored: {error!r}")
            return True

    def _write(self, spans: Sequence[PendingSpan]) -> bool:
        seen = {span.span_key: shown(span) for span in spans if span.end_ns is None}
        outgoing = self._open_stage().prepare(spans)
        refused = self._until_written(lambda writer: writer.write(outgoing))
        if refused is None:
            self._give_up_all()
            return False
        writer = self.file.writer
        assert writer is not None
        for refused_span, reason in refused:
            self.lost += 1
            guard.warn("refused", f"the span {refused_span.name!r} could not be stored: {reason!r}")
        has_open = bool(self.open_spans)
        for span, written in zip(spans, outgoing, strict=True):
            was_shown = seen.get(span.span_key) if seen else None
            if was_shown is not None and writer.is_open(span):
                self.open_spans.put(span, was_shown, written, monotonic())
            else:
                span.queue_state = WRITTEN
                span.inputs_json = span.outputs_json = None
                span.stream = None  # which holds the span, and all its text until the collector comes
                if has_open:
                    self.open_spans.drop(span)
        return True

    def _end_abandoned(self) -> None:
        if self.open_spans and (abandoned := self.open_spans.take_abandoned(monotonic())):
            self._open_stage().end_abandoned(abandoned)
            self._until_written(lambda writer: writer.write(abandoned))

    def _apply_edits(self, requests: list[EditRequest]) -> None:
        if not requests:
            return
        with self._gate:  # see Attempts.until_written
            from ..export.edits import prepare

        edits = [prepare(request.edit) for request in requests]
        outcomes = self._until_written(lambda writer: writer.edit(edits))
        if outcomes is None:
            self._give_up(len(requests))
            return
        for request, outcome in zip(requests, outcomes, strict=True):
            if isinstance(outcome, int):
                request.changed = outcome
            else:
                guard.warn(f"edit {type(request.edit).__name__}", f"{request.edit.failure}: {outcome}")

    def _beat(self) -> None:
        if self.file.is_beat_due(self.losses, has_open_spans=bool(self.open_spans)):
            losses = self.losses
            self._until_written(lambda writer: self.file.beat(writer, losses))

    def _until_written(self, write: Callable[[Writer], Written]) -> Written | None:
        """Do `write` as soon as the file takes it; None when this process ends before it does."""
        written = self.attempts.until_written(write, self._wait_for_file)
        self._queue.is_full = False
        return written

    def _wait_for_file(self, obstacle: Exception) -> None:
        if not FileLink.may_pass(obstacle):
            for item in self._queue.waiting():
                if type(item) is FlushRequest:
                    item.answer(is_durable=False)
        self._queue.look_at_bytes()
        self._pace.nap(RETRY_S)

    def _open_stage(self) -> Stage:
        if self._stage is None:
            with self._gate:
                from ..export.pipeline import Stage

            self._stage = Stage()
        return self._stage

    # The end

    def _give_up_all(self) -> None:
        """The process ends and the file takes nothing: what waits would only be prepared to be dropped."""
        if self._keeps:
            return
        lost: set[object] = {span.span_key for span in self.pending if span.queue_state != WRITTEN}
        self.pending = []
        stops = []
        while self._queue:
            item = self._queue.take()
            if not isinstance(item, Request):
                lost.add(item.span_key)  # a span that was taken while it ran has come again at its end
            elif isinstance(item, StopRequest):
                stops.append(item)
            else:
                if isinstance(item, EditRequest):
                    lost.add(item)
                item.answer(is_durable=False)
        self._give_up(len(lost))
        for stop in stops:
            self._queue.put_request(stop)

    def _give_up(self, count: int) -> None:
        self.lost += count
        self.attempts.given_up += count

    def _finish(self) -> None:
        """Write what is left, tell the file that the process has ended, and close it."""
        if held := self.admission.release():
            self.pending += held
            self._write_pending()
        if self.file.writer is not None:
            self.pending += self.open_spans.changed(self.file.has_open, inf)
            self._write_pending()
        losses = self.losses
        is_told = not losses
        if not self.attempts.given_up and self.file.is_in_place():  # else it would be waited for once more
            is_told = bool(self._until_written(lambda writer: self.file.beat(writer, losses, has_ended=True)))
        if not is_told:
            self.file.leave_note(losses, self.attempts.obstacle)
        if not self.file.end(losses):
            self.open_spans.clear()
            self._stage = None
        self.attempts.tell_what_is_lost()
        self.attempts.go_on()
