"""The one place that swallows exceptions: our faults never reach the host.

Code of ours that runs inside the host's calls is written `try: ... except Exception: guard.fault("what")`.
Under `TRACETUI_STRICT=1`, as in our own tests, faults are raised instead.
"""

from __future__ import annotations

import os
import sys

from .host.exceptions import is_hosts

strict = os.environ.get("TRACETUI_STRICT", "") not in ("", "0")
"""Raise instead of swallowing."""

fault_count = 0
"""Swallowed so far in this process; reaches the trace file with the heartbeat."""

_warned: set[str] = set()


def fault(what: str) -> None:
    """Swallow the exception being handled: count it, and warn of the first of its kind.

    Call it inside an `except` block only. What a signal handler of the host raised goes on to the host.
    """
    global fault_count
    if strict:
        raise
    error = sys.exc_info()[1]
    if error is not None and is_hosts(error):
        raise error
    fault_count += 1
    _say(what, "tracetui: %s failed; the traced program goes on, and this is said once", what, error)


def warn(what: str, message: str) -> None:
    """Tell of a limit that was met or an argument that means nothing here, once for each `what`."""
    _say(what, "tracetui: %s", message)


def ignore_arguments(function: str, arguments: dict[str, object]) -> None:
    """Tell once that arguments of MLflow's that mean nothing without its server were ignored."""
    for name, value in arguments.items():
        if value is not None:
            warn(f"{function}({name})", f"{function}({name}=...) means nothing here and is ignored")


def _say(what: str, form: str, message: str, error: BaseException | None = None) -> None:
    """Log once for each `what`. Raises nothing: memory may be short, and the host's log handlers may be broken."""
    try:
        if what in _warned:
            return
        _warned.add(what)
        logging = sys.modules.get("logging")
        if logging is not None:
            logging.getLogger("tracetui").warning("%s", form % message, exc_info=error)
        else:  # nobody can have set a handler: written as logging would, without 5 ms for its import
            if sys.stderr is not None:
                sys.stderr.write(form % message + "\n")
            if error is not None:
                sys.__excepthook__(type(error), error, error.__traceback__)
    except BaseException as raised:
        if is_hosts(raised):
            raise
