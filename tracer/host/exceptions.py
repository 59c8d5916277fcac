"""Exceptions that the host raises into the tracer's code: from signal handlers, interruptions, and greenlet hubs.

A signal handler runs between any two instructions of the main thread. The exception that it raises (a time limit,
`sys.exit()` for SIGTERM, Ctrl-C) leaves the code that was interrupted, which may be the tracer's. The tracer must not
swallow such an exception.
"""

from __future__ import annotations

from types import TracebackType

_GREENLET_PACKAGES = frozenset({"eventlet", "gevent", "greenlet"})
"""Their hubs raise time limits, and the end of a greenlet, where the greenlet waits."""


def is_from_host(error: BaseException) -> bool:
    """Return whether a signal handler or a hub raised `error`, rather than code that the tracer called."""
    if isinstance(error, Exception):
        return _is_from_signal_handler(error.__traceback__)
    if type(error).__module__.partition(".")[0] in _GREENLET_PACKAGES:
        return True
    if isinstance(error, KeyboardInterrupt) and not _is_from_raise_statement(error.__traceback__):
        return True
    return _is_from_signal_handler(error.__traceback__)


def _is_from_signal_handler(traceback: TracebackType | None) -> bool:
    """Return whether a frame has the frame before it as a local variable, as only a signal handler has."""
    interrupted = None
    while traceback is not None:
        frame = traceback.tb_frame
        if interrupted is not None:
            for value in frame.f_locals.values():
                if value is interrupted or (type(value) is tuple and any(item is interrupted for item in value)):
                    return True
        interrupted, traceback = frame, traceback.tb_next
    return False


def _is_from_raise_statement(traceback: TracebackType | None) -> bool:
    """Return whether a `raise` statement raised; the interpreter raises KeyboardInterrupt at other instructions."""
    if traceback is None:
        return False
    from opcode import opmap

    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    return traceback.tb_frame.f_code.co_code[traceback.tb_lasti] == opmap["RAISE_VARARGS"]
