"""The one recorder of this process: what a fork and the end of the interpreter mean for it."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from collections.abc import Callable

from .. import guard
from ..host import native_threads as native
from ..settings.settings import config
from ..spans import sink
from ..spans.pending_span import PendingSpan
from . import read_gate
from .commands import EditRequest
from .recorder import FORK_TIMEOUT_S, Recorder

__all__ = ["EditRequest", "get", "observe"]


def _stop() -> None:
    try:
        _recorder.stop()
    except Exception:
        guard.fault("writing the last spans")


def _exit() -> None:
    """At the end of the interpreter. Handlers that were registered before this one come after it, and may trace too."""
    _stop()
    _recorder.begin_no_thread()
    _connect(_recorder.queue.put, _put_ended_late)


def _put_ended_late(span: PendingSpan) -> None:
    if not sys.meta_path:  # nothing can be imported any more: what is open stays so in the file
        return
    _recorder.queue.put_ended(span)
    if threading.current_thread() is threading.main_thread():  # a daemon thread may be stopped at any instant
        _recorder.write_here()


def _stop_with_multiprocessing() -> None:
    """A child of multiprocessing ends without `atexit`; it has finalizers of its own."""
    process = sys.modules.get("multiprocessing.process")
    if process is not None and process.parent_process() is not None:
        from multiprocessing import util

        util.Finalize(None, _stop, exitpriority=-100)


_recorder = Recorder(_stop_with_multiprocessing)

Observer = tuple[Callable[[PendingSpan], None], Callable[[PendingSpan], None]]
"""What to call with a span that begins, or has changed what its trace shows, and what with one that has ended."""

_observers: list[Observer] = []


def observe(observer: Observer) -> None:
    """Call `observer` for each span from now on, in the thread of the span; it raises nothing."""
    _observers.append(observer)
    _connect(_recorder.queue.put, _recorder.queue.put_ended)


def _connect(queue_begun: Callable[[PendingSpan], None], queue_ended: Callable[[PendingSpan], None]) -> None:
    """Let spans go to these functions of the recorder, and to whoever observes spans."""
    put, put_ended = queue_begun, queue_ended
    for begun, ended in _observers:
        put, put_ended = _both(begun, put), _both(ended, put_ended)
    sink.enqueue, sink.enqueue_ended = put, put_ended


def _both(first: Callable[[PendingSpan], None], second: Callable[[PendingSpan], None]) -> Callable[[PendingSpan], None]:
    def both(span: PendingSpan) -> None:
        first(span)
        second(span)

    return both


def get() -> Recorder:
    """The recorder of this process."""
    return _recorder


_left_to_parent: list[Recorder] = []
"""Recorders copied by a fork, kept so that nothing of them is closed here."""


class _Fork:
    """A fork that is about to be: what stands still for it."""

    def __init__(self) -> None:
        self._recorder = _recorder
        self._read_gate = read_gate.gate
        self._is_writer_held = False
        self.is_ready = False
        """Whether a child can record: nothing of SQLite is in use."""

    def prepare(self) -> None:
        """Wait, for a moment at most, until nobody reads or writes."""
        if self._read_gate.close(self, FORK_TIMEOUT_S):
            self._is_writer_held = self.is_ready = self._recorder.hold_for_fork()

    def go_on(self) -> None:
        """In the parent: let readers and the writer go on, however far `prepare` came."""
        self._read_gate.open(self)
        if self._is_writer_held:
            self._recorder.go_on()


_forks: dict[int, list[_Fork]] = {}
"""The forks under way by thread; one inside another where a signal handler forks in the middle of a fork."""


def _before_fork() -> None:
    fork = _Fork()
    _forks.setdefault(native.get_ident(), []).append(fork)
    try:
        fork.prepare()
    except Exception:
        guard.fault("letting go of the trace file for a fork")


def _after_fork_in_parent() -> None:
    here = native.get_ident()
    if forks := _forks.get(here):
        forks.pop().go_on()
    if not forks:
        _forks.pop(here, None)


def _begin_anew_in_child() -> None:
    global _recorder
    forks = _forks.pop(native.get_ident(), [])
    _forks.clear()
    _left_to_parent.append(_recorder)
    read_gate.gate = read_gate.ReadGate()
    if not forks or not forks[-1].is_ready:
        config.enabled = False
        guard.warn("fork", "this process was forked while its parent used the trace file; it records nothing")
    try:
        _recorder.leave_spans_to_parent()
    except Exception:
        guard.fault("leaving spans to the parent process")
    _recorder = Recorder(_stop_with_multiprocessing)
    _connect(_recorder.queue.put, _recorder.queue.put_ended)


_connect(_recorder.queue.put, _recorder.queue.put_ended)
if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_begin_anew_in_child)
atexit.register(_exit)
