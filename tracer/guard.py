"""The one place that swallows exceptions: the tracer's faults never reach the host.

Tracer code that runs inside the host's calls is written `try: ... except Exception: guard.fault("what")`.
With `TRACETUI_STRICT=1`, as in our own tests, `fault` raises instead.
"""

from __future__ import annotations

import os
import sys

from .host.exceptions import is_from_host

strict = os.environ.get("TRACETUI_STRICT", "") not in ("", "0")
"""Raise instead of swallowing."""

fault_count = 0
"""Exceptions swallowed so far in this process. The recorder writes the number to the trace file with the heartbeat."""

_warned: set[str] = set()


def fault(what: str) -> None:
    """Swallow the exception being handled: count it, and log the first one for each `what`.

    Call it inside an `except` block only. Raises the exception again if a signal handler of the host raised it.
    """
    global fault_count
    if strict:
        raise
    error = sys.exc_info()[1]
    if error is not None and is_from_host(error):
        raise error
    fault_count += 1
    _log_once(what, "tracetui: %s failed; the traced program continues; this is logged once", what, error)


def warn(what: str, message: str) -> None:
    """Warn about a limit that was reached or an argument that has no meaning here, once for each `what`."""
    _log_once(what, "tracetui: %s", message)


def ignore_arguments(function: str, arguments: dict[str, object]) -> None:
    """Warn once about each argument that only MLflow's server gives a meaning; None is not warned about."""
    for name, value in arguments.items():
        if value is not None:
            warn(f"{function}({name})", f"{function}({name}=...) has no meaning here and is ignored")


def forget_warnings() -> None:
    """Let `fault` and `warn` log everything once more, so that a test depends on no other test."""
    _warned.clear()


def _log_once(what: str, form: str, message: str, error: BaseException | None = None) -> None:
    """Log once for each `what`. Raises nothing: memory may be short, and the host's log handlers may be broken."""
    try:
        if what in _warned:
            return
        _warned.add(what)
        logging = sys.modules.get("logging")
        if logging is not None:
            logging.getLogger("tracetui").warning("%s", form % message, exc_info=error)
        else:  # nobody can have set a handler: write what logging would write, without the 5 ms of its import
            if sys.stderr is not None:
                sys.stderr.write(form % message + "\n")
            if error is not None:
                sys.__excepthook__(type(error), error, error.__traceback__)
    except BaseException as raised:
        if is_from_host(raised):
            raise
