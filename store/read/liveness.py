"""Whether the process that writes a trace is still there: decides between RUNNING and LOST."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..model.rows import ProcessRow

SILENCE_NS = 10_000_000_000
"""A process on another host that was silent this long is taken for gone: its pid cannot be asked."""

_REUSE_SLACK_NS = 2_000_000_000
"""The kernel's start times are in clock ticks since a boot time in whole seconds."""


def is_gone(process: ProcessRow, now_ns: int, *, host: str | None = None) -> bool:
    """Whether `process` can end its open spans no more: it said goodbye, died here, or fell silent elsewhere.

    On this host the process table is the authority and silence alone proves nothing: a debugger's stop or a
    long call into C halts the heartbeat of a process that lives.
    """
    if process.ended_ns is not None:
        return True
    silent = now_ns - process.heartbeat_ns > SILENCE_NS
    if os.name != "posix" or process.host != (this_host() if host is None else host):
        return silent
    # Start times alone would condemn the living after a virtual machine was asleep, when the clocks disagree.
    return not is_alive(process.pid) or (silent and is_younger(process.pid, process.started_ns))


@cache
def this_host() -> str:
    """The name of this machine as its processes write it into the file."""
    return os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")


def is_alive(pid: int) -> bool:
    """Whether a process of this machine has this number; a zombie is dead."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        pass  # it is there and belongs to somebody else
    stat = _stat(pid)
    return not stat or stat[0] not in "ZX"


def is_younger(pid: int, started_ns: int) -> bool:
    """Whether the process with this number began after `started_ns`, so that it is another one than was meant."""
    stat = _stat(pid)
    if len(stat) < 20:
        return False
    with suppress(OSError, ValueError):
        born_ns = _boot_ns() + int(stat[19]) * 1_000_000_000 // os.sysconf("SC_CLK_TCK")
        return born_ns > started_ns + _REUSE_SLACK_NS
    return False


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat from the state on; empty where there is no /proc."""
    try:
        # The name in parentheses may hold spaces and parentheses itself; the fields follow the last one.
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


@cache
def _boot_ns() -> int:
    for line in Path("/proc/stat").read_text(encoding="ascii").splitlines():
        if line.startswith("btime "):
            return int(line[6:]) * 1_000_000_000
    raise ValueError("no boot time")
