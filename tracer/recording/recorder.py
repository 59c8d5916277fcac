"""The recorder of a process: its queue, the life of its thread, flush, and what a fork means for them.

No lock is held while anything runs that may run other code. A signal handler, a destructor or a greenlet may call any
of this in the middle of any of this; an exception that a signal handler raises leaves nothing behind.
"""

from __future__ import annotations

from _queue import SimpleQueue
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING

from .. import guard
from ..host import native_threads as native
from ..host.exceptions import is_from_host
from ..spans.pending_span import QUEUED
from .commands import EditRequest, FlushRequest, Request, StopRequest
from .reentrancy import OwnWork
from .retry import EXIT_TIMEOUT_S
from .span_queue import SpanQueue
from .write_gate import WriteGate
from .writer_loop import RETRY_S, WriterLoop

if TYPE_CHECKING:
    from ...store.write.edits import Edit

FORK_TIMEOUT_S = 5.0
"""How long a fork waits for the transaction that is being written; most last milliseconds, the first one has imports
before it. A child of a fork that waited no longer would record nothing."""

START_AGAIN_S = 1.0
"""From the start of a thread that has not begun to run to the next: the start failed, or was interrupted."""

_LOOK_S = 0.25
"""Between looks, while somebody waits, at whether the thread runs."""


class Recorder:
    """The queue and the thread of this process."""

    def __init__(self, on_start: Callable[[], None]) -> None:
        """`on_start` is called when the thread starts."""
        self._on_start = on_start
        self.queue = SpanQueue(self._wake)
        self._doorbell: SimpleQueue[None] = SimpleQueue()
        self._gate = WriteGate()
        self.loop = WriterLoop(self.queue, self._doorbell, self._gate)
        self._own_work = OwnWork()
        self._turn = native.ReentrantLock()
        """Held by the one thread that writes; it is tried for, and never waited for."""
        self._is_running = False
        self._next_start = 0.0
        self._is_startable = True
        self._is_late = False
        """Whether the interpreter ends: Python 3.12 and later begin no thread then."""
        self._is_left = False
        """Whether this is the copy in a forked child: its spans are the parent's."""

    # Called by the host's threads

    def flush(self, timeout_s: float = 10.0) -> bool:
        """Wait until all that was queued before is committed. False if that took longer than `timeout_s`, if anything
        was lost since the last flush, if tail sampling holds spans of an undecided trace in memory, and at once where
        the file takes nothing or the calling code must not wait: a span processor or a log handler in the middle of our
        work, a signal handler in the middle of a fork."""
        if self._must_not_wait():
            return False
        if self._is_idle() and not self.queue.dropped:
            return True
        request = FlushRequest()
        self.queue.put_request(request)
        return self.wait_for(request, timeout_s)

    def edit(self, edit: Edit) -> EditRequest:
        """Queue a change of what is in the file, behind all that was queued before; never waits."""
        request = EditRequest(edit)
        self.queue.put_request(request, is_bounded=True)
        return request

    def wait_for(self, request: Request, timeout_s: float) -> bool:
        """Wait for the answer to a request, for `timeout_s` at most: whether all before it is in the file."""
        deadline = monotonic() + timeout_s
        while not request.done.is_set and (left_s := deadline - monotonic()) > 0 and not self._must_not_wait():
            self._advance(request, left_s)
        return request.is_durable

    def is_at_work_here(self) -> bool:
        """Whether the calling code runs inside our own work: a span processor, a log handler that we log to."""
        return self._own_work.is_here()

    def _must_not_wait(self) -> bool:
        return self.is_at_work_here() or self._gate.is_held_here() or self._is_left

    def _is_idle(self) -> bool:
        return not self._is_running and not self.queue and not self.loop.pending

    def _advance(self, request: Request, most_s: float) -> None:
        """Wait a little; where there is no thread and none can be started, do its work here."""
        if self._wake() or not self.write_here(is_end=False):
            request.done.wait(min(most_s, _LOOK_S))

    # The thread

    def _wake(self) -> bool:
        """Ring for the thread, or start it; False where there is none and none can be started."""
        if not self._is_running:
            return self._start()
        self.queue.is_unattended = False
        self._doorbell.put(None)
        return True

    def _start(self) -> bool:
        now = monotonic()
        if self._is_late or self._is_left or now < self._next_start:
            return self._is_startable and not self._is_late
        self._next_start = now + START_AGAIN_S
        try:
            self._on_start()
            if native.is_patched():
                _import_what_the_thread_uses()
            native.start_thread(self._run, "tracetui-writer")
            self._is_startable = True
        except Exception as error:
            if is_from_host(error):
                raise
            self._is_startable = False
            guard.warn("thread", f"no thread can be started ({error}): flush() and the end of the program write spans")
        return self._is_startable

    def _run(self) -> None:
        while self._turn.acquire(blocking=False):  # an interrupted start may have been followed by another
            try:
                self._is_running = True
                self.queue.is_unattended = False
                with self._own_work.on_this_thread():
                    self._load()
                    self.loop.run()
            finally:
                self._is_running = False
                self.queue.is_unattended = True
                self._next_start = 0.0
                self._turn.release()
            if not self.queue:
                return

    def _load(self) -> None:
        for _ in range(2):  # gevent may replace the locks of imports in the middle of one, which fails then
            with suppress(Exception), self._gate:
                _import_what_the_thread_uses()
                return

    # The end, and fork

    def stop(self) -> None:
        """Write what is left, tell that the process has ended, close the file. The next span starts anew."""
        if self._must_not_wait() or (self._is_idle() and not self.loop.file.writer and not self.loop.losses):
            return
        attempts = self.loop.attempts
        attempts.end_within(RETRY_S if attempts.obstacle else EXIT_TIMEOUT_S)
        request = StopRequest()
        self.queue.put_request(request)
        while not request.done.is_set and (left_s := attempts.last_at + EXIT_TIMEOUT_S - monotonic()) > 0:
            if self._must_not_wait():
                return
            self._advance(request, left_s)
        if not request.done.is_set:  # the thread is ended with the interpreter
            attempts.tell_what_is_lost(len(self.queue) + len(self.loop.pending) - 1)

    def begin_no_thread(self) -> None:
        """From now on spans only gather, until `write_here`."""
        self._is_late = True

    def write_here(self, *, is_end: bool = True) -> bool:
        """Do what the thread does, on the calling one; False where there is a thread at it."""
        if self.is_at_work_here() or not self._turn.acquire(blocking=False):
            return False
        try:
            with self._own_work.on_this_thread():
                self.loop.write_all(is_end=is_end)
        finally:
            self._turn.release()
        return True

    def hold_for_fork(self) -> bool:
        """Let go of the file and stand still until `go_on`; False if the thread could not be stopped in time.

        SQLite keeps its locks by file and process, in memory: a connection, or a mutex in use, must not be copied.
        """
        if not self._gate.hold(FORK_TIMEOUT_S):
            return False
        if self.loop.file.writer is not None:
            self.loop.file.writer.release()
        return True

    def go_on(self) -> None:
        """End `hold_for_fork`, in the parent."""
        self._gate.let_go()

    def leave_spans_to_parent(self) -> None:
        """In the child: what the parent has begun is the parent's to write, however the child leaves it."""
        self._is_left = True
        loop = self.loop
        for item in (*self.queue.waiting(), *loop.pending, *loop.open_spans, *loop.admission.release()):
            if not isinstance(item, Request):
                item.queue_state = QUEUED
                item.trace.maybe_in_file = True


def _import_what_the_thread_uses() -> None:
    """Beside gevent the locks of imports are its own: a thread of ours that imports while a greenlet does may make both
    wait for each other, while gevent's hub is being made."""
    from ...store.write import writer  # noqa: F401
    from ..export import pipeline as outgoing  # noqa: F401
    from ..settings import resource  # noqa: F401
