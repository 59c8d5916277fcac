"""What reading and taking away cost in keys: from the list of traces, with the trace under the cursor."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from textual import events
from textual.app import App

from tests.support.agent_trace import ANSWER, QUESTION, agent_trace
from tests.support.builders import TraceFile
from tests.support.driver import driven
from tests.support.pilot import shown, wait_for
from tracetui.tui.reading import taking
from tracetui.tui.reading.value_screen import ValueScreen
from tracetui.tui.trace.reader_screen import ReaderScreen
from tracetui.tui.widgets.menu import Menu


@pytest.fixture(autouse=True)
def no_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """No clipboard of the machine is touched; the terminal's is the app's."""
    monkeypatch.setattr(taking, "find_program", lambda name: None)
    for name in ("TMUX", "PAGER", "EDITOR", "VISUAL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def agent(tmp_path: Path) -> Path:
    """A file with the trace of an agent of two turns."""
    file = TraceFile(tmp_path / "traces.db")
    agent_trace(file, turns=2)
    file.close()
    return file.path


async def test_a_trace_is_read_with_one_key(agent: Path) -> None:
    """From top to bottom: headings with times, the conversation, repeated history as one line."""
    async with driven(agent) as driver:
        await driver.press("r")
        await driver.see("messages as before")
        assert driver.keys == 1
        text = shown(driver.app.screen)  # type: ignore[arg-type]
        assert text.count(QUESTION) == 2, "as an input of the root, and as a message: once"
        assert "→ order_status(number=40017)" in text


async def test_the_reader_leads_to_the_span(agent: Path) -> None:
    """Enter goes where one reads."""
    async with driven(agent) as driver:
        await driver.press("r")
        await driver.see("order_status")
        await driver.press("right_curly_bracket", "right_curly_bracket", "enter")
        await wait_for(driver.pilot, lambda: driver.app.screen is driver.screen, "the explorer")
        assert driver.screen.session.open_trace is not None
        assert driver.screen.session.open_trace.span is not None
        assert driver.screen.session.open_trace.span.name == "order_status"
        assert driver.screen.pane_focus.at == "tree"


async def test_the_answer_is_copied_with_two_keys(agent: Path) -> None:
    """Without opening anything."""
    async with driven(agent) as driver:
        await driver.press("Y", "a")
        assert await driver.copied() == ANSWER
        assert driver.keys == 2


async def test_the_prompt_is_copied_with_two_keys(agent: Path) -> None:
    """Of the span under the cursor."""
    async with driven(agent) as driver:
        await driver.press("enter", "down")
        driver.keys = 0
        await driver.press("Y", "p")
        assert QUESTION in await driver.copied()
        assert driver.keys == 2


@pytest.mark.parametrize(
    ("key", "beginning"),
    [("s", "## ✓ shop assistant"), ("b", "## ✓ shop assistant"), ("t", "# POST /chat"), ("c", "tracetui show a0000")],
)
async def test_a_span_a_subtree_a_trace_and_a_command_are_copied_with_two_keys(
    agent: Path, key: str, beginning: str
) -> None:
    """As Markdown, for an issue or for a model."""
    async with driven(agent) as driver:
        await driver.press("Y", key)
        assert (await driver.copied()).startswith(beginning)
        assert driver.keys == 2


async def test_one_leaf_is_copied_with_one_key(agent: Path) -> None:
    """In the details, under the cursor."""
    async with driven(agent) as driver:
        await driver.press("enter", "down", "down", "enter")
        await driver.see("eta: Monday")
        row = next(row for row, line in enumerate(driver.details.rows) if line.lead == "eta: ")
        driver.details.move_cursor(row)
        driver.keys = 0
        await driver.press("y")
        assert await driver.copied() == "Monday"
        assert driver.keys == 1


async def test_the_message_under_the_cursor_is_copied(agent: Path) -> None:
    """Its words, from any of its lines."""
    async with driven(agent) as driver:
        await driver.press("enter", "down", "enter")
        await driver.see(QUESTION)
        row = next(row for row, line in enumerate(driver.details.rows) if QUESTION in line.text)
        driver.details.move_cursor(row)
        await driver.press("Y", "m")
        assert await driver.copied() == QUESTION


async def test_the_menu_closes_without_a_copy(agent: Path) -> None:
    """Escape takes nothing."""
    async with driven(agent) as driver:
        await driver.press("Y")
        await wait_for(driver.pilot, lambda: isinstance(driver.app.screen, Menu), "the menu")
        await driver.press("escape")
        await wait_for(driver.pilot, lambda: driver.app.screen is driver.screen, "the explorer")
        assert not driver.app.clipboard


async def test_what_is_not_there_is_said(agent: Path) -> None:
    """A menu has one form for every span."""
    async with driven(agent) as driver:
        await driver.press("Y", "m")
        await driver.told("Nothing to copy: the message under the cursor of the details")
        assert not driver.app.clipboard


async def test_a_value_is_saved_with_one_key(agent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Into the current directory."""
    monkeypatch.chdir(tmp_path)
    async with driven(agent) as driver:
        await driver.press("enter", "down", "down", "enter")
        await driver.see("eta: Monday")
        row = next(row for row, line in enumerate(driver.details.rows) if line.lead == "eta: ")
        driver.details.move_cursor(row)
        driver.keys = 0
        await driver.press("W")
        assert driver.keys == 1
        saved = tmp_path / "outputs-of-order_status.json"
        await wait_for(driver.pilot, saved.exists, "the file")
        assert json.loads(saved.read_text()) == {"place": "Hamburg", "eta": "Monday"}


@pytest.mark.parametrize(("key", "variable"), [("p", "PAGER"), ("P", "EDITOR")])
async def test_a_span_is_opened_in_the_users_program_with_one_key(
    agent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, variable: str
) -> None:
    """The screen is away meanwhile, and comes back."""
    program = tmp_path / "program"
    program.write_text(f'#!/bin/sh\ncp "$1" {tmp_path}/seen\n')
    program.chmod(0o700)
    monkeypatch.setenv(variable, str(program))
    away = []

    @contextmanager
    def suspend(app: App[None]) -> Iterator[None]:
        away.append(app)
        yield

    monkeypatch.setattr(App, "suspend", suspend)
    async with driven(agent) as driver:
        await driver.press("enter", key)
        await wait_for(driver.pilot, (tmp_path / "seen").exists, "the program")
        assert (tmp_path / "seen").read_text().startswith("## ✓ shop assistant")
        assert len(away) == 1


async def test_a_terminal_that_cannot_be_given_away_is_said(agent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a browser."""
    monkeypatch.setenv("PAGER", "less")
    async with driven(agent) as driver:
        await driver.press("enter", "p")
        await driver.told("cannot be given to another program")


async def test_a_word_is_found_in_five_megabytes_as_it_is_typed(tmp_path: Path) -> None:
    """`/`, the word, `n`, `N`; hits are counted, and what is folded opens."""
    needles = ["", " with a needle"]
    lines = [f"line {number} of the log{needles[number % 1000 == 999]}" for number in range(180_000)]
    file = TraceFile(tmp_path / "traces.db")
    file.trace("big").span("big", outputs="\n".join(lines))
    file.close()
    async with driven(file.path) as driver:
        await driver.press("enter", "enter")
        await driver.see("Outputs")
        row = next(row for row, line in enumerate(driver.details.rows) if "line 0" in line.text)
        driver.details.move_cursor(row)
        await driver.press("enter")
        await wait_for(driver.pilot, lambda: isinstance(driver.app.screen, ValueScreen), "the value")
        await driver.see("line 3 of")
        driver.keys = 0
        await driver.press("slash", *"needle", "enter")
        await driver.see("1 of 180")
        pane = driver.app.screen.query_one("#value-lines")
        assert "line 999 " in pane.rows[pane.cursor].text  # type: ignore[attr-defined]
        await driver.press("n", "n")
        await driver.see("3 of 180")
        await driver.press("N", "N", "N")
        await driver.see("180 of 180")
        await driver.press("escape")
        assert isinstance(driver.app.screen, ValueScreen), "the first Escape ends the search"
        await driver.press("escape")
        await wait_for(driver.pilot, lambda: driver.app.screen is driver.screen, "the details")


async def test_the_details_are_searched(agent: Path) -> None:
    """The slash is the filter in list and tree only; letters of the word are no keys."""
    async with driven(agent) as driver:
        await driver.press("enter", "down", "enter")
        await driver.see(QUESTION)
        await driver.press("slash", *"order", "enter", "n")
        await driver.see(" of ")
        assert driver.screen.filter.text == ""
        assert "order" in driver.details.rows[driver.details.cursor].text.lower()
        await driver.press("slash", *"zebra")
        await driver.see("none")
        await driver.press("escape", "escape")
        assert driver.screen.pane_focus.at == "tree"


async def test_a_search_opens_what_is_folded(agent: Path) -> None:
    """Schemas of tools and repeated messages are folded, and are text as well."""
    async with driven(agent) as driver:
        await driver.press("enter", "down", "enter")
        await driver.see("2 tools on offer")
        assert "Rules of the shop" not in shown(driver.screen)
        await driver.press("slash", *"Rules", "enter")
        await driver.see("Rules of the shop")


async def test_sections_and_folds(agent: Path) -> None:
    """`}` goes to the next section, `o` folds, `J` folds everything."""
    async with driven(agent) as driver:
        await driver.press("enter", "down", "enter", "right_curly_bracket")
        assert driver.details.rows[driver.details.cursor].lead == "Inputs"
        await driver.press("right_curly_bracket")
        assert driver.details.rows[driver.details.cursor].lead == "Outputs"
        await driver.press("left_curly_bracket", "o")
        await wait_for(driver.pilot, lambda: "▎user" not in shown(driver.screen), "a folded section")
        await driver.press("o")
        await driver.see("▎user")
        await driver.press("J")
        await driver.see(f"▸▎user {QUESTION}")


async def test_raw_inputs_are_shown_as_they_are_stored(agent: Path) -> None:
    """One key there, the same key back."""
    async with driven(agent) as driver:
        await driver.press("enter", "down", "enter", "R")
        await driver.see('{"model": "gpt-4o-mini"')
        await driver.press("R")
        await driver.see("▎user")


async def test_a_value_is_read_as_json_and_as_stored(agent: Path) -> None:
    """The same key goes through the forms."""
    async with driven(agent) as driver:
        await driver.press("enter", "down", "enter", "right_curly_bracket", "down", "enter")
        await driver.see("▎user")
        await driver.press("R")
        await driver.see("as JSON")
        await driver.press("R")
        await driver.see("as stored")


async def test_the_end_of_a_growing_answer_is_followed_until_the_user_moves_up(tmp_path: Path) -> None:
    """The last words are in sight while they come."""
    file = TraceFile(tmp_path / "traces.db")
    trace = file.trace("chat")
    span = trace.span("chat", kind="LLM", end_ms=None, outputs="\n".join(f"word {number}" for number in range(100)))

    def grow(last: int) -> None:
        text = json.dumps("\n".join(f"word {number}" for number in range(last)))
        file.connection.execute("UPDATE payload SET outputs = ? WHERE span = ?", (text, span.id))
        file.update("span", span.id, {"rev": file.next_rev()})
        file.update("trace", trace.id, {"rev": file.next_rev()})

    async with driven(file.path) as driver:
        await driver.see("word 99")
        grow(200)
        await driver.see("word 199")
        await driver.press("enter", "enter", "pageup")
        at = driver.details.cursor
        grow(300)
        await wait_for(driver.pilot, lambda: any("word 299" in row.text for row in driver.details.rows), "more words")
        assert driver.details.cursor == at
    file.close()


async def test_the_reader_grows_at_its_end(tmp_path: Path) -> None:
    """It is open while the agent works; at its last line it follows, elsewhere it stays."""
    file = TraceFile(tmp_path / "traces.db")
    trace = agent_trace(file, running=True)
    async with driven(file.path, size=(100, 30)) as driver:
        await driver.press("r")
        await driver.see(QUESTION)
        await driver.press("end")
        for number in range(40):
            trace.span(f"step {number}", start_ms=1_000 + number, outputs={"n": number})
        await driver.see("step 39")
        await driver.press("home")
        trace.span("the last step", start_ms=2_000)
        pane = driver.app.screen.query_one("#reader-lines")
        await wait_for(driver.pilot, lambda: any("the last step" in row.lead for row in pane.rows), "it")  # type: ignore[attr-defined]
        assert pane.cursor == 0  # type: ignore[attr-defined]
        assert isinstance(driver.app.screen, ReaderScreen)
    file.close()


async def test_the_section_under_the_cursor_is_copied_in_the_reader(agent: Path) -> None:
    """With what is folded."""
    async with driven(agent) as driver:
        await driver.press("r")
        await driver.see("order_status")
        await driver.press("right_curly_bracket", "y")
        text = await driver.copied()
        assert text.startswith("✓ chat")
        assert QUESTION in text
        assert "Rules of the shop" in text
        assert "Hamburg" not in text


async def test_only_some_attributes_are_shown(tmp_path: Path) -> None:
    """`&` and a part of the name; Escape shows all again."""
    file = TraceFile(tmp_path / "traces.db")
    attributes = {f"http.header.{number}": number for number in range(40)} | {"llm.temperature": 0.2}
    file.trace("chat").span("chat", attributes=attributes)
    file.close()
    async with driven(file.path) as driver:
        await driver.press("enter", "enter", "ampersand", *"temper", "enter")
        await driver.see("llm.temperature: 0.2")
        assert "http.header" not in shown(driver.screen)
        await driver.press("escape")
        await driver.see("http.header.39")


async def test_keys_typed_ahead_of_a_search_are_for_the_text(agent: Path) -> None:
    """Word, Enter and `n` in one breath; Enter alone searches for the last word again."""
    async with driven(agent) as driver:
        await driver.press("r")
        await driver.see("order_status")
        for key in ("slash", *"order", "enter", "n", "n"):
            driver.app.post_message(events.Key(key, key if len(key) == 1 else "/" if key == "slash" else None))
        await driver.see("3 of ")
        await driver.press("escape", "slash", "enter")
        await driver.see(" of ")
        await driver.press("escape")
        assert isinstance(driver.app.screen, ReaderScreen)


async def test_a_click_on_the_sign_of_a_fold_folds(agent: Path) -> None:
    """The mouse does what `o` does; a click beside the sign moves the cursor only."""
    async with driven(agent, size=(100, 40)) as driver:
        await driver.press("r")
        await driver.see("▾▎user")
        pane = driver.app.screen.query_one("#reader-lines")
        row = next(row for row, line in enumerate(pane.rows) if line.lead == "▎user")  # type: ignore[attr-defined]
        await driver.pilot.click("#reader-lines", offset=(pane.rows[row].indent, row))  # type: ignore[attr-defined]
        await driver.see(f"▸▎user {QUESTION}")
        await driver.pilot.click("#reader-lines", offset=(30, row))
        assert f"▸▎user {QUESTION}" in shown(driver.app.screen)  # type: ignore[arg-type]
        assert pane.cursor == row  # type: ignore[attr-defined]


async def test_folds_and_the_place_stay_while_the_reader_grows(tmp_path: Path) -> None:
    """What one has closed stays closed."""
    file = TraceFile(tmp_path / "traces.db")
    trace = agent_trace(file, running=True)
    async with driven(file.path, size=(100, 40)) as driver:
        await driver.press("r")
        await driver.see("▾▎user")
        pane = driver.app.screen.query_one("#reader-lines")
        await driver.press("right_curly_bracket", "o")
        await wait_for(driver.pilot, lambda: "▎user" not in shown(driver.app.screen), "a folded section")  # type: ignore[arg-type]
        trace.span("the last step", start_ms=2_000)
        await driver.see("the last step")
        assert "▎user" not in shown(driver.app.screen)  # type: ignore[arg-type]
        assert pane.rows[pane.cursor].lead.startswith("✓ chat")  # type: ignore[attr-defined]
    file.close()
