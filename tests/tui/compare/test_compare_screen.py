"""Two traces, or two spans, are compared: mark, move, compare."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.support.builders import TraceFile
from tests.support.pilot import burst, ready, shown, wait_for
from tests.tui.conftest import explorer
from tracetui.tui.compare.compare_screen import CompareScreen
from tracetui.tui.compare.pair_line import pair_layout
from tracetui.tui.explorer.app import TraceApp
from tracetui.tui.explorer.screen import ExplorerScreen

SIZE = (120, 40)


def answer(file: TraceFile, start_ms: float, question: str, *, convert: bool, tokens: int, ms: float) -> None:
    """A trace of a chat with retrieval; with `convert` a tool is called."""
    trace = file.trace("POST /chat", start_ms=start_ms, input_tokens=400, output_tokens=tokens, cost_usd=tokens / 1e4)
    root = trace.span("POST /chat", kind="CHAIN", end_ms=ms + 100)
    trace.span("retrieve", parent=root, kind="RETRIEVER", start_ms=1, end_ms=20, inputs={"limit": 3})
    if convert:
        trace.span("convert", parent=root, kind="TOOL", start_ms=20, end_ms=21, inputs={"unit": "ms"})
    step = trace.span("generate", parent=root, kind="CHAIN", start_ms=30, end_ms=ms + 90)
    messages: list[Any] = [
        {"role": "system", "content": "You answer."},
        {"role": "user", "content": question},
    ]
    trace.span(
        "chat",
        parent=step,
        kind="LLM",
        start_ms=40,
        end_ms=ms + 80,
        model="gpt-4o",
        input_tokens=400,
        output_tokens=tokens,
        cost_usd=tokens / 1e4,
        ttft_ms=40.0,
        inputs={"model": "gpt-4o", "messages": messages},
        outputs={"choices": [{"message": {"role": "assistant", "content": f"About {question}:\nuse a timeout."}}]},
    )


@pytest.fixture
def chats(tmp_path: Path) -> Iterator[TraceFile]:
    """An older fast trace and a newer slow one, which calls a tool and says more."""
    file = TraceFile(tmp_path / "traces.db")
    answer(file, 0, "hours", convert=False, tokens=41, ms=840)
    answer(file, 20_000, "hours", convert=True, tokens=139, ms=2_800)
    yield file
    file.close()


async def compared(pilot: Pilot[None], app: TraceApp) -> CompareScreen:
    """Wait until both traces have been read and the texts of the pair are shown."""
    await wait_for(pilot, lambda: isinstance(app.screen, CompareScreen), "the screen")
    screen = app.screen
    assert isinstance(screen, CompareScreen)
    await wait_for(pilot, lambda: screen.comparison is not None and screen.texts.rows, "the comparison")
    return screen


def text(app: TraceApp) -> str:
    """All that is on the screen."""
    return shown(app.screen)  # type: ignore[arg-type]


async def test_three_keys_compare_a_trace_with_another(chats: TraceFile) -> None:
    """Mark, move, compare: the price of the gesture. The cursor is where the two part, and all is said."""
    app = explorer(chats.path)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot, app, 2)
        await pilot.press("m", "down", "M")
        screen = await compared(pilot, app)
        assert screen.comparison is not None
        pair = screen.comparison.trees.pairs[screen.pairs.cursor]
        assert [span and span.name for span in screen.comparison.spans(pair)] == ["convert", None]
        for part in ("only in A", "◀ they part", "-1.96 s", "-$0.0098", "-98", "98 fewer tokens, same pace"):
            assert part in text(app)


async def test_keys_typed_ahead_mark_and_compare_what_they_were_typed_for(chats: TraceFile) -> None:
    """The terminal sends them in one read."""
    answer(chats, 40_000, "minutes", convert=False, tokens=41, ms=900)
    app = explorer(chats.path)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot, app, 3)
        burst(app, "down", "m", "down", "M")
        screen = await compared(pilot, app)
        assert screen.comparison is not None
        assert [trace.id for trace in screen.comparison.traces] == [2, 1]


async def test_texts_of_the_pair_under_the_cursor_are_compared_message_by_message(chats: TraceFile) -> None:
    """Equal messages are counted, changed ones shown as a difference of lines."""
    answer(chats, 40_000, "minutes", convert=False, tokens=41, ms=900)
    app = explorer(chats.path)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot, app, 3)
        await pilot.press("m", "end", "M")
        screen = await compared(pilot, app)
        await pilot.press("end")
        await wait_for(pilot, lambda: "- minutes" in text(app), "the messages")
        lines = [line.lead + line.text for line in screen.texts.rows]
        for part in (
            "Messages  1 same, 2 changed",
            "1 message as in A",
            "+ hours",
            "+ About hours:",
            "  use a timeout.",
        ):
            assert part in lines
        await pilot.press("enter")
        assert screen.texts.has_focus
        await pilot.press("escape")
        assert screen.pairs.has_focus
        await pilot.press("escape")
        assert isinstance(app.screen, ExplorerScreen)


async def test_differences_are_one_key_apart(chats: TraceFile) -> None:
    """`n` and `N`; what is equal is passed over."""
    app = explorer(chats.path)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot, app, 2)
        await pilot.press("m", "down", "M")
        screen = await compared(pilot, app)
        await pilot.press("home", "n")
        assert screen.comparison is not None
        pair = screen.comparison.trees.pairs[screen.pairs.cursor]
        assert pair.second is None
        row = screen.pairs.cursor
        await pilot.press("n", "N")
        assert screen.pairs.cursor == row


async def test_two_spans_are_compared_with_what_is_below_them(chats: TraceFile) -> None:
    """Marked in the tree; flipping to the other trace keeps the span, so it is one key more."""
    app = explorer(chats.path)
    async with app.run_test(size=SIZE) as pilot:
        explorer_screen = await ready(pilot, app, 2)
        await pilot.press("enter", "end", "up", "m", "right_square_bracket")
        await wait_for(
            pilot,
            lambda: explorer_screen.session.open_trace and explorer_screen.session.open_trace.trace.id == 1,
            "the other trace",
        )
        await pilot.press("M")
        screen = await compared(pilot, app)
        assert screen.comparison is not None
        names = [comparison_names(screen, number) for number in range(len(screen.comparison.trees.pairs))]
        assert names == [("generate", "generate"), ("chat", "chat")]


def comparison_names(screen: CompareScreen, number: int) -> tuple[str | None, ...]:
    """The names in a line."""
    assert screen.comparison is not None
    spans = screen.comparison.spans(screen.comparison.trees.pairs[number])
    return tuple(span and span.name for span in spans)


async def test_traces_that_are_not_comparable_are_compared_with_a_warning(chats: TraceFile) -> None:
    """Another root, or one that still runs."""
    chats.trace("job", start_ms=30_000).span("job", end_ms=None)
    app = explorer(chats.path)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot, app, 3)
        await pilot.press("m", "down", "M")
        await compared(pilot, app)
        assert "Careful: the roots have other names: job and POST /chat" in text(app)


async def test_compare_without_a_mark_says_what_to_do(chats: TraceFile) -> None:
    """And with itself nothing is compared."""
    app = explorer(chats.path)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot, app, 2)
        await pilot.press("M", "m", "M")
        await wait_for(pilot, lambda: len(app._notifications) == 3, "the words")
        said = [notification.message for notification in app._notifications]
        assert said[0].startswith("Mark a trace or a span first")
        assert said[2].startswith("This is what is marked")


@pytest.mark.parametrize("width", range(30, 220, 7))
def test_lines_of_a_comparison_fit_any_width(width: int) -> None:
    """Names, times and their difference are always there."""
    layout = pair_layout(width)
    parts = [width for width in (layout.tokens, layout.cost, layout.bar, layout.note) if width]
    assert layout.name + sum(parts) + len(parts) + 2 * 8 + 9 == max(width, 12 + 2 * 8 + 9)
