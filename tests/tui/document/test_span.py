"""The details of a span tell what is known of its program, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.builders import TraceFile
from tests.support.pilot import WIDE, ready, shown, wait_for
from tests.tui.conftest import explorer


@pytest.mark.parametrize(
    ("pid", "host", "line"),
    [(0, "", "process   shop"), (0, "far", "process   shop · on far"), (7, "far", "process   shop · pid 7 on far")],
)
async def test_a_program_without_a_pid_has_no_pid_0(pid: int, host: str, line: str, tmp_path: Path) -> None:
    """Spans that were received or imported may come without a pid, and without a host."""
    file = TraceFile(tmp_path / "traces.db")
    file.process(pid=pid, host=host, ended_ns=1)
    file.trace().span("root")
    file.close()
    app = explorer(file.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app, traces=1)
        await pilot.press("enter")
        await wait_for(
            pilot, lambda: line in [row.partition("▏")[2].strip() for row in shown(screen).splitlines()], line
        )
