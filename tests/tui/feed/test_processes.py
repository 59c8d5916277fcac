"""A span whose process is gone is lost in every pane at once: in list, tree, header, details, and in what is found."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from textual.message import Message

from tests.support.builders import EPOCH_NS, TraceFile, at_ms
from tests.support.pilot import WIDE, shown, wait_for
from tests.tui.explorer.test_feed_events import Asked, told
from tracetui.store.filter import parse
from tracetui.store.model.rows import LOST, OK, RUNNING
from tracetui.store.model.status import trace_status
from tracetui.store.read.liveness import SILENCE_NS
from tracetui.store.read.reader import Reader
from tracetui.tui.explorer.app import TraceApp
from tracetui.tui.explorer.screen import ExplorerScreen
from tracetui.tui.feed.feed import Feed
from tracetui.tui.feed.messages import GroupsFound, ProcessesChanged, SpansMatched, TracesFound

STILL_ALIVE_NS = at_ms(500)
SILENT_NS = EPOCH_NS + SILENCE_NS + 1
"""When a process that was heard of at the epoch is taken for gone."""

DONE, WAITS = 1, 2


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """A finished trace, and one that waits for an answer in a process on another machine."""
    file = TraceFile(tmp_path / "traces.db")
    file.process(host="elsewhere")
    file.trace("done").span("done", end_ms=5)
    trace = file.trace("waits")
    root = trace.span("waits", kind="AGENT", end_ms=None)
    trace.span("asks", parent=root, kind="LLM", start_ms=1, end_ms=None)
    yield file.path
    file.close()


def states(screen: ExplorerScreen) -> list[str]:
    """How the trace that waits is shown: in the list, in the tree, in the details."""
    lines = shown(screen).splitlines()
    rows = [next(line for line in lines if " waits  " in line), next(line for line in lines if " waits AGENT" in line)]
    details = next(line for line in lines if "status    " in line)
    return [LOST if " ? " in row else RUNNING for row in rows] + [LOST if "lost: its process" in details else RUNNING]


async def test_all_panes_show_a_loss_at_once(path: Path) -> None:
    """One message tells of it, and nothing has to be read or clicked after it."""
    now_ns = SILENT_NS
    app = TraceApp(path, now_ns=lambda: now_ns, feed=Asked)
    async with app.run_test(size=WIDE) as pilot:
        screen = app.explorer
        await wait_for(pilot, lambda: "status    running" in shown(screen), "the details")
        with Reader(path) as reader:
            processes = reader.processes()
        await told(pilot, app, ProcessesChanged(processes, frozenset()))
        assert states(screen) == [RUNNING] * 3
        assert screen.view.tree_header.axis is not None
        assert screen.view.tree_header.axis.length_ns > SILENCE_NS
        await told(pilot, app, ProcessesChanged(processes, frozenset(processes)))
        assert states(screen) == [LOST] * 3
        assert screen.view.tree_header.axis.length_ns < SILENCE_NS


async def test_what_a_filter_finds_changes_with_the_panes(path: Path) -> None:
    """The message that tells of the loss has the new answer."""
    app = TraceApp(path, now_ns=lambda: SILENT_NS, feed=Asked)
    async with app.run_test(size=WIDE) as pilot:
        screen = app.explorer
        await wait_for(pilot, lambda: screen.session.open_trace, "the trace")
        await pilot.press("slash", *"is:lost", "enter")
        generation = screen.filter.generation
        await told(pilot, app, TracesFound(generation, [], first=True, complete=True))
        assert len(screen.listing) == 0
        with Reader(path) as reader:
            processes = reader.processes()
        answer = TracesFound(generation, [WAITS], first=True, complete=True, again=True)
        matches = SpansMatched(generation, WAITS, frozenset({2, 3}))
        await told(pilot, app, ProcessesChanged(processes, frozenset(processes), answer, matches))
        await wait_for(pilot, lambda: screen.session.open_trace, "the trace that was found")
        assert [screen.listing[row] for row in range(len(screen.listing))] == [WAITS]
        assert states(screen)[:2] == [LOST, LOST]


@contextmanager
def fed(path: Path, filter_text: str) -> Iterator[tuple[list[Message], Callable[[], None]]]:
    """What a feed posts while a filter is on, and a way to let the silence pass."""
    posted: list[Message] = []
    now_ns = [STILL_ALIVE_NS]
    feed = Feed(path, posted.append, lambda: now_ns[0])
    feed.start()
    try:
        feed.filter(1, parse(filter_text))
        await_message(posted, lambda message: getattr(message, "complete", False))
        feed.match_spans(WAITS)
        await_message(posted, lambda message: isinstance(message, SpansMatched))
        yield posted, lambda: now_ns.__setitem__(0, SILENT_NS)
    finally:
        feed.stop()
        feed.join(10)


def await_message(posted: list[Message], is_it: Callable[[Message], object]) -> Message:
    """The first message of that kind, when it comes."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for message in list(posted):
            if is_it(message):
                return message
        time.sleep(0.01)
    raise AssertionError(f"in vain, of {posted}")


@pytest.mark.parametrize(
    ("filter_text", "before", "after", "matches"),
    [
        ("is:lost", [], [WAITS], {2, 3}),
        ("is:running", [WAITS], [], set()),
    ],
)
def test_feed_tells_of_a_loss_with_what_the_filter_finds_by_it(
    path: Path, filter_text: str, before: list[int], after: list[int], matches: set[int]
) -> None:
    """Never one before the other."""
    with fed(path, filter_text) as (posted, pass_silence):
        first = await_message(posted, lambda message: isinstance(message, TracesFound))
        assert isinstance(first, TracesFound)
        assert list(first.ids) == before
        known = len(posted)
        pass_silence()
        news = await_message(posted, lambda message: isinstance(message, ProcessesChanged) and message.gone)
        assert isinstance(news, ProcessesChanged)
        assert isinstance(news.answer, TracesFound)
        assert list(news.answer.ids) == after
        assert news.matches is not None
        assert news.matches.spans == matches
        assert not [message for message in posted[known:] if isinstance(message, TracesFound)]


def test_feed_tells_of_a_loss_with_the_groups_that_follow(path: Path) -> None:
    """A group of what is lost is there when the panes say so."""
    with fed(path, "is:lost | by(kind)") as (posted, pass_silence):
        pass_silence()
        news = await_message(posted, lambda message: isinstance(message, ProcessesChanged) and message.gone)
        assert isinstance(news, ProcessesChanged)
        assert isinstance(news.answer, GroupsFound)
        assert {group.key[0] for group in news.answer.groups.groups} == {"AGENT", "LLM"}


def test_filter_that_does_not_ask_for_it_holds_no_news_back(path: Path) -> None:
    """What it finds stays the same, so nothing is searched again."""
    with fed(path, "kind = LLM") as (posted, pass_silence):
        pass_silence()
        news = await_message(posted, lambda message: isinstance(message, ProcessesChanged) and message.gone)
        assert isinstance(news, ProcessesChanged)
        assert news.answer is None


@pytest.mark.parametrize(
    ("caller_is_gone", "callee_is_gone", "root_has_ended", "expected"),
    [
        (False, False, False, RUNNING),
        (False, True, False, RUNNING),
        (True, False, False, RUNNING),
        (True, True, False, LOST),
        (False, True, True, OK),
        (False, False, True, RUNNING),
        (True, False, True, RUNNING),
    ],
)
def test_a_trace_of_two_processes_runs_as_long_as_one_of_its_spans(
    tmp_path: Path, caller_is_gone: bool, callee_is_gone: bool, root_has_ended: bool, expected: str
) -> None:
    """Whichever process began it: list and tree judge by the same spans."""
    file = TraceFile(tmp_path / "traces.db")
    caller, callee = file.process(), file.process()
    trace = file.trace("request", process=caller)
    root = trace.span("request", process=caller, end_ms=9 if root_has_ended else None)
    trace.span("served", parent=root, process=callee, end_ms=None)
    gone = {process for process, is_gone in ((caller, caller_is_gone), (callee, callee_is_gone)) if is_gone}
    with Reader(file.path) as reader:
        (row,) = reader.traces([trace.id])
        assert trace_status(row, gone) == expected
    file.close()
