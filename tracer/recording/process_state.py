"""What a process has once: its recorder, the gate of its readers, and who observes its spans."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable

from .. import guard
from ..host import native_threads as native
from ..settings.settings import config
from ..spans import sink
from ..spans.pending_span import PendingSpan
from .fork_gates import ReadGate
from .recorder import FORK_TIMEOUT_S, Recorder

SpanFunction = Callable[[PendingSpan], None]

Observer = tuple[SpanFunction, SpanFunction]
"""Called with a span that begins, or that changed what its trace shows; called with a span that has ended."""


class ProcessState:
    """The state of this process; a forked child makes its own."""

    def __init__(self, parent: ProcessState | None = None) -> None:
        """`parent` is the copied state in a forked child."""
        self._parent = parent
        """Kept, so that nothing of it is closed in this process."""
        self.recorder = Recorder(self._stop_with_multiprocessing)
        self.read_gate = ReadGate()
        self._observers: list[Observer] = [] if parent is None else parent._observers
        self._forks: dict[int, list[_Fork]] = {}
        """The current forks by thread. A signal handler may fork in the middle of a fork."""
        self._connect(self.recorder.queue.put, self.recorder.queue.put_ended)

    def observe(self, observer: Observer) -> None:
        """Call `observer` for each span from now on, in the thread of the span; it must not raise."""
        self._observers.append(observer)
        self._connect(self.recorder.queue.put, self.recorder.queue.put_ended)

    def _connect(self, queue_begun: SpanFunction, queue_ended: SpanFunction) -> None:
        """Send spans to these functions of the recorder, and to the observers."""
        put, put_ended = queue_begun, queue_ended
        for begun, ended in self._observers:
            put, put_ended = _both(begun, put), _both(ended, put_ended)
        sink.enqueue, sink.enqueue_ended = put, put_ended

    # The end of the interpreter

    def stop(self) -> None:
        """Write the last spans; never raises."""
        try:
            self.recorder.stop()
        except Exception:
            guard.fault("writing the last spans")

    def exit(self) -> None:
        """Write the last spans at the end of the interpreter. Exit handlers that the program registered before ours run
        after it, and may trace too."""
        self.stop()
        self.recorder.start_no_thread()
        self._connect(self.recorder.queue.put, self._put_ended_late)

    def _put_ended_late(self, span: PendingSpan) -> None:
        if not sys.meta_path:  # nothing can be imported any more: open spans stay open in the file
            return
        self.recorder.queue.put_ended(span)
        if threading.current_thread() is threading.main_thread():  # a daemon thread may be stopped at any instant
            self.recorder.write_here()

    def _stop_with_multiprocessing(self) -> None:
        """Register `stop` with multiprocessing, whose children end without `atexit`."""
        process = sys.modules.get("multiprocessing.process")
        if process is not None and process.parent_process() is not None:
            from multiprocessing import util

            util.Finalize(None, self.stop, exitpriority=-100)

    # Forks

    def prepare_fork(self) -> None:
        """Before a fork: wait, for a moment at most, until nobody reads or writes."""
        fork = _Fork(self)
        self._forks.setdefault(native.get_ident(), []).append(fork)
        try:
            fork.prepare()
        except Exception:
            guard.fault("releasing the trace file for a fork")

    def resume_after_fork(self) -> None:
        """In the parent: let readers and the writer continue, however far `prepare_fork` came."""
        here = native.get_ident()
        if forks := self._forks.get(here):
            forks.pop().resume()
        if not forks:
            self._forks.pop(here, None)

    def made_anew(self) -> ProcessState:
        """In the child: its own state. Spans that began in the parent are left to the parent."""
        forks = self._forks.pop(native.get_ident(), [])
        if not forks or not forks[-1].is_ready:
            config.enabled = False
            guard.warn("fork", "this process was forked while its parent used the trace file; it records nothing")
        try:
            self.recorder.leave_spans_to_parent()
        except Exception:
            guard.fault("leaving spans to the parent process")
        return ProcessState(self)


class _Fork:
    """One fork, and what stands still for it."""

    def __init__(self, state: ProcessState) -> None:
        self._state = state
        self._is_writer_held = False
        self.is_ready = False
        """Whether the child can record: nothing of SQLite is in use."""

    def prepare(self) -> None:
        if self._state.read_gate.close(self, FORK_TIMEOUT_S):
            self._is_writer_held = self.is_ready = self._state.recorder.hold_for_fork()

    def resume(self) -> None:
        self._state.read_gate.open(self)
        if self._is_writer_held:
            self._state.recorder.resume_after_fork()


def _both(first: SpanFunction, second: SpanFunction) -> SpanFunction:
    def both(span: PendingSpan) -> None:
        first(span)
        second(span)

    return both
