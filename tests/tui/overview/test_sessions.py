"""Sessions and one session as a conversation: keys, what is shown, and that it is live."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.builders import TraceFile
from tests.support.pilot import SMALL, WIDE, ready, shown, wait_for
from tests.tui.conftest import explorer, flush
from tracetui.tui.overview.conversation_screen import ConversationScreen
from tracetui.tui.overview.sessions_screen import SessionsScreen


@pytest.fixture
def talks(tmp_path: Path) -> Iterator[TraceFile]:
    """Two sessions of three and one turns, and a trace without a session."""
    file = TraceFile(tmp_path / "traces.db")
    for number, session in enumerate(("s-1", "s-2", "s-1", None, "s-1")):
        failed = number == 2
        trace = file.trace(
            f"turn {number}",
            start_ms=number * 1_000,
            session_id=session,
            user_id=f"u{number % 2}",
            input_tokens=100,
            output_tokens=10,
            cost_usd=0.01,
            calls_without_price=int(number == 4),
            status_message="TimeoutError: too slow" if failed else None,
        )
        question = {"messages": [{"role": "user", "content": f"question {number}"}]}
        answer = f"answer {number}" + "\n" + "in two lines"
        status = "ERROR" if failed else "OK"
        trace.span(f"turn {number}", status=status, inputs=question, outputs=None if failed else answer)
    yield file
    file.close()


async def test_a_session_is_read_with_one_key(talks: TraceFile) -> None:
    """Oldest first, at the turn one came from; each turn leads to its trace; new turns arrive."""
    app = explorer(talks.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app, traces=5)
        await pilot.press("v")
        await wait_for(pilot, lambda: "answer 4" in shown(app.screen), "the conversation")  # type: ignore[arg-type]
        reader = app.screen
        assert isinstance(reader, ConversationScreen)
        texts = [line.lead + line.text for line in reader.pane.rows]
        said = [text for text in texts if "question" in text or "answer" in text]
        assert said == ["question 0", "answer 0", "question 2", "question 4", "answer 4"]
        assert any("TimeoutError: too slow" in text for text in texts)
        assert reader.pane.rows[reader.pane.cursor].lead.startswith("✓ 3")
        assert "3 turns · 1 failed" in shown(reader)  # type: ignore[arg-type]
        assert "≥$0.0300" in shown(reader)  # type: ignore[arg-type]
        with flush(talks):
            trace = talks.trace("turn 5", start_ms=9_000, session_id="s-1")
            trace.span("turn 5", inputs={"question": "question 5"}, outputs="answer 5")
        await wait_for(pilot, lambda: any("answer 5" in line.text for line in reader.pane.rows), "the new turn")
        await pilot.press("home", "enter")
        await wait_for(pilot, lambda: app.screen is screen, "the explorer")
        await wait_for(
            pilot, lambda: screen.session.open_trace and screen.session.open_trace.trace.name == "turn 0", "its trace"
        )
        assert screen.pane_focus.at == "tree"


async def test_a_turn_that_the_filter_leaves_out_is_reached(talks: TraceFile) -> None:
    """The filter gives way to the session."""
    app = explorer(talks.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app, traces=5)
        screen.filter_bar.set_text("trace.name = 'turn 4'")
        await wait_for(pilot, lambda: len(screen.listing) == 1, "the filter")
        await pilot.press("v")
        await wait_for(pilot, lambda: "answer 4" in shown(app.screen), "the conversation")  # type: ignore[arg-type]
        await pilot.press("home", "enter")
        await wait_for(pilot, lambda: screen.filter.text == 'session = "s-1"', "the session")
        await wait_for(
            pilot, lambda: screen.session.open_trace and screen.session.open_trace.trace.name == "turn 0", "its trace"
        )


async def test_sessions_are_listed_and_follow_the_filter(talks: TraceFile) -> None:
    """Turns, users, tokens, cost, errors, last seen; the newest first, live."""
    app = explorer(talks.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app, traces=5)
        await pilot.press("V")
        await wait_for(pilot, lambda: "s-2" in shown(app.screen), "the sessions")  # type: ignore[arg-type]
        sessions = app.screen
        assert isinstance(sessions, SessionsScreen)
        await wait_for(pilot, lambda: sessions.table.complete, "all")
        row = next(line for line in shown(sessions).splitlines() if "s-1" in line).split()  # type: ignore[arg-type]
        assert row[:6] == ["s-1", "3", "1", "u0", "300→30", "≥$0.0300"]
        with flush(talks):
            talks.trace("turn 9", start_ms=20_000, session_id="s-3").span("turn 9")
        await wait_for(pilot, lambda: [one.session for one in sessions.table.rows] == ["s-3", "s-1", "s-2"], "s-3")
        assert sessions.table.rows[sessions.session_list.cursor].session == "s-1"
        await pilot.press("s")
        assert sessions.table.rows[0].session == "s-1"
        await pilot.press("enter")
        await wait_for(pilot, lambda: isinstance(app.screen, ConversationScreen), "the conversation")
        await pilot.press("escape")
        await wait_for(pilot, lambda: isinstance(app.screen, SessionsScreen), "the sessions")
        await pilot.press("escape")
        await wait_for(pilot, lambda: app.screen is screen, "the explorer")
        screen.filter_bar.set_text("trace.user = u1")
        await wait_for(pilot, lambda: len(screen.listing) == 2, "the filter")
        await pilot.press("V")
        await wait_for(pilot, lambda: isinstance(app.screen, SessionsScreen) and app.screen.table.complete, "them")
        assert [one.session for one in app.screen.table.rows] == ["s-2"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("size", [(20, 5), SMALL, (200, 60)])
async def test_sessions_fit_any_terminal(shop: TraceFile, size: tuple[int, int]) -> None:
    """What does not fit is left out."""
    app = explorer(shop.path)
    async with app.run_test(size=size) as pilot:
        await ready(pilot, app)
        await pilot.press("V")
        await wait_for(pilot, lambda: "s-4" in shown(app.screen) or size[1] < 8, "the sessions")  # type: ignore[arg-type]
