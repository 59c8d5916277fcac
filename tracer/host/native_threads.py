"""Threads and waits of the operating system, whatever gevent or eventlet have put in their place.

The two replace functions of `_thread`, `threading`, `queue` and `time`, before or after this module is imported. The
writer thread runs beside their hub: in it, each transaction would hold up every greenlet of the program, and a wait
for a greenlet by means of the operating system would never end.
"""

from __future__ import annotations

import _thread
import threading
import time
from _queue import SimpleQueue
from collections.abc import Callable
from contextlib import suppress
from importlib.machinery import BuiltinImporter
from importlib.util import module_from_spec
from queue import Empty
from time import monotonic
from types import BuiltinFunctionType, ModuleType
from typing import Any


def is_patched() -> bool:
    """Whether threads that the program starts are greenlets."""
    return type(_thread.start_new_thread) is not BuiltinFunctionType


def _unpatched(module: ModuleType) -> Any:
    """A built-in module with the functions of the interpreter: itself, or a copy where some have been replaced."""
    spec = BuiltinImporter.find_spec(module.__name__) if is_patched() else None
    if spec is None or spec.loader is None:
        return module
    copy = module_from_spec(spec)
    spec.loader.exec_module(copy)
    return copy


_threads = _unpatched(_thread)
_start_new_thread: Callable[[Callable[[], None], tuple[()]], int] = _threads.start_new_thread
get_ident: Callable[[], int] = _threads.get_ident
sleep: Callable[[float], None] = _unpatched(time).sleep


class Lock:
    """A lock that its thread may take again: a signal handler or a destructor may run while the thread has it.

    Not an RLock of Python's: eventlet puts its own in the place of those that there are.
    """

    __slots__ = ("_depth", "_lock", "_owner")

    def __init__(self) -> None:
        self._lock = _threads.allocate_lock()
        self._owner = 0
        self._depth = 0

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take it; False where another thread has it, and has not given it back in `timeout` seconds."""
        here = get_ident()
        if self._owner != here:
            if not self._lock.acquire(blocking, timeout):
                return False
            self._owner = here
        self._depth += 1
        return True

    def release(self) -> None:
        """Give it back, as many times as it was taken."""
        self._depth -= 1
        if not self._depth:
            self._owner = 0
            self._lock.release()


_MOST_START_S = 0.5


class _Started(threading.Event):
    # Thread.start() waits for it without end. A signal handler that forks meanwhile would leave the child waiting.
    def wait(self, timeout: float | None = None) -> bool:
        return super().wait(_MOST_START_S)


class _Thread(threading.Thread):
    def __init__(self, run: Callable[[], None], name: str) -> None:
        super().__init__(target=run, name=name, daemon=True)
        self._started = _Started()

    def _delete(self) -> None:
        # Threads are listed by their number, and gevent may have replaced the function that gives it meanwhile.
        with suppress(KeyError):
            super()._delete()  # type: ignore[misc]


def start_thread(run: Callable[[], None], name: str) -> None:
    """Start a daemon thread of the operating system. Raises RuntimeError where none can be started."""
    if is_patched():
        _start_new_thread(run, ())
        return
    _Thread(run, name).start()


class Flag:
    """Set once by one thread, waited for by another."""

    __slots__ = ("_tokens", "is_set")

    def __init__(self) -> None:
        self.is_set = False
        self._tokens: SimpleQueue[None] = SimpleQueue()

    def set(self) -> None:
        """End the wait."""
        self.is_set = True
        self._tokens.put(None)

    def wait(self, timeout_s: float) -> None:
        """Wait until it is set, for `timeout_s` at most; other greenlets of the thread run meanwhile."""
        deadline = monotonic() + timeout_s
        pause_s = 0.001
        while is_patched() and not self.is_set and (left_s := deadline - monotonic()) > 0:
            try:
                time.sleep(min(pause_s, left_s))
            except (AssertionError, RuntimeError):  # of a hub, in which nothing may wait
                break
            pause_s = min(2 * pause_s, 0.02)
        if not self.is_set:
            wait_for_token(self._tokens, deadline - monotonic())


def wait_for_token(tokens: SimpleQueue[None], timeout_s: float | None) -> None:
    """Wait for the next token, or until the time is over."""
    with suppress(Empty):
        tokens.get(timeout=None if timeout_s is None else max(timeout_s, 0.0))
