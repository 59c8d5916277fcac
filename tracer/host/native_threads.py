"""Threads and waits of the operating system, also where gevent or eventlet have replaced them.

Both replace functions of `_thread`, `threading`, `queue` and `time`, before or after this module is imported. The
writer thread runs beside their hub: as a greenlet, each transaction would stop every greenlet of the program, and a
wait of the operating system for a greenlet would never end.
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
    """Return whether the threads that the program starts are greenlets."""
    return type(_thread.start_new_thread) is not BuiltinFunctionType


def _unpatched(module: ModuleType) -> Any:
    """Return a built-in module with the interpreter's own functions: the module, or a copy if it was patched."""
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


class ReentrantLock:
    """A reentrant lock: a signal handler or a destructor may run while its thread holds the lock.

    This is not Python's RLock, because eventlet replaces existing ones.
    """

    __slots__ = ("_depth", "_lock", "_owner")

    def __init__(self) -> None:
        self._lock = _threads.allocate_lock()
        self._owner = 0
        self._depth = 0

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Acquire the lock. Returns False if another thread still holds it after `timeout` seconds."""
        here = get_ident()
        if self._owner != here:
            if not self._lock.acquire(blocking, timeout):
                return False
            self._owner = here
        self._depth += 1
        return True

    def release(self) -> None:
        """Release the lock; call it as often as `acquire`."""
        self._depth -= 1
        if not self._depth:
            self._owner = 0
            self._lock.release()


_MAX_START_S = 0.5
"""Seconds to wait for a new thread to start."""


class _Started(threading.Event):
    # Thread.start() waits for this event without a limit. If a signal handler forks then, the child would wait forever.
    def wait(self, timeout: float | None = None) -> bool:
        return super().wait(_MAX_START_S)


class _Thread(threading.Thread):
    def __init__(self, run: Callable[[], None], name: str) -> None:
        super().__init__(target=run, name=name, daemon=True)
        self._started = _Started()

    def _delete(self) -> None:
        # Threads are listed by their number, and gevent may have replaced the function that returns it.
        with suppress(KeyError):
            super()._delete()  # type: ignore[misc]


def start_thread(run: Callable[[], None], name: str) -> None:
    """Start a daemon thread of the operating system. Raises RuntimeError if it cannot be started."""
    if is_patched():
        _start_new_thread(run, ())
        return
    _Thread(run, name).start()


class Flag:
    """An event that one thread sets once and another thread waits for."""

    __slots__ = ("_tokens", "is_set")

    def __init__(self) -> None:
        self.is_set = False
        self._tokens: SimpleQueue[None] = SimpleQueue()

    def set(self) -> None:
        """Set the flag and end the wait."""
        self.is_set = True
        self._tokens.put(None)

    def wait(self, timeout_s: float) -> None:
        """Wait until the flag is set, at most `timeout_s`. Other greenlets of the thread run meanwhile."""
        deadline = monotonic() + timeout_s
        pause_s = 0.001
        while is_patched() and not self.is_set and (left_s := deadline - monotonic()) > 0:
            try:
                time.sleep(min(pause_s, left_s))
            except (AssertionError, RuntimeError):  # in a hub, nothing may wait
                break
            pause_s = min(2 * pause_s, 0.02)
        if not self.is_set:
            wait_for_token(self._tokens, deadline - monotonic())


def wait_for_token(tokens: SimpleQueue[None], timeout_s: float | None) -> None:
    """Wait for the next token, at most `timeout_s`; without a limit if that is None."""
    with suppress(Empty):
        tokens.get(timeout=None if timeout_s is None else max(timeout_s, 0.0))
