"""Whether the process that writes a trace is still there: decides between RUNNING and LOST."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .rows import ProcessRow

SILENCE_NS = 10_000_000_000
"""A process on another host that was silent this long is taken for gone: its pid cannot be asked."""

_REUSE_SLACK_NS = 2_000_000_000
"""The kernel's start times are in clock ticks since a boot time in whole seconds."""


def is_gone(
    process: ProcessRow,
    now_ns: int,
    *,
    host: str | None = None,
    alive: Callable[[int, int], bool] | None = None,
) -> bool:
    """Whether `process` can end its open spans no more: it said goodbye, died here, or fell silent elsewhere.

    On this host the process table is the authority and silence proves nothing: a debugger's stop or a
    long call into C halts the heartbeat of a process that lives.
    """
    if process.ended_ns is not None:
        return True
    if process.host == (host if host is not None else this_host()):
        return not (alive or is_alive)(process.pid, process.started_ns)
    return now_ns - process.heartbeat_ns > SILENCE_NS


@cache
def this_host() -> str:
    """The name of this machine as processes write it into the file."""
    return platform.node()


def is_alive(pid: int, started_ns: int) -> bool:
    """Whether the process that had `pid` when it began tracing at `started_ns` still runs on this machine.

    A zombie is dead, and a younger process that got the same number is another one; where there is no
    `/proc` to ask, the number alone decides.
    """
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OverflowError:
        return False
    except OSError:
        pass  # it is there and belongs to somebody else
    with suppress(OSError, ValueError, IndexError):
        # The name in parentheses may hold spaces and parentheses itself; the state is what follows the last one.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        if fields[0] in "ZX":
            return False
        return _boot_ns() + int(fields[19]) * 1_000_000_000 // os.sysconf("SC_CLK_TCK") < started_ns + _REUSE_SLACK_NS
    return True


@cache
def _boot_ns() -> int:
    for line in Path("/proc/stat").read_text(encoding="ascii").splitlines():
        if line.startswith("btime "):
            return int(line[6:]) * 1_000_000_000
    raise ValueError("no boot time")
