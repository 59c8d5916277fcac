"""The one place that swallows exceptions: our faults never reach the host.

Code of ours that runs inside the host's calls is written `try: ... except Exception: guard.fault("what")`.
Under `TRACETUI_STRICT=1`, as in our own tests, faults are raised instead.
"""

from __future__ import annotations

import os
import sys

strict = os.environ.get("TRACETUI_STRICT", "") not in ("", "0")
"""Raise instead of swallowing."""

fault_count = 0
"""Swallowed so far in this process; reaches the trace file with the heartbeat."""

_warned: set[str] = set()


def fault(what: str) -> None:
    """Swallow the exception being handled: count it, and tell of the first of its kind.

    Call it inside an `except` block only.
    """
    global fault_count
    if strict:
        raise
    fault_count += 1
    _say(what, f"tracetui: {what} failed; the traced program goes on, and this is said once", with_traceback=True)


def warn(what: str, message: str) -> None:
    """Tell of a limit that was met or an argument that means nothing here, once for each `what`."""
    _say(what, f"tracetui: {message}", with_traceback=False)


def ignore_arguments(function: str, arguments: dict[str, object]) -> None:
    """Tell once that arguments of MLflow's that mean nothing without its server were ignored."""
    for name, value in arguments.items():
        if value is not None:
            warn(f"{function}({name})", f"{function}({name}=...) means nothing here and is ignored")


def _say(what: str, message: str, *, with_traceback: bool) -> None:
    if what in _warned:
        return
    _warned.add(what)
    try:
        import logging  # 5 ms, and rarely needed

        logging.getLogger("tracetui").warning("%s", message, exc_info=with_traceback and sys.exc_info()[0] is not None)
    except Exception:  # the host's log handlers may be broken too
        pass
