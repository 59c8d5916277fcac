"""The loop of the writer thread, the background worker of the queue.

It takes what has gathered, writes it, writes open spans that have changed, and does the commands. While spans are open
it looks at them at intervals; without open spans it sleeps.
"""

from __future__ import annotations

from _queue import SimpleQueue
from collections.abc import Callable
from math import inf
from time import monotonic
from typing import TYPE_CHECKING

from .. import guard
from ..spans.pending_span import TAKEN, WRITTEN, PendingSpan
from .commands import ApplyEdit, Command, Flush, Stop
from .exporter import Exporter
from .file_session import FileSession
from .flush_schedule import BATCH_SPANS, FlushSchedule
from .retry import RetryLoop, Written
from .span_queue import SpanQueue
from .tail_sampling import CurrentSampler

if TYPE_CHECKING:
    from ...store.write.writer import Writer
    from .fork_gates import WriteGate

OPEN_INTERVAL_S = 0.2
"""Between looks at open spans: streams grow, attributes are set."""

RETRY_S = 0.5
"""Between attempts while the file cannot be written."""


class WriterLoop:
    """Everything between the queue and the file. One thread at a time may use it."""

    def __init__(self, queue: SpanQueue, doorbell: SimpleQueue[None], gate: WriteGate) -> None:
        self._queue = queue
        self._schedule = FlushSchedule(queue, doorbell)
        self._gate = gate
        self.file = FileSession(gate)
        self.retry = RetryLoop(self.file, gate, queue.measure_bytes)
        self.sampler = CurrentSampler()
        self.exporter = Exporter(self.file, gate, self._until_written)
        self.pending: list[PendingSpan] = []
        """Spans that were taken from the queue and are not written yet."""
        self._commands: list[Command] = []
        """The commands that were taken from the queue with them."""
        self._queued_before = 0
        """Length of the queue when the current attempt to write began."""
        self._next_look = 0.0
        self._answered_losses = 0
        """Losses that a flush has reported."""
        self._keeps_pending = False
        """Whether spans wait on that were not written before the deadline."""

    @property
    def losses(self) -> int:
        """Spans and edits of this process that are not in the file and never will be."""
        return self.exporter.lost + self._queue.dropped

    def run(self) -> None:
        """Run until a `Stop` command."""
        is_stopped = False
        while not is_stopped:
            self._schedule.wait_for_spans(self._next_look if self._has_to_look() else None)
            is_stopped = self._run_once()

    def write_all(self, *, is_end: bool) -> None:
        """Write what waits, in the place of the thread. At the end of the process, what the file does not accept is
        given up; before, it waits on."""
        self._keeps_pending = not is_end
        self.retry.set_deadline(0.0)
        try:
            before = inf
            while self._queue and not (self._run_once() or len(self._queue) >= before):
                before = len(self._queue)
            if is_end and not self.exporter.open_spans:  # the writer knows the rows of open spans
                self._finish()
        finally:
            self.retry.clear_deadline()
            self._keeps_pending = False

    # One iteration

    def _has_to_look(self) -> bool:
        return bool(self.exporter.open_spans) or self.sampler.is_holding()

    def _run_once(self) -> bool:
        """Write what is due. Whatever fails, commands are answered; True where one of them was `Stop`."""
        commands = self._commands = []
        try:
            self._drain()
            self._look_at_open_spans()
            self._write_pending()
            self.exporter.end_abandoned()
            edits = [command for command in commands if isinstance(command, ApplyEdit)]
            if not self.exporter.apply_edits(edits):
                self._give_up(len(edits))
            if not self.retry.given_up:
                self._beat()
                self.file.make_room_if_due()
            if is_stopped := any(isinstance(command, Stop) for command in commands):
                self._finish()
            return is_stopped
        except BaseException:
            self.exporter.lost += len(self.pending)
            self.pending = []
            self._answer(commands)
            guard.fault("writing spans")
            return False
        finally:
            self._answer(commands)

    def _answer(self, commands: list[Command]) -> None:
        is_durable = not (self.pending or self.sampler.is_holding()) and self.losses == self._answered_losses
        if any(isinstance(command, Flush) and not command.done.is_set for command in commands):
            self._answered_losses = self.losses
        for command in commands:
            command.answer(is_durable=is_durable)
        commands.clear()

    def _drain(self) -> None:
        """Move what is queued to `pending`, each span once, and to the commands."""
        batch: dict[int, PendingSpan] = {}
        pop = self._queue.pop
        with self._gate:
            for _ in range(min(len(self._queue), BATCH_SPANS)):
                item = pop()
                if isinstance(item, Command):
                    self._commands.append(item)
                    if isinstance(item, Stop):
                        break  # what comes after it starts the recorder anew
                    continue
                if item.queue_state != WRITTEN:
                    item.queue_state = TAKEN  # before its end is read: a span that ends from now on is queued again
                    batch[item.span_key] = item
            kept, dropped = self.sampler.sample(list(batch.values()))
            for span in dropped:
                span.queue_state = WRITTEN
            if self.pending:
                kept = list({span.span_key: span for span in (*self.pending, *kept)}.values())
            self.pending = kept

    def _look_at_open_spans(self) -> None:
        now = monotonic()
        if not self._has_to_look() or not (self._commands or now >= self._next_look):
            return
        self._next_look = now + OPEN_INTERVAL_S
        is_asked_for = any(isinstance(command, Flush) for command in self._commands)
        self.pending += self.exporter.due_open_spans(is_asked_for=is_asked_for, but=self.pending)

    def _write_pending(self) -> None:
        if not self.pending:
            return
        if self.exporter.export(self.pending):
            self.pending = []
        elif not self._keeps_pending:
            self._give_up_all()
        self._schedule.note_flush()

    def _beat(self) -> None:
        losses = self.losses
        if self.file.is_beat_due(losses, has_open_spans=bool(self.exporter.open_spans)):
            self._until_written(lambda writer: self.file.beat(writer, losses))

    # While the file cannot be written

    def _until_written(self, write: Callable[[Writer], Written]) -> Written | None:
        self._queued_before = len(self._queue)
        written = self.retry.until_written(write, self._wait_for_file)
        self._queue.is_full = False
        return written

    def _wait_for_file(self, obstacle: Exception) -> None:
        """Wait before the next attempt. A fault of the file, other than another process's turn, answers the commands
        that came before the attempt that failed; edits are still made later."""
        with self._gate:
            from ...store.file.busy_wait import is_busy
        if not is_busy(obstacle):
            for item in (*self._commands, *self._queue.items()[: self._queued_before]):
                if isinstance(item, Command) and not isinstance(item, Stop):
                    item.answer(is_durable=False)
        self._queue.measure_bytes()
        self._schedule.nap(RETRY_S)
        self._queued_before = len(self._queue)

    def _give_up_all(self) -> None:
        """Drop what waits: the process ends, and the file accepts nothing."""
        lost: set[object] = {span.span_key for span in self.pending if span.queue_state != WRITTEN}
        self.pending = []
        stops = []
        while self._queue:
            item = self._queue.pop()
            if not isinstance(item, Command):
                lost.add(item.span_key)  # a span that was taken while it ran is queued again at its end
            elif isinstance(item, Stop):
                stops.append(item)
            else:
                if isinstance(item, ApplyEdit):
                    lost.add(item)
                item.answer(is_durable=False)
        self._give_up(len(lost))
        for stop in stops:
            self._queue.put_command(stop)

    def _give_up(self, count: int) -> None:
        self.exporter.lost += count
        self.retry.given_up += count

    # The end

    def _finish(self) -> None:
        """Write what is left and the end of the process, and close the file."""
        if held := self.sampler.release():
            self.pending += held
            self._write_pending()
        if self.file.writer is not None:
            self.pending += self.exporter.due_open_spans(is_asked_for=True)
            self._write_pending()
        losses = self.losses
        is_reported = not losses
        if not self.retry.given_up and self.file.is_in_place():  # else the end would wait for the file once more
            is_reported = bool(self._until_written(lambda writer: self.file.beat(writer, losses, has_ended=True)))
        if not is_reported:
            self.file.leave_note(losses, self.retry.obstacle)
        if not self.file.end(losses):
            self.exporter.forget_open_spans()
        self.retry.warn_of_losses()
        self.retry.clear_deadline()
