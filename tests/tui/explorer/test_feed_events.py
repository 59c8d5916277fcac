"""The screen takes what a feed tells it: the same messages, posted by hand, with no thread and no file behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.message import Message
from textual.pilot import Pilot

from tests.support import sample
from tests.support.builders import EPOCH_NS, TraceFile, at_ms
from tests.support.pilot import WIDE, shown, wait_for
from tracetui.store.model import forest
from tracetui.store.model.rows import ProcessRow, SpanRow, TraceRow
from tracetui.store.read.groups import Group, Groups
from tracetui.tui.explorer.app import TraceApp
from tracetui.tui.explorer.screen import ExplorerScreen
from tracetui.tui.feed import messages
from tracetui.tui.feed.feed import Feed
from tracetui.tui.feed.page_reader import PageSource
from tracetui.tui.widgets.status_line import StatusLine


class Asked(Feed):
    """A feed that never runs: it remembers what it was asked for."""

    def start(self) -> None:
        self.asked: list[tuple[str, object]] = []

    def filter(self, generation: int, query: object, *, utc: bool = False) -> None:
        self.asked.append(("filter", generation))

    def open_trace(self, trace: int) -> None:
        self.asked.append(("open", trace))

    def match_spans(self, trace: int) -> None:
        self.asked.append(("match", trace))


def trace(id: int, **columns: Any) -> TraceRow:
    """A finished trace of one span."""
    usual: dict[str, Any] = {"id": id, "trace_id": id.to_bytes(16, "big"), "process": 1, "name": f"request {id}"}
    usual |= {"kind": "CHAIN", "start_ns": at_ms(id), "end_ns": at_ms(id + 5), "status": "OK"}
    usual |= {"span_count": 1, "open_count": 0, "error_count": 0, "rev": id}
    return TraceRow._make((usual | columns).get(name) for name in TraceRow._fields)


def span(id: int, **columns: Any) -> SpanRow:
    """A finished span."""
    usual: dict[str, Any] = {"id": id, "process": 1, "span_id": id, "name": f"step {id}", "kind": "CHAIN"}
    row = usual | {"start_ns": at_ms(id), "end_ns": at_ms(id + 1), "status": "OK", "rev": id} | columns
    return SpanRow._make(row.get(name) for name in SpanRow._fields)


def group(key: str | None, spans: int) -> Group:
    """A group that was added up."""
    return Group((key,), spans, 1, 0, 1e9, 2e9, 300.0, None, 4_100, 312, 0.0042, 0, at_ms(0), ())


@contextmanager
def no_file(monkeypatch: pytest.MonkeyPatch, **columns: Any) -> Iterator[None]:
    """Pages that make rows up; traces have these `columns`."""

    def rows(_: PageSource, ids: Sequence[int]) -> list[TraceRow]:
        return [trace(id, **columns) for id in ids]

    with monkeypatch.context() as patch:
        patch.setattr(PageSource, "traces", rows)
        patch.setattr(PageSource, "forest", lambda _, id: forest.build([span(id)]))
        yield


Post = Callable[[Message], Any]


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[TraceApp]:
    """An explorer whose feed is the test."""
    with no_file(monkeypatch):
        yield TraceApp(Path("nowhere.db"), now_ns=lambda: EPOCH_NS + 10**9, feed=Asked)


async def told(pilot: Pilot[None], app: TraceApp, *facts: Message) -> ExplorerScreen:
    """Post these messages as the feed does, and let the screen follow."""
    for fact in facts:
        app.explorer.post_message(fact)
    await pilot.pause()
    return app.explorer


def colours(screen: ExplorerScreen) -> set[str]:
    """All colours of text on the screen."""
    styles = [segment.style for strip in screen._compositor.render_strips(screen.size) for segment in strip]
    return {style.color.name for style in styles if style is not None and style.color is not None}


def asked(app: TraceApp) -> list[tuple[str, object]]:
    """What the feed was asked for."""
    assert isinstance(app.feed, Asked)
    return app.feed.asked


async def test_file_that_is_awaited_opens_when_it_comes(app: TraceApp) -> None:
    """The explorer tells how to make a file, then lists its traces, then waits again."""
    async with app.run_test(size=WIDE) as pilot:
        screen = await told(pilot, app, messages.FileAwaited())
        assert "Waiting for the trace file" in shown(screen)
        await told(pilot, app, messages.FileOpened(range(1, 4)))
        assert "request 3" in shown(screen)
        assert "3 traces" in shown(screen)
        await told(pilot, app, messages.FileAwaited())
        assert "Waiting for the trace file" in shown(screen)


async def test_newest_traces_are_shown_before_the_feed_speaks(shop: TraceFile) -> None:
    """The first frame has rows; the feed is started after it, and what is open stays open when it tells of the file."""
    app = TraceApp(shop.path, now_ns=lambda: sample.NOW_NS, feed=Asked)
    async with app.run_test(size=WIDE) as pilot:
        screen = app.explorer
        assert "evaluate answers" in shown(screen)
        await wait_for(pilot, lambda: screen.session.open_trace, "the newest trace")
        await wait_for(pilot, lambda: hasattr(app.feed, "asked"), "the start of the feed")
        await pilot.press("down", "down")
        await told(pilot, app, messages.FileOpened(range(1, 11)))
        assert screen.listing.selected == 8
        await told(pilot, app, messages.FileOpened(range(1, 11), replaced=True))
        assert screen.listing.selected == 10


async def test_another_theme_is_taken_at_once(app: TraceApp) -> None:
    """Every line drawn by a widget has the colours of the theme that was chosen."""
    async with app.run_test(size=WIDE) as pilot:
        screen = await told(pilot, app, messages.FileOpened(range(1, 4)))
        before = colours(screen)
        app.theme = "dracula"
        await wait_for(pilot, lambda: not before & colours(screen), "other colours everywhere")


async def test_changed_traces_arrive_on_top_and_deleted_ones_go(app: TraceApp) -> None:
    """A new trace is listed first; one that is hidden leaves the list."""
    async with app.run_test(size=WIDE) as pilot:
        screen = await told(pilot, app, messages.FileOpened(range(1, 4)), messages.TracesChanged([4], total=4))
        assert [screen.listing[row] for row in range(4)] == [4, 3, 2, 1]
        await told(pilot, app, messages.TracesChanged([], hidden=[2], total=4))
        assert [screen.listing[row] for row in range(3)] == [4, 3, 1]


async def test_answer_to_an_earlier_filter_is_not_listed(app: TraceApp) -> None:
    """What was found for a filter that was typed over meanwhile is void."""
    async with app.run_test(size=WIDE) as pilot:
        screen = await told(pilot, app, messages.FileOpened(range(1, 10)))
        await pilot.press("slash", *"ab")
        assert ("filter", screen.filter.generation) in asked(app)
        assert screen.filter.generation == 2
        await told(pilot, app, messages.TracesFound(1, [9, 8], True, True))
        assert len(screen.listing) == 9
        await told(pilot, app, messages.TracesFound(2, [7], True, False), messages.TracesFound(2, [3], False, True))
        assert [screen.listing[row] for row in range(len(screen.listing))] == [7, 3]
        assert not screen.session.searching


async def test_filter_that_the_file_refuses_is_explained(app: TraceApp) -> None:
    """Why a filter has no answer stands below it, as safe text, and the search is over."""
    async with app.run_test(size=WIDE) as pilot:
        screen = await told(pilot, app, messages.FileOpened(range(1, 4)))
        await pilot.press("slash", *"ab")
        assert screen.session.searching
        await told(pilot, app, messages.FilterRefused(2, "too deep\x1b[2J"))
        assert "too deep" in shown(screen)
        assert "\x1b" not in shown(screen)
        assert not screen.session.searching


async def test_groups_grow_while_the_file_is_gone_through(app: TraceApp) -> None:
    """What has been counted is shown at once; the answer to an earlier filter is not."""
    async with app.run_test(size=WIDE) as pilot:
        screen = app.explorer
        screen.post_message(messages.FileOpened(range(1, 3)))
        screen.post_message(messages.TracesReplaced(range(1, 3), total=2))
        await pilot.press("slash")
        screen.filter_bar.set_text("| by(model)")
        await pilot.pause()
        assert "searching …" in shown(screen)
        generation = screen.filter.generation
        groups = Groups(("model",), False, (), [group("m-1", 7)])
        screen.post_message(messages.GroupsFound(generation - 1, Groups(("model",), False, (), []), complete=True))
        screen.post_message(messages.GroupsFound(generation, groups, complete=False))
        await pilot.pause()
        assert screen.query_one(StatusLine).status.searching
        assert "filter: 1 group…" in shown(screen)
        more = Groups(("model",), False, (), [group("m-1", 8), group(None, 1)])
        screen.post_message(messages.GroupsFound(generation, more, complete=True))
        await pilot.pause()
        assert "filter: 2 groups" in shown(screen)
        assert not screen.query_one(StatusLine).status.searching


async def test_too_many_groups_are_explained(app: TraceApp) -> None:
    """The feed refuses, the bar says why."""
    async with app.run_test(size=WIDE) as pilot:
        screen = app.explorer
        screen.post_message(messages.FileOpened(range(1, 3)))
        screen.post_message(messages.TracesReplaced(range(1, 3), total=2))
        await pilot.press("slash")
        screen.filter_bar.set_text("| by(id)")
        await pilot.pause()
        screen.post_message(messages.FilterRefused(screen.filter.generation, "by(id) makes too many"))
        await pilot.pause()
        assert "by(id) makes too many" in shown(screen)
        assert not screen.session.searching


async def test_big_trace_is_built_by_the_feed(monkeypatch: pytest.MonkeyPatch, app: TraceApp) -> None:
    """A trace of very many spans is asked for, and shown when it is built; what is late is not."""
    with no_file(monkeypatch, span_count=100_000):
        async with app.run_test(size=WIDE) as pilot:
            screen = await told(pilot, app, messages.FileOpened(range(1, 4)))
            await pilot.press("end", "enter")
            assert asked(app)[-1] == ("open", 1)
            assert "reading 100,000 spans" in shown(screen)
            late = messages.ForestBuilt(trace(3), forest.build([span(3)]))
            wanted = messages.ForestBuilt(trace(1), forest.build([span(1), span(2, parent_id=1)]))
            await told(pilot, app, late, wanted)
            assert screen.session.open_trace is not None
            assert screen.session.open_trace.trace.id == 1
            assert "request 1 · 2 spans" in shown(screen)


async def test_matching_spans_are_gone_through_with_n(app: TraceApp) -> None:
    """The feed tells which spans match; `n` goes to them in turn."""
    async with app.run_test(size=WIDE) as pilot:
        screen = await told(pilot, app, messages.FileOpened(range(1, 4)))
        await pilot.press("slash", *"ab", "enter", "enter")
        open_trace = screen.session.open_trace
        assert open_trace is not None
        assert ("match", open_trace.trace.id) in asked(app)
        generation = screen.filter.generation
        await told(pilot, app, messages.SpansMatched(generation, open_trace.trace.id, frozenset({3})))
        await pilot.press("n")
        assert open_trace.span is not None
        assert open_trace.span.id == 3


async def test_processes_tell_what_was_dropped_and_what_is_lost(app: TraceApp) -> None:
    """Dropped spans and faults are counted on top; an open span of a process that is gone is lost."""
    usual: dict[str, Any] = dict.fromkeys(ProcessRow._fields)
    process = ProcessRow(**usual | {"id": 1, "pid": 7, "host": "h", "service": "s", "dropped": 12, "failed": 3})
    async with app.run_test(size=WIDE) as pilot:
        screen = await told(
            pilot, app, messages.FileOpened(range(1, 4)), messages.ProcessesChanged({1: process}, frozenset({1}))
        )
        assert "12 spans dropped" in shown(screen)
        assert "3 tracer faults" in shown(screen)
        assert screen.trace_list.gone == screen.span_tree.around.gone == {1}


async def test_file_that_cannot_be_read_is_named_until_it_can(app: TraceApp) -> None:
    """A failure stands in a banner and empties the list; the next good news takes it away."""
    async with app.run_test(size=WIDE) as pilot:
        failed = messages.FeedFailed("no trace file: nowhere.db")
        screen = await told(pilot, app, messages.FileOpened(range(1, 4)), failed)
        assert "no trace file: nowhere.db" in shown(screen)
        assert not len(screen.listing)
        await told(pilot, app, messages.FileOpened(range(1, 4)))
        assert "no trace file" not in shown(screen)
        assert len(screen.listing) == 3


async def test_fault_of_the_feed_ends_the_explorer(app: TraceApp) -> None:
    """A picture that nothing renews any more is not left standing: the app ends as failed."""
    with pytest.raises(ZeroDivisionError):
        async with app.run_test(size=WIDE) as pilot:
            await told(pilot, app, messages.FeedBroken(ZeroDivisionError("in the feed")))
    assert app.failed
    assert app.return_code == 1
