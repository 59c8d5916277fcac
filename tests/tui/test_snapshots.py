"""What the explorer looks like: one picture for each thing a person sees in a day."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.support.builders import TraceFile
from tests.support.pilot import wait_for
from tests.tui.conftest import explorer
from tracetui.store.model.rows import TraceRow
from tracetui.tui.explorer.app import TraceApp
from tracetui.tui.explorer.screen import ExplorerScreen

Compare = Callable[..., bool]
WIDE = (160, 48)
SMALL = (80, 24)

_KEY_NAMES = {
    " ": "space",
    "=": "equals_sign",
    "|": "vertical_line",
    "(": "left_parenthesis",
    ")": "right_parenthesis",
    ",": "comma",
    ">": "greater_than_sign",
}


def _keys(text: str) -> tuple[str, ...]:
    return tuple(_KEY_NAMES.get(mark, mark) for mark in text)


PICTURES: dict[str, tuple[tuple[int, int], tuple[str, ...]]] = {
    "list": (WIDE, ()),
    "list_small": (SMALL, ()),
    "list_medium": ((100, 30), ()),
    "tree_small": (SMALL, ("down", "down", "down", "down", "enter")),
    "details_small": (SMALL, ("down", "down", "down", "down", "enter", "end", "up", "enter")),
    "exception": (WIDE, ("down", "down", "down", "enter", "end")),
    "lost": (WIDE, ("down", "down", "down", "down", "down", "enter")),
    "zoom": ((120, 36), ("down", "down", "down", "down", "enter", "end", "up", "z")),
    "folded": (WIDE, ("down", "down", "down", "down", "enter", "down", "down", "left")),
    "filter_error": ((100, 30), ("slash", *"status", "equals_sign", "equals_sign", "greater_than_sign")),
    "filter_result": (WIDE, ("slash", *"llm.ttft_ms", "greater_than_sign", *"500", "enter")),
    "groups": (WIDE, ("slash", *_keys("kind = LLM | by(model) | p95(ttft) > 1"), "enter", "down")),
    "groups_small": (SMALL, ("slash", *_keys("| by(kind, name)"), "enter")),
    "help": (SMALL, ("question_mark",)),
    "tiny": ((20, 5), ()),
}


@pytest.mark.parametrize("name", PICTURES)
def test_explorer_looks_as_it_did(snap_compare: Compare, shop: TraceFile, name: str) -> None:
    """Each of these screens is drawn as it was when a person looked at it and found it good."""
    size, keys = PICTURES[name]
    app = explorer(Path(shop.path.name))

    async def show(pilot: Pilot[None]) -> None:
        await quiet(pilot, app, 10)
        for key in keys:
            await pilot.press(key)
        await wait_for(pilot, lambda: not app.explorer.session.searching, "the search")
        await quiet(pilot, app, 1)
        app.explorer.filter_bar.input.cursor_blink = False

    assert snap_compare(app, terminal_size=size, run_before=show)


def test_waiting_screen_looks_as_it_did(snap_compare: Compare, tmp_path: Path) -> None:
    """Before the file exists the explorer says what it waits for."""

    async def show(pilot: Pilot[None]) -> None:
        await pilot.pause(0.2)

    assert snap_compare(explorer(Path("traces.db")), terminal_size=SMALL, run_before=show)


def _visible(screen: ExplorerScreen) -> list[TraceRow]:
    if all(column.key != "preview" for column in screen.trace_list.columns()):
        return []
    rows = screen.trace_list.visible_rows()
    return [trace for row in rows if (trace := screen.trace_list.trace_at(row)) is not None]


async def quiet(pilot: Pilot[None], app: TraceApp, traces: int) -> None:
    """Wait until nothing on the screen is about to change."""
    screen = app.explorer

    def settled() -> bool:
        selected = screen.listing.selected
        open_trace = screen.session.open_trace
        if screen.session.grouped:
            return len(screen.session.groups) > 0 and not screen.debounce.pending
        return (
            len(screen.listing) >= traces
            and not screen.debounce.pending
            and open_trace is not None
            and open_trace.trace.id == selected
            and (not screen.filter.active or bool(open_trace.matches))
            and all(screen.session.rows.preview(trace)[1] for trace in _visible(screen))
        )

    await wait_for(pilot, settled, "a quiet screen")
