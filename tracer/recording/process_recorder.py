"""The recorder of this process, and its handlers for forks and for the end of the interpreter."""

from __future__ import annotations

import atexit
import os
from contextlib import AbstractContextManager

from ..parts import ids
from .process_state import Observer, ProcessState
from .recorder import Recorder

_state = ProcessState()


def get() -> Recorder:
    """The recorder of this process."""
    return _state.recorder


def observe(observer: Observer) -> None:
    """Call `observer` for each span from now on, in the thread of the span; it must not raise."""
    _state.observe(observer)


def reading() -> AbstractContextManager[None]:
    """Hold off forks while the block reads the trace file."""
    return _state.read_gate.reading()


# The tracer's only handlers: readers stop first, then the writer; a child has ids of its own before it has a recorder.


def _before_fork() -> None:
    _state.prepare_fork()


def _after_fork_in_parent() -> None:
    _state.resume_after_fork()


def _after_fork_in_child() -> None:
    global _state
    ids.seed()
    _state = _state.made_anew()


def _at_exit() -> None:
    _state.exit()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
atexit.register(_at_exit)
