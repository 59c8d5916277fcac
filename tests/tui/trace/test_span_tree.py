"""The tree of an open trace, driven by keys: what it shows of time, and how it is folded, narrowed and zoomed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.widgets import Input

from tests.support.builders import BuiltSpan, TraceFile
from tests.support.pilot import ready, shown, wait_for
from tests.tui.conftest import explorer
from tracetui.store.read.usual_durations import LEAST_SAMPLES
from tracetui.tui.explorer.screen import ExplorerScreen

MEDIUM = (120, 40)


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[TraceFile]:
    """Two traces of an agent; the newer one retries a tool, waits for a person, and is slow."""
    file = TraceFile(tmp_path / "traces.db")
    for number in range(2):
        agent_trace(file, 1 + 2 * number, start_ms=number * 20_000)
    yield file
    file.close()


def agent_trace(file: TraceFile, slow: float, start_ms: float) -> BuiltSpan:
    """A trace whose model call takes `slow` seconds."""
    trace = file.trace("answer", start_ms=start_ms, kind="AGENT")
    root = trace.span("answer", kind="AGENT", end_ms=slow * 1000 + 1000)
    trace.span("guardrail", parent=root, kind="GUARDRAIL", start_ms=0, end_ms=80)
    trace.span("search", parent=root, kind="TOOL", start_ms=0, end_ms=90, status="ERROR")
    trace.span("search", parent=root, kind="TOOL", start_ms=100, end_ms=200)
    trace.span("human_input", parent=root, kind="TOOL", start_ms=200, end_ms=900)
    step = trace.span("generate", parent=root, kind="CHAIN", start_ms=950, end_ms=slow * 1000 + 990)
    trace.span(
        "chat", parent=step, kind="LLM", start_ms=960, end_ms=slow * 1000 + 980,
        input_tokens=1_200, output_tokens=310, ttft_ms=950.0, cost_usd=0.0042,
    )  # fmt: skip
    return root


def line(screen: ExplorerScreen, name: str) -> str:
    """The line of the tree with this span, without the details beside it."""
    lines = [row[: screen.span_tree.size.width] for row in shown(screen).split("\n")]
    top = screen.span_tree.region.y
    return next(row for row in lines[top:] if name in row)


async def test_tree_shows_where_the_time_went_without_a_key(agent: TraceFile) -> None:
    """Tokens, TTFT, cost, self time in the bar, the critical path, retries and waits for people, at 120 columns."""
    app = explorer(agent.path)
    async with app.run_test(size=MEDIUM) as pilot:
        screen = await ready(pilot, app, 2)
        chat = line(screen, "chat")
        for part in ("1.2k→310", "950 ms", "$0.0042", "3.02 s", "◆", "╌", "━"):
            assert part in chat
        assert "─" in line(screen, "▾ ✓ answer")
        assert "↻2" in line(screen, "search ↻")
        assert "┈" in line(screen, "human_input")
        assert "◆" in line(screen, "search ↻")
        assert "◆" not in line(screen, "guardrail")


async def test_span_that_is_slower_than_p95_of_its_name_is_marked(agent: TraceFile) -> None:
    """As soon as the file has enough spans of the name; the feed reads them."""
    trace = agent.trace("load", start_ms=-50_000)
    for number in range(2 * LEAST_SAMPLES):
        trace.span("chat", kind="LLM", start_ms=number, end_ms=number + 900)
    app = explorer(agent.path)
    async with app.run_test(size=MEDIUM) as pilot:
        screen = await ready(pilot, app, 3)
        screen.trace_list.move_cursor(1)
        await wait_for(pilot, lambda: "3.02 s▲" in line(screen, "chat"), "the mark")
        assert "▲" not in line(screen, "generate")
        await pilot.press("enter", "end")
        await wait_for(pilot, lambda: "slower than 95 %" in shown(screen), "the words in the details")


async def test_one_key_shows_only_the_critical_path(agent: TraceFile) -> None:
    """And says so; the same key shows all."""
    app = explorer(agent.path)
    async with app.run_test(size=MEDIUM) as pilot:
        screen = await ready(pilot, app, 2)
        await pilot.press("enter", "t")
        assert screen.span_tree.row_count == 6
        assert "critical path" in shown(screen)
        assert "guardrail" not in shown(screen)
        await pilot.press("t")
        assert screen.span_tree.row_count == 7


async def test_small_spans_are_hidden_below_what_one_types(agent: TraceFile) -> None:
    """`i`, a time or a share, Enter; `i` shows them again. What is no time is refused with an example."""
    app = explorer(agent.path)
    async with app.run_test(size=MEDIUM) as pilot:
        screen = await ready(pilot, app, 2)
        await pilot.press("enter", "i", *"soon", "enter")
        assert "try 10ms or 2%" in "\n".join(str(widget.render()) for widget in app.screen.query("#prompt-error"))
        app.screen.query_one(Input).value = ""
        await pilot.press(*"150ms", "enter")
        assert screen.span_tree.row_count == 5
        assert "≥ 150ms · 2 hidden" in shown(screen)
        await pilot.press("i")
        assert screen.span_tree.row_count == 7


async def test_levels_and_kinds_are_folded_by_one_key(agent: TraceFile) -> None:
    """`d` and `D` by depth, `K` by the kind under the cursor."""
    app = explorer(agent.path)
    async with app.run_test(size=MEDIUM) as pilot:
        screen = await ready(pilot, app, 2)
        counts: list[int] = []
        for key in ("d", "d", "D", "D", "K", "K"):
            await pilot.press(*(["enter"] if not counts else []), key)
            counts.append(screen.span_tree.row_count)
        assert counts == [6, 1, 6, 7, 1, 7]


def boxes_of_cursor(screen: ExplorerScreen) -> list[str]:
    """The texts of the flame graph that are drawn as the span under the cursor."""
    tree = screen.span_tree
    style = tree.line_style("strong")
    segments = [segment for y in range(tree.size.height) for segment in tree.render_line(y)]
    return [one.text for one in segments if one.style and one.style.reverse and one.style.color == style.color]


async def test_flame_graph_is_the_same_tree_and_keeps_the_cursor(agent: TraceFile) -> None:
    """Arrows go to the parent, the child and the spans beside; Enter opens the details; `F` returns."""
    app = explorer(agent.path)
    async with app.run_test(size=MEDIUM) as pilot:
        screen = await ready(pilot, app, 2)
        await pilot.press("enter", "F", "down")
        names = []
        for key in ("right", "right", "right", "down", "up", "left"):
            await pilot.press(key)
            open_trace = screen.session.open_trace
            assert open_trace is not None
            assert open_trace.span is not None
            names.append(open_trace.span.name)
        assert names == ["search", "human_input", "generate", "chat", "generate", "human_input"]
        assert "human_input · 700 ms" in shown(screen)
        assert sum(len(box) for box in boxes_of_cursor(screen)) == len(boxes_of_cursor(screen)[0]) > 5
        await pilot.press("F")
        assert screen.span_tree.cursor == 4
        await pilot.press("enter")
        assert screen.pane_focus.at == "details"


async def test_flame_graph_of_many_spans_is_laid_out_beside_the_screen(
    agent: TraceFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys go on meanwhile; it appears when it is ready."""
    monkeypatch.setattr("tracetui.tui.trace.tree_actions.SPANS_AT_ONCE", 3)
    app = explorer(agent.path)
    async with app.run_test(size=MEDIUM) as pilot:
        screen = await ready(pilot, app, 2)
        await pilot.press("enter", "F")
        await wait_for(pilot, lambda: screen.span_tree.flame is not None, "the flame graph")
        assert "◆ generate" in shown(screen)


async def test_time_axis_zooms_to_the_span_and_follows_the_cursor(agent: TraceFile) -> None:
    """`)` and `(`."""
    app = explorer(agent.path)
    async with app.run_test(size=MEDIUM) as pilot:
        screen = await ready(pilot, app, 2)
        whole = screen.span_tree.axis
        await pilot.press("enter", "down", "right_parenthesis")
        assert screen.span_tree.axis.length_ns == 88_000_000
        await pilot.press("down", "down", "down")
        assert screen.span_tree.axis.start_ns > whole.start_ns + 190_000_000
        await pilot.press("left_parenthesis")
        assert screen.span_tree.axis == whole


async def test_flipping_through_traces_stays_at_the_same_span(agent: TraceFile) -> None:
    """One key each way: also past a trace that does not have the span."""
    agent.trace("job", start_ms=30_000).span("job")
    agent_trace(agent, 2, start_ms=40_000)
    app = explorer(agent.path)
    async with app.run_test(size=MEDIUM) as pilot:
        screen = await ready(pilot, app, 4)
        await pilot.press("enter", "end")
        for trace, name in ((3, "job"), (2, "chat"), (1, "chat")):
            await pilot.press("right_square_bracket")

            def is_there(trace: int = trace, name: str = name) -> bool:
                now = screen.session.open_trace
                return now is not None and now.trace.id == trace and now.span is not None and now.span.name == name

            await wait_for(pilot, is_there, f"{name} of trace {trace}")
        assert screen.pane_focus.at == "tree"


async def test_name_of_a_deep_span_is_readable_and_its_depth_is_known(tmp_path: Path) -> None:
    """An agent that calls itself two hundred times."""
    file = TraceFile(tmp_path / "traces.db")
    trace = file.trace("deep")
    parent = None
    for depth in range(201):
        parent = trace.span(f"step {depth}", parent=parent, start_ms=depth, end_ms=500 - depth)
    file.close()
    app = explorer(file.path)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await ready(pilot, app, 1)
        await pilot.press("enter", "end")
        assert line(screen, "step 200").startswith("200⋯")
