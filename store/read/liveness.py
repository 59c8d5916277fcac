"""Decide whether the process that writes a trace still exists: an open span is RUNNING or LOST."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..model.rows import ProcessRow

SILENCE_NS = 10_000_000_000
"""A process on another host counts as gone this long after its last heartbeat: its pid cannot be checked."""

_REUSE_SLACK_NS = 2_000_000_000
"""The tolerance of start times: the kernel counts clock ticks since a boot time in whole seconds."""


def is_gone(process: ProcessRow, now_ns: int, *, host: str | None = None) -> bool:
    """Whether `process` can no longer end its open spans: it has ended, or does not exist, or its heartbeat stopped.

    On this host the process table decides, and a missing heartbeat alone proves nothing: a debugger or a long call
    into C stops the heartbeat of a process that exists. On other hosts the heartbeat decides.
    """
    if process.ended_ns is not None:
        return True
    silent = now_ns - process.heartbeat_ns > SILENCE_NS
    if os.name != "posix" or process.host != (this_host() if host is None else host):
        return silent
    # Not by start times alone: after a virtual machine was suspended, the clocks disagree.
    return not is_alive(process.pid) or (silent and is_younger(process.pid, process.started_ns))


@cache
def this_host() -> str:
    """Return the name of this machine, as its processes write it to the file."""
    return os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")


def is_alive(pid: int) -> bool:
    """Whether a process of this machine has this pid; a zombie does not count."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        pass  # the process exists and belongs to another user
    stat = _stat(pid)
    return not stat or stat[0] not in "ZX"


def is_younger(pid: int, started_ns: int) -> bool:
    """Whether the process with this pid began after `started_ns`, so that it reuses the pid of another process."""
    stat = _stat(pid)
    if len(stat) < 20:
        return False
    with suppress(OSError, ValueError):
        born_ns = _boot_ns() + int(stat[19]) * 1_000_000_000 // os.sysconf("SC_CLK_TCK")
        return born_ns > started_ns + _REUSE_SLACK_NS
    return False


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/<pid>/stat from the state on; empty where there is no /proc."""
    try:
        # The name in parentheses may contain spaces and parentheses; the fields follow the last parenthesis.
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
