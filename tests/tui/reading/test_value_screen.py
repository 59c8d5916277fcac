"""Values of megabytes open at once and scroll to their end."""

from __future__ import annotations

from pathlib import Path

from tests.support.builders import TraceFile
from tests.support.pilot import WIDE, ready, wait_for
from tests.tui.conftest import explorer
from tracetui.tui.reading.lines_pane import LinesPane
from tracetui.tui.reading.value_screen import ValueScreen

LINE = "a line of a log, forty characters long .\n"
SIZE_CHARS = 10_000_000


async def test_value_of_ten_megabytes_opens_and_scrolls(tmp_path: Path) -> None:
    """It is a preview in the details; Enter opens the whole, to be read from its first line to its last."""
    path = tmp_path / "traces.db"
    file = TraceFile(path)
    file.trace("big").span("big", outputs=LINE * (SIZE_CHARS // len(LINE)) + "the end")
    file.close()
    app = explorer(path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app, traces=1)
        await wait_for(
            pilot, lambda: any(value.title == "Outputs" for value in screen.detail_pane.document.values), "it"
        )
        assert sum(len(line.text) for line in screen.detail_pane.document.lines) < 100_000
        await pilot.press("enter", "enter", "end", "up")
        row = next(row for row, line in enumerate(screen.detail_pane.rows) if "a line" in line.text)
        screen.detail_pane.move_cursor(row)
        await pilot.press("enter")
        await wait_for(pilot, lambda: isinstance(app.screen, ValueScreen), "the whole value")
        pane = app.screen.query_one(LinesPane)
        await wait_for(pilot, lambda: pane.row_count > pane.size.height, "its first view")
        await pilot.press("pagedown", "pagedown")
        assert pane.cursor == 2 * pane.page_rows()
        assert pane.rows[pane.cursor].text == LINE.rstrip()
        await wait_for(pilot, lambda: pane.complete, "every line", timeout_s=60)
        await pilot.press("end")
        assert pane.rows[pane.cursor].text == "the end"
        assert pane.cursor in pane.visible_rows()
        assert sum(len(line.text) + 1 for line in pane.rows) > SIZE_CHARS - len(LINE)
