"""Which exceptions that come out of our own code are the host's: what its signal handlers raise, and its interruptions.

A signal handler runs between any two instructions of the main thread, so what it raises (a time limit, `sys.exit()` for
SIGTERM, Ctrl-C) leaves whatever code was interrupted. To swallow it would take it from the host.
"""

from __future__ import annotations

from types import TracebackType

_GREENLETS = frozenset({"eventlet", "gevent", "greenlet"})
"""Their hubs throw time limits and the end of a greenlet into it where it waits."""


def is_hosts(error: BaseException) -> bool:
    """Whether an exception was raised into our code, by a signal or a hub, and not by what our code called."""
    if isinstance(error, Exception):
        return _is_of_signal_handler(error.__traceback__)
    if type(error).__module__.partition(".")[0] in _GREENLETS:
        return True
    if isinstance(error, KeyboardInterrupt) and not _is_raised(error.__traceback__):
        return True
    return _is_of_signal_handler(error.__traceback__)


def _is_of_signal_handler(traceback: TracebackType | None) -> bool:
    """Whether a frame is given the frame that it interrupts, as a signal handler is, and nothing else."""
    interrupted = None
    while traceback is not None:
        frame = traceback.tb_frame
        if interrupted is not None:
            for value in frame.f_locals.values():
                if value is interrupted or (type(value) is tuple and any(item is interrupted for item in value)):
                    return True
        interrupted, traceback = frame, traceback.tb_next
    return False


def _is_raised(traceback: TracebackType | None) -> bool:
    """Whether a `raise` statement raised it; the interpreter raises KeyboardInterrupt at other instructions."""
    if traceback is None:
        return False
    from opcode import opmap

    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    return traceback.tb_frame.f_code.co_code[traceback.tb_lasti] == opmap["RAISE_VARARGS"]
