"""The price list of a debugging session: what each task costs in keys, from the list of traces at 120x40."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.agent_trace import ANSWER, QUESTION, agent_trace
from tests.support.builders import TraceFile
from tests.support.driver import Driver, driven
from tests.support.pilot import shown, wait_for
from tracetui.store.read.reader import Reader
from tracetui.tui.compare.compare_screen import CompareScreen
from tracetui.tui.overview.conversation_screen import ConversationScreen
from tracetui.tui.reading import taking
from tracetui.tui.trace.reader_screen import ReaderScreen
from tracetui.tui.why.why_screen import WhyScreen

SIZE = (120, 40)
TRACES = 10
"""Nine of an agent, of which each is slower than the one before, and a failed one."""


class Price(NamedTuple):
    """A task, and what it may cost."""

    task: str
    keys: Sequence[str]
    most: int
    is_done: Callable[[Driver], object]
    before: Sequence[str] = ()
    """Keys that lead to where the task begins, and are not its price."""


def _on(screen: type, text: str = "") -> Callable[[Driver], bool]:
    return lambda driver: isinstance(driver.app.screen, screen) and text in shown(driver.app.screen)  # type: ignore[arg-type]


def _shows(*texts: str) -> Callable[[Driver], bool]:
    return lambda driver: all(text in shown(driver.app.screen) for text in texts)  # type: ignore[arg-type]


def _copies(*texts: str) -> Callable[[Driver], bool]:
    return lambda driver: all(text in driver.app.clipboard for text in texts)


def _filters(text: str) -> Callable[[Driver], bool]:
    return lambda driver: text in driver.screen.filter.good_text


def _selects(trace: int) -> Callable[[Driver], bool]:
    return lambda driver: driver.screen.listing.is_sorted and driver.screen.listing[0] == trace


def _is_at_the_span_in_another_trace(driver: Driver) -> bool:
    open_trace = driver.screen.session.open_trace
    return bool(open_trace and open_trace.trace.id == TRACES - 1 and open_trace.row == 2)


def _has_written(pattern: str) -> Callable[[Driver], object]:
    return lambda driver: not driver.screen.unfinished and list(Path.cwd().glob(pattern))


def _says(name: str, value: object) -> Callable[[Driver], bool]:
    def is_said(driver: Driver) -> bool:
        with Reader(driver.screen.path) as reader:
            return [(one.name, one.value) for one in reader.assessments(TRACES)] == [(name, value)]

    return is_said


def _is_starred(driver: Driver) -> bool:
    with Reader(driver.screen.path) as reader:
        labels = reader.labels(TRACES)
    return labels is not None and labels.tags.get("starred") == "true"


FILTER = ("slash", *"trace.duration", "greater_than_sign", *"5s", "enter")
DETAILS = ("enter", "down", "enter")

PRICES = (
    Price("slowest requests first", ("s", "d"), 2, _selects(TRACES)),
    Price("see why this one is slow", (), 0, _shows("◆", "70.0 ms without its children")),
    Price("compare it with a fast one", ("m", "j", "M"), 3, _on(CompareScreen, "POST /chat")),
    Price("what do the slow ones share", ("w",), 1, _on(WhyScreen, "slower than the"), FILTER),
    Price("only this value, from any cell", ("equals_sign", "i"), 2, _filters("session = ")),
    Price("not this value, from any cell", ("minus", "i"), 2, _filters("not session = ")),
    Price("values of a field with counts", ("number_sign", "m"), 2, _shows("lantern", f"{TRACES}")),
    Price("this session as a conversation", ("v",), 1, _on(ConversationScreen, "turns")),
    Price("copy the answer", ("Y", "a"), 2, _copies(ANSWER)),
    Price("copy the prompt", ("Y", "p"), 2, _copies(QUESTION), DETAILS),
    Price("copy one leaf", ("y",), 2, lambda driver: driver.app.clipboard, DETAILS),
    Price("copy the span as markdown", ("Y", "s"), 2, _copies("## ✓ "), DETAILS),
    Price("search inside a value, and to the next hit", ("slash", *"order", "enter", "n"), 8, _shows("2 of "), DETAILS),
    Price("save a value", ("W",), 1, _has_written("*.md"), DETAILS),
    Price("export what the filter selects", ("x", "j"), 2, _has_written("trace*.jsonl"), FILTER),
    Price("flip at the same span", ("right_square_bracket",), 1, _is_at_the_span_in_another_trace, ("enter", *"jj")),
    Price("read a trace as text", ("r",), 1, _on(ReaderScreen, QUESTION)),
    Price("a thumb", ("1",), 1, _says("feedback", True)),
    Price("a star", ("asterisk",), 1, _is_starred),
    Price("begin a note", ("A", "n"), 3, lambda driver: driver.app.screen.query("#prompt-input")),
)


@pytest.fixture
def agents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Traces of one session, the newest the slowest; no program of the machine is run."""
    monkeypatch.setattr(taking, "find_program", lambda name: None)
    monkeypatch.delenv("TMUX", raising=False)
    file = TraceFile(tmp_path / "traces.db")
    for number in range(TRACES):
        agent_trace(file, turns=2)
        end_ns = file.connection.execute("SELECT start_ns FROM trace WHERE id = ?", (number + 1,)).fetchone()[0]
        values = {"end_ns": end_ns + (number + 1) * 1_000_000_000, "session_id": "s-1", "model": "lantern"}
        file.update("trace", number + 1, values)
    file.close()
    return file.path


@pytest.mark.parametrize("price", PRICES, ids=lambda price: price.task)
async def test_a_task_costs_no_more_keys_than_its_price(agents: Path, price: Price) -> None:
    """From where it begins to its result on the screen, in the clipboard, or in the file."""
    async with driven(agents, size=SIZE, traces=TRACES) as driver:
        for key in price.before:
            await driver.press(key)
        if price.before == FILTER:
            await wait_for(
                driver.pilot,
                lambda: 1 < len(driver.screen.listing) < TRACES and not driver.screen.session.searching,
                "the filter",
            )
        await driver.pilot.pause()
        driver.keys = 0
        await driver.press(*price.keys)
        await wait_for(driver.pilot, lambda: price.is_done(driver), price.task)
        assert driver.keys <= price.most
