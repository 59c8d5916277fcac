"""From the host's threads to the writer thread: a bounded queue, one daemon thread, flush, exit, fork.

The host's calls only append to the queue. The thread wakes with the first span, writes what has gathered,
and while spans are open comes back for what they show by then; with nothing open it sleeps.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
from collections import deque
from contextlib import suppress
from itertools import islice
from queue import Empty, SimpleQueue
from time import monotonic, time_ns
from typing import TYPE_CHECKING, TypeVar

from . import clock, guard
from .config import config

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..store.edits import Edit
    from ..store.writer import Writer
    from .outgoing import Stage
    from .span import Span
    from .tail_sampling import TailSampler

Written = TypeVar("Written")

FIRST_DELAY_S = 0.005
"""From the first span after a silence to its flush: enough for a short call to end and be written once."""

INTERVAL_S = 0.025
"""Between flushes while spans keep coming."""

OPEN_INTERVAL_S = 0.2
"""Between looks at spans that are open: streams grow, attributes are set."""

HEARTBEAT_S = 2.0
"""Between signs of life while spans are open; readers call a silent process gone after 10 s."""

BATCH_SPANS = 4_096
"""Written in one transaction at most, so that readers see progress under load."""

SAMPLED_SPANS = 256
"""Looked at to judge how many bytes wait."""

RETRY_S = 0.5
"""Between tries while the file cannot be written."""

FORK_TIMEOUT_S = 1.0
"""How long a fork waits for the transaction that is being written; most last milliseconds."""

EXIT_TIMEOUT_S = 5.0
"""How long an exiting interpreter waits for the last flush."""


NEW, QUEUED, TAKEN, WRITTEN = range(4)
"""States of a span on its way: not queued yet; in the queue; taken by the thread; ended and committed."""


class _Request:
    """Something for the thread to do when everything queued before it is committed; a flush as it is."""

    def __init__(self) -> None:
        self.done = threading.Event()


class EditRequest(_Request):
    """Asks the thread to change what is in the file."""

    def __init__(self, edit: Edit) -> None:
        super().__init__()
        self.edit = edit
        self.changed = 0
        """Rows that were changed, once `done` is set."""


class Recorder:
    """The queue and the thread of this process."""

    def __init__(self) -> None:
        self.dropped = 0
        """Spans that found the queue full."""
        self._queue: deque[Span | _Request] = deque()
        self._doorbell: SimpleQueue[None] = SimpleQueue()
        self._is_asleep = True
        self._is_stopping = False
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._gate = threading.RLock()
        """Held while spans are between two places, or SQLite is at work: a fork waits for it."""
        self._writer: Writer | None = None
        self._stage: Stage | None = None
        self._tail: TailSampler | None = None
        self._pending: list[Span] = []
        self._open: dict[int, Span] = {}
        self._seen: dict[int, tuple[object, ...]] = {}
        self._next_heartbeat = 0.0
        self._told = (0, 0)
        self._is_failing = False
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
        """Wait until all that was queued before is committed; False if that took longer than `timeout_s`."""
        if not self._queue and not self._pending and self._thread is None:
            return True
        request = _Request()
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

    def _wake(self) -> None:
        if self._thread is None:
            self._start()
        self._is_asleep = False
        self._doorbell.put(None)

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="tracetui-writer", daemon=True)
                self._thread.start()
                _stop_with_multiprocessing()

    # The writer thread

    def _run(self) -> None:
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
                self._sleep(next_look - monotonic() if self._open or self._is_holding() else None)
            now = monotonic()
            if self._queue and not self._is_urgent():
                self._gather(FIRST_DELAY_S if now - last_flush > 2 * INTERVAL_S else last_flush + INTERVAL_S - now)
            requests = self._drain()
            now = monotonic()
            if (self._open or self._is_holding()) and (requests or now >= next_look):
                next_look = now + OPEN_INTERVAL_S
                self._look_at_open()
            if self._pending:
                self._write_pending()
                last_flush = monotonic()
            self._apply_edits([request for request in requests if isinstance(request, EditRequest)])
            if self._writer is not None and now >= self._next_heartbeat and (self._open or self._has_losses_to_tell()):
                self._beat()
            for request in requests:
                request.done.set()

    def _sleep(self, timeout_s: float | None) -> None:
        self._is_asleep = True
        if self._queue:  # put between the look at the queue and the flag
            self._is_asleep = False
            return
        self._nap(None if timeout_s is None else max(timeout_s, 0.001))
        self._is_asleep = False

    def _gather(self, delay_s: float) -> None:
        """Let more spans come in; a flush ends the wait."""
        if delay_s > 0:
            self._nap(delay_s)

    def _is_holding(self) -> bool:
        return self._tail is not None and self._tail.is_holding()

    def _is_urgent(self) -> bool:
        return self._is_stopping or len(self._queue) >= BATCH_SPANS or type(self._queue[-1]) is _Request

    def _drain(self) -> list[_Request]:
        """Move what is queued to the spans to write, each once; return the requests met."""
        take = self._queue.popleft
        batch: dict[int, Span] = {}
        requests = []
        with self._gate:
            for _ in range(min(len(self._queue), BATCH_SPANS)):
                item = take()
                if isinstance(item, _Request):
                    requests.append(item)
                    continue
                if item.queue_state != WRITTEN:
                    item.queue_state = TAKEN  # before its end is read: one that ends from now on queues itself again
                    batch[item.span_key] = item
            admitted = list(batch.values())
            if self._tail is not None or config.tail_sampling is not None:
                admitted = self._admit(admitted)
            if self._pending:
                admitted = list({span.span_key: span for span in (*self._pending, *admitted)}.values())
            self._pending = admitted
        return requests

    def _admit(self, spans: list[Span]) -> list[Span]:
        """Let through what tail sampling keeps; hold or forget the rest."""
        from .tail_sampling import TailSampler

        former: list[Span] = []
        if self._tail is None or self._tail.settings is not config.tail_sampling:
            former = self._tail.release() if self._tail is not None else []
            self._tail = None if config.tail_sampling is None else TailSampler(config.tail_sampling)
        if self._tail is None:
            return former + spans
        kept, forgotten = self._tail.admit(spans, clock.wall_ns())
        for span in forgotten:
            span.queue_state = WRITTEN
        return former + kept

    def _look_at_open(self) -> None:
        """Write again the open spans that show more than what was written."""
        queued = {span.span_key for span in self._pending}
        for key, span in self._open.items():
            if key not in queued and _shown(span) != self._seen.get(key):
                self._pending.append(span)

    def _write_pending(self) -> None:
        spans = self._pending
        shown = [_shown(span) for span in spans]
        outgoing = self._open_stage().prepare(spans)
        refused = self._until_written(lambda writer: writer.write(outgoing))
        if refused is None:
            self.dropped += len(spans)
            self._pending = []
            return
        writer = self._writer
        assert writer is not None
        self._pending = []
        for span in spans:
            span.trace.maybe_in_file = True  # what was written is a copy
        for refused_span, reason in refused:
            self.dropped += 1
            guard.warn("refused", f"the span {refused_span.name!r} could not be stored: {reason!r}")
        for span, seen in zip(spans, shown, strict=True):
            if writer.is_open(span):
                self._open[span.span_key] = span
                self._seen[span.span_key] = seen
            else:
                span.queue_state = WRITTEN
                if self._open.pop(span.span_key, None) is not None:
                    self._seen.pop(span.span_key, None)

    def _apply_edits(self, requests: list[EditRequest]) -> None:
        if not requests:
            return
        with self._gate:  # see _until_written
            from .outgoing_edits import prepare

        edits = [prepare(request.edit) for request in requests]
        outcomes = self._until_written(lambda writer: writer.edit(edits))
        if outcomes is None:
            self.dropped += len(requests)
            return
        for request, outcome in zip(requests, outcomes, strict=True):
            if isinstance(outcome, int):
                request.changed = outcome
            else:
                guard.warn(
                    f"edit {type(request.edit).__name__}", f"{type(request.edit).__name__} did nothing: {outcome}"
                )

    def _until_written(self, write: Callable[[Writer], Written]) -> Written | None:
        """Do `write` as soon as the file takes it; None when this process ends before it does."""
        with self._gate:  # a fork in the middle of an import would leave it locked in the child
            import sqlite3

            from ..store.schema import NotATraceFileError

        while True:
            try:
                with self._gate:
                    written = write(self._open_writer())
            except (sqlite3.Error, OSError, NotATraceFileError) as error:
                self._release_writer()
                guard.warn(
                    "file", f"cannot write {config.db_path()}: {error}; spans wait in memory until it can be written"
                )
                self._is_failing = True
                if self._is_stopping:
                    return None
                self._is_full = self._waiting_bytes() > config.max_waiting_bytes
                self._nap(RETRY_S)
            else:
                self._is_failing = self._is_full = False
                return written

    def _waiting_bytes(self) -> int:
        """About how many bytes of payload wait in the queue, judged by a sample."""
        waiting = len(self._queue)
        step = max(1, waiting // SAMPLED_SPANS)
        sizes = [payload_bytes(item) for item in islice(self._queue.copy(), 0, None, step)]
        return sum(sizes) * waiting // max(1, len(sizes))

    def _nap(self, timeout_s: float | None) -> None:
        with suppress(Empty):
            self._doorbell.get(timeout=timeout_s)

    def _open_stage(self) -> Stage:
        if self._stage is None:
            with self._gate:
                from .outgoing import Stage

            self._stage = Stage()
        return self._stage

    def _open_writer(self) -> Writer:
        if self._writer is not None and not self._writer.is_in_place():
            self._drop_writer()
        if self._writer is None:
            self._writer = _new_writer()
        self._writer.resume()
        return self._writer

    def _release_writer(self) -> None:
        """Try with a new connection; what is known of the file stays true."""
        if self._writer is not None:
            try:
                with self._gate:
                    self._writer.release()
            except Exception:
                self._drop_writer()

    def _drop_writer(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            try:
                with self._gate:
                    writer.close()
            except Exception:
                guard.fault("closing the trace file")

    def _has_losses_to_tell(self) -> bool:
        return self._told != (self.dropped, guard.fault_count)

    def _beat(self, *, ended: bool = False) -> None:
        import sqlite3

        assert self._writer is not None
        self._next_heartbeat = monotonic() + HEARTBEAT_S
        try:
            losses = self.dropped, guard.fault_count
            with self._gate:
                self._writer.resume()
                self._writer.heartbeat(time_ns(), *losses, ended=ended)
            self._told = losses
        except sqlite3.Error as error:
            guard.warn("heartbeat", f"cannot write {config.db_path()}: {error}")

    # The end, and fork

    def stop(self) -> None:
        """Write what is left, tell that the process has ended, close the file. The next span starts anew."""
        thread = self._thread
        if thread is None:
            return
        self.flush(RETRY_S if self._is_failing else EXIT_TIMEOUT_S)
        self._is_stopping = True
        self._wake()
        thread.join(EXIT_TIMEOUT_S)
        if thread.is_alive():
            return
        if self._tail is not None:
            self._pending += self._tail.release()
            self._tail = None
            if self._pending:
                self._write_pending()
        if self._writer is not None:
            for span in self._open.values():
                if _shown(span) != self._seen.get(span.span_key):
                    self._pending.append(span)
            if self._pending:
                self._write_pending()
        if self._writer is not None:
            self._beat(ended=True)
            self._drop_writer()
        self._thread = None
        self._is_stopping = False
        self._is_asleep = True
        self._open.clear()
        self._seen.clear()

    def hold_for_fork(self) -> bool:
        """Let go of the file and stand still until `go_on`; False if the thread could not be stopped in time.

        SQLite keeps its locks by file and process, in memory: a connection, or a mutex in use, must not be copied.
        """
        if not self._gate.acquire(timeout=FORK_TIMEOUT_S):
            return False
        if self._writer is not None:
            self._writer.release()
        return True

    def go_on(self) -> None:
        """End `hold_for_fork`, in the parent."""
        self._gate.release()

    def leave_spans_to_parent(self) -> None:
        """In the child: what the parent has begun is the parent's to write, however the child leaves it."""
        held = self._tail.release() if self._tail is not None else ()
        for item in (*self._queue, *self._pending, *self._open.values(), *held):
            if not isinstance(item, _Request):
                item.queue_state = QUEUED
                item.trace.maybe_in_file = True


def payload_bytes(item: Span | _Request) -> int:
    """About what the values of a span take in memory; zero for a request."""
    if isinstance(item, _Request):
        return 0
    return _bytes(item.inputs_value) + _bytes(item.outputs_value) + _bytes(item.attribute_values)


def _bytes(value: object, depth: int = 0) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict | list) and depth < 8:
        return sum(_bytes(item, depth + 1) + 16 for item in (value.values() if isinstance(value, dict) else value))
    return 8


def _shown(span: Span) -> tuple[object, ...]:
    """What a row of an open span depends on; cheap, so that many open spans can be looked at."""
    stream = span.stream
    return (
        len(span.attribute_values),
        id(span.inputs_value),
        id(span.outputs_value),
        len(span.event_list) if span.event_list else 0,
        stream.chunk_count if stream is not None else 0,
        span.name,
    )


def _new_writer() -> Writer:
    from functools import partial

    from ..store.prices import Prices
    from ..store.writer import Process, Writer
    from . import deployment

    process = Process(
        pid=os.getpid(),
        host=os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", ""),
        service=config.service,
        command=" ".join(sys.orig_argv),
        python=".".join(map(str, sys.version_info[:3])),
        started_ns=time_ns(),
    )
    prices = Prices(config.prices, partial(guard.warn, "prices"))
    facts = deployment.facts({"version": config.version, "environment": config.environment})
    return Writer(config.db_path(), process, prices, facts)


_recorder = Recorder()
put = _recorder.put
put_ended = _recorder.put_ended


def get() -> Recorder:
    """The recorder of this process."""
    return _recorder


_left_to_parent: list[Recorder] = []
"""Recorders copied by a fork, kept so that nothing of them is closed here."""

_is_held = False


def _before_fork() -> None:
    global _is_held
    try:
        _is_held = _recorder.hold_for_fork()
    except Exception:
        _is_held = True
        guard.fault("letting go of the trace file for a fork")


def _after_fork_in_parent() -> None:
    if _is_held:
        _recorder.go_on()


def _begin_anew_in_child() -> None:
    global _recorder, put, put_ended
    _left_to_parent.append(_recorder)
    if not _is_held:
        config.enabled = False
        guard.warn("fork", "this process was forked while its parent waited for the trace file; it records nothing")
    try:
        _recorder.leave_spans_to_parent()
    except Exception:
        guard.fault("leaving spans to the parent process")
    _recorder = Recorder()
    put, put_ended = _recorder.put, _recorder.put_ended


def _stop() -> None:
    try:
        _recorder.stop()
    except Exception:
        guard.fault("writing the last spans")


def _stop_with_multiprocessing() -> None:
    """A child of multiprocessing ends without `atexit`; it has finalizers of its own."""
    process = sys.modules.get("multiprocessing.process")
    if process is not None and process.parent_process() is not None:
        from multiprocessing import util

        util.Finalize(None, _stop, exitpriority=-100)


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_begin_anew_in_child)
atexit.register(_stop)
