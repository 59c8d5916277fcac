"""RUNNING or LOST: a process counts as gone when it can end no span, and never while it lives."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Any

from tracetui.store.model.rows import ProcessRow
from tracetui.store.read.liveness import SILENCE_NS, is_alive, is_gone, is_younger, this_host

NOW_NS = 1_767_323_045_000_000_000


def process(**columns: Any) -> ProcessRow:
    """This very process, with a fresh heartbeat."""
    row = ProcessRow(
        id=1,
        pid=os.getpid(),
        host=this_host(),
        service="",
        command="",
        python="",
        started_ns=time.time_ns(),
        heartbeat_ns=NOW_NS,
        ended_ns=None,
        dropped=0,
        failed=0,
        rev=1,
    )
    return row._replace(**columns)


def test_living_process_is_there_however_silent() -> None:
    """A debugger may hold its threads for an hour."""
    assert not is_gone(process(), NOW_NS)
    assert not is_gone(process(), NOW_NS + 3_600_000_000_000)


def test_a_process_that_has_ended_is_gone() -> None:
    """Even if its number is in use."""
    assert is_gone(process(ended_ns=NOW_NS), NOW_NS)


def test_process_that_was_killed_is_gone_also_while_its_parent_looks_away() -> None:
    """A zombie has a number but no future."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert child.stdin is not None
    try:
        assert is_alive(child.pid)
        child.kill()
        deadline = time.monotonic() + 20
        while is_alive(child.pid) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert is_gone(process(pid=child.pid), NOW_NS)
    finally:
        child.wait()
        child.stdin.close()
    assert not is_alive(child.pid)


def test_number_given_to_another_process_is_not_the_old_one() -> None:
    """This process began after 2001, so a silent one of 2001 with its number is gone; one that speaks is not."""
    of_2001_ns = 1_000_000_000_000_000_000
    assert is_younger(os.getpid(), of_2001_ns)
    assert not is_younger(os.getpid(), time.time_ns())
    assert is_gone(process(started_ns=of_2001_ns), NOW_NS + SILENCE_NS + 1)
    assert not is_gone(process(started_ns=of_2001_ns), NOW_NS)


def test_process_elsewhere_is_there_as_long_as_it_speaks() -> None:
    """Its number means nothing here."""
    elsewhere = process(host="elsewhere", pid=os.getpid())
    assert not is_gone(elsewhere, NOW_NS + SILENCE_NS)
    assert is_gone(elsewhere, NOW_NS + SILENCE_NS + 1)


def test_numbers_that_are_no_process_are_gone() -> None:
    """An imported trace may name any."""
    assert not any(is_alive(pid) for pid in (0, -1, 2**22 + 7, 2**70))
