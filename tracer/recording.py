"""From the host's threads to the writer thread: a bounded queue, one daemon thread, flush.

The host's calls only append to the queue. The thread wakes with the first span, writes what has gathered,
and while spans are open comes back for what they show by then; with nothing open it sleeps.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import suppress
from math import inf
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING

from . import guard
from .admission import Admission
from .attempts import Attempts, Written
from .config import config
from .file_link import FileLink
from .open_spans import OpenSpans, shown
from .own_work import OwnWork
from .payload_bytes import waiting_bytes
from .request import EditRequest, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..store.edits import Edit
    from ..store.writer import Writer
    from .outgoing import Stage
    from .span import Span

FIRST_DELAY_S = 0.005
"""From the first span after a silence to its flush: enough for a short call to end and be written once."""

INTERVAL_S = 0.025
"""Between flushes while spans keep coming."""

LINGER_S = 0.5
"""After the last span the thread looks for more at intervals: ringing for it would cost each request 10 to 40 us."""

OPEN_INTERVAL_S = 0.2
"""Between looks at spans that are open: streams grow, attributes are set."""

BATCH_SPANS = 2_048
"""Written in one transaction at most, so that readers see progress under load."""

RETRY_S = 0.5
"""Between tries while the file cannot be written."""

FORK_TIMEOUT_S = 1.0
"""How long a fork waits for the transaction that is being written; most last milliseconds."""

EXIT_TIMEOUT_S = 5.0
"""How long an exiting interpreter waits for the last flush."""

NEW, QUEUED, TAKEN, WRITTEN = range(4)
"""States of a span on its way: not queued yet; in the queue; taken by the thread; ended and committed."""


class Recorder:
    """The queue and the thread of this process."""

    def __init__(self, on_start: Callable[[], None]) -> None:
        """`on_start` is called when the thread starts."""
        self._on_start = on_start
        self.dropped = 0
        """Spans that found the queue full."""
        self._queue: deque[Span | Request] = deque()
        self._doorbell: SimpleQueue[None] = SimpleQueue()
        self._is_asleep = True
        self._is_stopping = False
        self._is_late = False
        """Whether the interpreter ends: Python 3.12 and later begin no thread then."""
        self._thread: threading.Thread | None = None
        self._own_work = OwnWork()
        self._lock = threading.Lock()
        self._gate = threading.RLock()
        """Held while spans are between two places, or SQLite is at work: a fork waits for it."""
        self._file = FileLink(self._gate)
        self._attempts = Attempts(self._file, self._gate)
        self._stage: Stage | None = None
        self._admission = Admission()
        self._pending: list[Span] = []
        self._open = OpenSpans()
        self._is_full = False
        """Whether the payloads that wait are too many bytes; new spans are dropped as if the queue were full."""

    # Called by the host's threads

    def put(self, span: Span) -> None:
        """Queue a span that has begun, or changed what its trace shows; never waits."""
        if span.queue_state == QUEUED or len(self._queue) >= config.queue_size or self._is_full:
            return  # it is on its way, or its end will carry it
        span.queue_state = QUEUED
        self._queue.append(span)
        if self._is_asleep:
            self._wake()

    def put_ended(self, span: Span) -> None:
        """Queue a span that has ended; one that never found room in the queue is dropped and counted."""
        if span.queue_state == QUEUED:
            return  # what is queued is the span itself
        if span.queue_state == NEW and (len(self._queue) >= config.queue_size or self._is_full):
            self.dropped += 1
            return
        self._queue.append(span)
        if self._is_asleep:
            self._wake()

    def flush(self, timeout_s: float = 10.0) -> bool:
        """Wait until all that was queued before is committed; False if that took longer than `timeout_s`, and at once
        where a span processor or a log handler of the host's asks for it in the middle of our work."""
        if self.is_at_work_here():
            return False
        if not self._queue and not self._pending and self._thread is None:
            return True
        if self._is_late:
            self.write_here()
            return not self._queue
        request = Request()
        self._queue.append(request)
        self._wake()
        return request.done.wait(timeout_s)

    def edit(self, edit: Edit) -> EditRequest:
        """Queue a change of what is in the file, behind all that was queued before; never waits."""
        request = EditRequest(edit)
        if len(self._queue) >= config.queue_size:
            self.dropped += 1
            request.done.set()
        else:
            self._queue.append(request)
            if self._is_asleep:
                self._wake()
        return request

    def is_at_work_here(self) -> bool:
        """Whether the calling code runs inside our own work: a span processor, a log handler that we log to."""
        return self._own_work.is_here()

    def _wake(self) -> None:
        if self._thread is None:
            if self._is_late:
                return
            self._start()
        self._is_asleep = False
        self._doorbell.put(None)

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="tracetui-writer", daemon=True)
                thread.start()  # raises where no more threads can be: the next span tries again
                self._thread = thread
                self._on_start()

    # The writer thread

    def _run(self) -> None:
        with self._own_work.on_this_thread():
            while True:
                try:
                    self._take_turns()
                    return
                except Exception:
                    self.dropped += len(self._pending)
                    self._pending = []
                    guard.fault("writing spans")

    def _take_turns(self) -> None:
        last_flush = 0.0
        next_look = 0.0
        while True:
            if not self._queue:
                if self._is_stopping:
                    return
                now = monotonic()
                if now - last_flush < LINGER_S:
                    self._nap(INTERVAL_S)
                else:
                    self._sleep(next_look - now if self._open or self._admission.is_holding() else None)
            now = monotonic()
            if self._queue and not self._is_urgent():
                delay_s = FIRST_DELAY_S if now - last_flush > 2 * INTERVAL_S else last_flush + INTERVAL_S - now
                if delay_s > 0:  # more spans may come in; a flush ends the wait
                    self._nap(delay_s)
            requests = self._drain()
            now = monotonic()
            is_due = (self._open or self._admission.is_holding()) and (requests or now >= next_look)
            if is_due:
                next_look = now + OPEN_INTERVAL_S
                is_asked_for = any(type(request) is Request for request in requests)
                self._pending += self._open.changed(
                    self._file.has_open,
                    inf if is_asked_for else now,
                    but={span.span_key for span in self._pending},
                )
            if self._pending:
                self._write_pending()
                last_flush = monotonic()
            if is_due and (abandoned := self._open.take_abandoned(now)):
                self._open_stage().end_abandoned(abandoned)
                self._until_written(lambda writer: writer.write(abandoned))
            self._apply_edits([request for request in requests if isinstance(request, EditRequest)])
            if not self._attempts.given_up:
                self._file.beat_if_due(self.dropped, has_open_spans=bool(self._open))
                self._file.make_room_if_due()
            for request in requests:
                request.done.set()

    def _sleep(self, timeout_s: float | None) -> None:
        self._is_asleep = True
        if self._queue:  # put between the look at the queue and the flag
            self._is_asleep = False
            return
        self._nap(None if timeout_s is None else max(timeout_s, 0.001))
        self._is_asleep = False

    def _is_urgent(self) -> bool:
        return self._is_stopping or len(self._queue) >= BATCH_SPANS or type(self._queue[-1]) is Request

    def _drain(self) -> list[Request]:
        """Move what is queued to the spans to write, each once; return the requests met."""
        take = self._queue.popleft
        batch: dict[int, Span] = {}
        requests = []
        with self._gate:
            for _ in range(min(len(self._queue), BATCH_SPANS)):
                item = take()
                if isinstance(item, Request):
                    requests.append(item)
                    continue
                if item.queue_state != WRITTEN:
                    item.queue_state = TAKEN  # before its end is read: one that ends from now on queues itself again
                    batch[item.span_key] = item
            admitted, forgotten = self._admission.admit(list(batch.values()))
            for span in forgotten:
                span.queue_state = WRITTEN
            if self._pending:
                admitted = list({span.span_key: span for span in (*self._pending, *admitted)}.values())
            self._pending = admitted
        return requests

    def _write_pending(self) -> None:
        spans = self._pending
        seen = {span.span_key: shown(span) for span in spans if span.end_ns is None}
        outgoing = self._open_stage().prepare(spans)
        refused = self._until_written(lambda writer: writer.write(outgoing))
        if refused is None:
            self._pending = []
            self._give_up_all(spans)
            return
        writer = self._file.writer
        assert writer is not None
        self._pending = []
        for refused_span, reason in refused:
            self.dropped += 1
            guard.warn("refused", f"the span {refused_span.name!r} could not be stored: {reason!r}")
        has_open = bool(self._open)
        for span, written in zip(spans, outgoing, strict=True):
            was_shown = seen.get(span.span_key) if seen else None
            if was_shown is not None and writer.is_open(span):
                self._open.put(span, was_shown, written, monotonic())
            else:
                span.queue_state = WRITTEN
                span.inputs_json = span.outputs_json = None
                span.stream = None  # which holds the span, and all its text until the collector comes
                if has_open:
                    self._open.drop(span)

    def _give_up_all(self, spans: list[Span]) -> None:
        """The process ends and the file takes nothing: what waits would only be prepared to be dropped."""
        lost: set[object] = {span.span_key for span in spans}
        while self._queue:
            item = self._queue.popleft()
            if isinstance(item, Request):
                item.done.set()
            if type(item) is not Request:  # a span that was taken while it ran has come again at its end
                lost.add(getattr(item, "span_key", item))
        self._give_up(len(lost))

    def _give_up(self, count: int) -> None:
        self.dropped += count
        self._attempts.given_up += count

    def _apply_edits(self, requests: list[EditRequest]) -> None:
        if not requests:
            return
        with self._gate:  # see _until_written
            from .outgoing_edits import prepare

        edits = [prepare(request.edit) for request in requests]
        outcomes = self._until_written(lambda writer: writer.edit(edits))
        if outcomes is None:
            self._give_up(len(requests))
            return
        for request, outcome in zip(requests, outcomes, strict=True):
            if isinstance(outcome, int):
                request.changed = outcome
            else:
                guard.warn(f"edit {type(request.edit).__name__}", f"{request.edit.unfulfilled}: {outcome}")

    def _until_written(self, write: Callable[[Writer], Written]) -> Written | None:
        """Do `write` as soon as the file takes it; None when this process ends before it does."""
        written = self._attempts.until_written(write, self._wait_for_file)
        self._is_full = False
        return written

    def _wait_for_file(self) -> None:
        self._is_full = waiting_bytes(self._queue) > config.max_waiting_bytes
        self._nap(RETRY_S)

    def _nap(self, timeout_s: float | None) -> None:
        with suppress(Empty):
            self._doorbell.get(timeout=timeout_s)

    def _open_stage(self) -> Stage:
        if self._stage is None:
            with self._gate:
                from .outgoing import Stage

            self._stage = Stage()
        return self._stage

    # The end, and fork

    def stop(self) -> None:
        """Write what is left, tell that the process has ended, close the file. The next span starts anew."""
        thread = self._thread
        if thread is None or self.is_at_work_here():
            return
        patience_s = RETRY_S if self._attempts.obstacle else EXIT_TIMEOUT_S
        self._attempts.last_at = monotonic() + patience_s - RETRY_S
        self.flush(patience_s)
        self._stop_at_the_end_of_the_queue()
        self._wake()
        thread.join(EXIT_TIMEOUT_S)
        unfinished = 0
        if thread.is_alive():  # it is ended with the interpreter
            unfinished = len(self._queue) + len(self._pending)
        else:
            with self._own_work.on_this_thread():
                self._finish()
        self._attempts.tell_what_is_lost(unfinished, 2 * EXIT_TIMEOUT_S)

    def _stop_at_the_end_of_the_queue(self) -> None:
        self._is_stopping = True
        self._attempts.last_at = 0.0  # whoever stops us waits for one attempt, which may take seconds, and not for more

    def begin_no_thread(self) -> None:
        """From now on spans only gather, until `write_here`."""
        self._is_late = True

    def write_here(self) -> None:
        """Do what the thread does, on the calling one; nothing while there is a thread that does not end."""
        if self._thread is not None or not self._queue or self.is_at_work_here():
            return
        with self._own_work.on_this_thread():
            self._stop_at_the_end_of_the_queue()
            self._take_turns()
            if not self._open:  # of a span that is open the connection knows the row
                self._finish()
            self._is_stopping = False
            self._attempts.last_at = inf

    def _finish(self) -> None:
        if held := self._admission.release():
            self._pending += held
            self._write_pending()
        if self._file.writer is not None:
            self._pending += self._open.changed(self._file.has_open, inf)
            if self._pending:
                self._write_pending()
        if self._attempts.given_up:
            self._file.drop()  # to tell of the end would be to wait for the file once more
        else:
            self._file.end(self.dropped)
        self._thread = self._stage = None
        self._is_stopping = False
        self._attempts.last_at = inf
        self._is_asleep = True
        self._open.clear()

    def hold_for_fork(self) -> bool:
        """Let go of the file and stand still until `go_on`; False if the thread could not be stopped in time.

        SQLite keeps its locks by file and process, in memory: a connection, or a mutex in use, must not be copied.
        """
        if not self._gate.acquire(timeout=FORK_TIMEOUT_S):
            return False
        if self._file.writer is not None:
            self._file.writer.release()
        return True

    def go_on(self) -> None:
        """End `hold_for_fork`, in the parent."""
        self._gate.release()

    def leave_spans_to_parent(self) -> None:
        """In the child: what the parent has begun is the parent's to write, however the child leaves it."""
        for item in (*self._queue, *self._pending, *self._open, *self._admission.release()):
            if not isinstance(item, Request):
                item.queue_state = QUEUED
                item.trace.maybe_in_file = True
