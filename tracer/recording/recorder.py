"""The recorder of a process: its queue, the life of its writer thread, flush, and its part in a fork.

No lock is held while code runs that may call other code. A signal handler, a destructor or a greenlet may call any
method in the middle of any other; an exception that a signal handler raises leaves nothing half done.
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
from .commands import ApplyEdit, Command, Flush, Stop
from .fork_gates import WriteGate
from .reentrancy import ReentrancyGuard
from .retry import EXIT_TIMEOUT_S
from .span_queue import SpanQueue
from .writer_loop import RETRY_S, WriterLoop

if TYPE_CHECKING:
    from ...store.write.edits import Edit

FORK_TIMEOUT_S = 5.0
"""How long a fork waits for the current transaction. Most last milliseconds; the first one comes after imports. The
child of a fork that waited no longer would record nothing."""

START_AGAIN_S = 1.0
"""Until a thread that has not begun to run is started again: the start failed, or was interrupted."""

_LOOK_S = 0.25
"""Between looks, while a call waits, at whether the thread runs."""


class Recorder:
    """The queue and the writer thread of this process."""

    def __init__(self, on_start: Callable[[], None]) -> None:
        """`on_start` is called when the thread starts."""
        self._on_start = on_start
        self.queue = SpanQueue(self._wake)
        self._doorbell: SimpleQueue[None] = SimpleQueue()
        self._gate = WriteGate()
        self.loop = WriterLoop(self.queue, self._doorbell, self._gate)
        self._reentrancy = ReentrancyGuard()
        self._turn = native.ReentrantLock()
        """Held by the thread that runs the loop. It is tried, never waited for."""
        self._is_running = False
        self._next_start = 0.0
        self._is_startable = True
        self._is_late = False
        """Whether the interpreter ends: Python 3.12 and later start no thread then."""
        self._is_left_to_parent = False
        """Whether this is the copy in a forked child: its spans are the parent's."""

    # Called by the host's threads

    def flush(self, timeout_s: float = 10.0) -> bool:
        """Wait until everything that was queued before is committed.

        Returns False after `timeout_s`, where anything was lost since the last flush, and where tail sampling holds
        spans of an undecided trace in memory. Returns False at once where the file has a fault, and where the calling
        code must not wait: a span processor or a log handler in the middle of our work, a signal handler in the middle
        of a fork.
        """
        if self._must_not_wait():
            return False
        if self._is_idle() and not self.queue.dropped:
            return True
        flush = Flush()
        self.queue.put_command(flush)
        return self.wait_for(flush, timeout_s)

    def edit(self, edit: Edit) -> ApplyEdit:
        """Queue a change of what is in the file, behind everything that was queued before; never waits."""
        command = ApplyEdit(edit)
        self.queue.put_command(command, is_bounded=True)
        return command

    def wait_for(self, command: Command, timeout_s: float) -> bool:
        """Wait for the answer to a command, for `timeout_s` at most. True if everything before it is in the file."""
        deadline = monotonic() + timeout_s
        while not command.done.is_set and (left_s := deadline - monotonic()) > 0 and not self._must_not_wait():
            self._advance(command, left_s)
        return command.is_durable

    def is_exporting_here(self) -> bool:
        """Whether the calling code runs inside our own work: a span processor, or a log handler."""
        return self._reentrancy.is_inside()

    def _must_not_wait(self) -> bool:
        return self.is_exporting_here() or self._gate.is_closed_here() or self._is_left_to_parent

    def _is_idle(self) -> bool:
        return not self._is_running and not self.queue and not self.loop.pending

    def _advance(self, command: Command, most_s: float) -> None:
        """Wait a little; where there is no thread and none can be started, do its work here."""
        if self._wake() or not self.write_here(is_end=False):
            command.done.wait(min(most_s, _LOOK_S))

    # The thread

    def _wake(self) -> bool:
        """Wake the thread, or start it. False where there is none and none can be started."""
        if not self._is_running:
            return self._start()
        self.queue.is_unattended = False
        self._doorbell.put(None)
        return True

    def _start(self) -> bool:
        now = monotonic()
        if self._is_late or self._is_left_to_parent or now < self._next_start:
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
                with self._reentrancy.entered():
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
        for _ in range(2):  # an import fails in which gevent replaces the locks of imports
            with suppress(Exception), self._gate:
                _import_what_the_thread_uses()
                return

    # The end, and forks

    def stop(self) -> None:
        """Write what is left and the end of the process, and close the file. The next span starts the thread anew."""
        if self._must_not_wait() or (self._is_idle() and not self.loop.file.writer and not self.loop.losses):
            return
        retry = self.loop.retry
        retry.set_deadline(RETRY_S if retry.obstacle else EXIT_TIMEOUT_S)
        stop = Stop()
        self.queue.put_command(stop)
        while not stop.done.is_set and (left_s := retry.deadline + EXIT_TIMEOUT_S - monotonic()) > 0:
            if self._must_not_wait():
                return
            self._advance(stop, left_s)
        if not stop.done.is_set:  # the thread is ended with the interpreter
            retry.warn_of_losses(len(self.queue) + len(self.loop.pending) - 1)

    def start_no_thread(self) -> None:
        """Start no thread from now on: spans wait for `write_here`."""
        self._is_late = True

    def write_here(self, *, is_end: bool = True) -> bool:
        """Do the thread's work on the calling thread. False where another thread is at it."""
        if self.is_exporting_here() or not self._turn.acquire(blocking=False):
            return False
        try:
            with self._reentrancy.entered():
                self.loop.write_all(is_end=is_end)
        finally:
            self._turn.release()
        return True

    def hold_for_fork(self) -> bool:
        """Release the file and stand still until `resume_after_fork`. False if the writer could not be stopped in time.

        SQLite keeps its locks in memory, by file and process: a connection, or a mutex in use, must not be copied.
        """
        if not self._gate.close(FORK_TIMEOUT_S):
            return False
        if self.loop.file.writer is not None:
            self.loop.file.writer.release()
        return True

    def resume_after_fork(self) -> None:
        """Undo `hold_for_fork`, in the parent."""
        self._gate.open()

    def leave_spans_to_parent(self) -> None:
        """In the child: spans that began in the parent are written by the parent, however they end in the child."""
        self._is_left_to_parent = True
        loop = self.loop
        for item in (*self.queue.items(), *loop.pending, *loop.exporter.open_spans, *loop.sampler.release()):
            if not isinstance(item, Command):
                item.queue_state = QUEUED
                item.trace.maybe_in_file = True


def _import_what_the_thread_uses() -> None:
    """Import early. gevent replaces the locks of imports: while its hub is being made, an import on our thread and one
    in a greenlet may wait for each other."""
    from ...store.write import writer  # noqa: F401
    from ..export import pipeline  # noqa: F401
    from ..settings import resource  # noqa: F401
