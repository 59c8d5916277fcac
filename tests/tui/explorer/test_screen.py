"""The explorer as a person uses it, on a real file and through the real feed."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.geometry import Offset

from tests.support import sample
from tests.support.builders import TraceFile, at_ms
from tests.support.pilot import SMALL, WIDE, burst, ready, shown, wait_for
from tests.tui.conftest import explorer, flush
from tracetui.store.write.edits import DeleteTraces
from tracetui.tui.explorer.app import TraceApp
from tracetui.tui.widgets.banner import Banner
from tracetui.tui.widgets.filter_bar import FilterHint
from tracetui.tui.widgets.status_line import StatusLine


async def test_list_shows_every_trace_newest_first(shop: TraceFile) -> None:
    """The newest trace is on top, under the cursor, and followed."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        assert [screen.listing[row] for row in range(10)] == list(range(10, 0, -1))
        assert screen.query_one(StatusLine).status.state == "following"
        assert "evaluate answers" in shown(screen)


async def test_list_follows_until_the_user_moves(shop: TraceFile) -> None:
    """A new trace takes the cursor while following, and does not once the user has moved."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        with flush(shop):
            shop.trace("eleventh").span("eleventh")
        await wait_for(pilot, lambda: screen.listing.selected == 11, "the cursor on the new trace")
        await pilot.press("down")
        with flush(shop):
            shop.trace("twelfth").span("twelfth")
        await wait_for(pilot, lambda: len(screen.listing) == 12, "the new trace")
        assert screen.listing.selected == 10
        assert screen.trace_list.cursor == 2
        await pilot.press("f")
        assert screen.listing.selected == 12


async def test_pause_counts_what_arrives_and_shows_it_afterwards(shop: TraceFile) -> None:
    """During a pause nothing moves, and the header says how many traces wait."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        await pilot.press("space")
        for name in ("one", "two"):
            with flush(shop):
                shop.trace(name).span(name)
        await wait_for(pilot, lambda: screen.query_one(StatusLine).status.arrived == 2, "the count")
        assert len(screen.listing) == 10
        assert "paused +2" in shown(screen)
        await pilot.press("space")
        assert len(screen.listing) == 12


async def test_open_span_grows_and_ends_in_place(shop: TraceFile) -> None:
    """A running trace turns into an ended one on the screen, without a key."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        with flush(shop):
            trace = shop.trace("live", process=1, start_ms=94_000)
            span = trace.span("live", end_ms=None)
        await wait_for(
            pilot,
            lambda: (
                screen.session.open_trace
                and screen.session.open_trace.open_spans
                and screen.session.open_trace.trace.id == 11
            ),
            "its span",
        )
        assert screen.session.open_trace is not None
        assert screen.session.open_trace.is_running(screen.session.gone)
        with flush(shop):
            trace.end(span, end_ms=700)
        await wait_for(pilot, lambda: screen.session.open_trace and not screen.session.open_trace.open_spans, "its end")
        assert "700 ms" in shown(screen)


async def test_open_span_of_a_gone_process_is_lost(shop: TraceFile) -> None:
    """A span whose process has died is shown as lost, and has no duration that ticks."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        (line,) = [line for line in shown(screen).splitlines() if "evaluate answers" in line]
        assert line.split()[0] == "?"
        row = screen.listing.row_of(5)
        screen.trace_list.move_cursor(row)
        await wait_for(
            pilot, lambda: screen.session.open_trace and screen.session.open_trace.trace.id == 5, "the lost trace"
        )
        await wait_for(pilot, lambda: "lost: its process is gone" in shown(screen), "the word lost")


async def test_filter_narrows_the_list_as_one_types(shop: TraceFile) -> None:
    """The query of the mission works as it is written, and Enter goes to the result."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        await pilot.press("slash", *"llm.ttft_ms", "space", "greater_than_sign", "space", *"500")
        await wait_for(pilot, lambda: not screen.session.searching and len(screen.listing) == 4, "four slow traces")
        assert "filter: 4 of 10" in shown(screen)
        await pilot.press("enter")
        assert screen.focused is screen.trace_list
        await wait_for(
            pilot, lambda: screen.session.open_trace and screen.session.open_trace.matches, "the matching spans"
        )
        await pilot.press("n")
        assert screen.session.open_trace is not None
        assert screen.session.open_trace.span is not None
        assert screen.session.open_trace.span.id in screen.session.open_trace.matches


async def test_filter_takes_in_traces_that_come_to_match(shop: TraceFile) -> None:
    """With a filter on, a new trace that matches appears and one that does not stays away."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        await pilot.press("slash", *"name", "equals_sign", *"wanted", "enter")
        await wait_for(pilot, lambda: not screen.session.searching and not len(screen.listing), "an empty list")
        assert "No trace matches this filter." in shown(screen)
        with flush(shop):
            shop.trace("other").span("other")
        with flush(shop):
            shop.trace("wanted").span("wanted")
        await wait_for(pilot, lambda: len(screen.listing) == 1, "the one that matches")
        assert screen.session.total == 12


async def test_filter_error_stands_under_its_column_and_keeps_the_result(shop: TraceFile) -> None:
    """A mistake is marked where it is, and the last good list stays."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        await pilot.press("slash", *"is", "colon", *"error")
        await wait_for(pilot, lambda: len(screen.listing) == 1, "the failed trace")
        screen.filter_bar.set_text("is:error duration>>")
        await pilot.pause()
        hint = screen.query_one(FilterHint).render_line(0).text
        assert hint.index("▲") == 3 + len("is:error duration>")
        assert len(screen.listing) == 1
        await pilot.press("escape")
        await wait_for(pilot, lambda: len(screen.listing) == 10, "all traces")
        await pilot.press("escape")
        assert screen.focused is screen.trace_list


async def test_filter_completes_attributes_and_remembers(shop: TraceFile) -> None:
    """Tab completes a name of this very file; Up brings an earlier filter back."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        await pilot.press("slash", *"shop.te", "tab")
        assert screen.filter.text == "shop.tenant"
        await pilot.press("escape", *"is", "colon", *"error", "enter", "slash")
        await pilot.press("escape", "up")
        assert screen.filter.text == "is:error"


async def test_keys_typed_ahead_wait_for_the_filter_to_be_left(shop: TraceFile, tmp_path: Path) -> None:
    """A burst, as a slow line or a quick hand sends it: what follows Enter is for the list, not for the filter."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        burst(app, "slash", *"is:error", "enter", "e")
        await wait_for(pilot, lambda: list(tmp_path.glob("trace-*.json")), "the export")
        assert screen.filter.text == "is:error"
        assert screen.focused is screen.trace_list
        await wait_for(pilot, lambda: len(screen.listing) == 1, "the failed trace")


async def test_keys_typed_ahead_wait_for_escape_and_completion(shop: TraceFile) -> None:
    """Also where the keys stay in the filter: a letter behind Escape is not cleared away, one behind Tab comes last."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        burst(app, "slash", *"abc", "escape", *"shop.te", "tab", *"=x")
        await wait_for(pilot, lambda: screen.filter.text == "shop.tenant=x", "the text")
        burst(app, "escape", "escape", "space")
        await wait_for(pilot, lambda: screen.listing.paused, "the pause")


async def test_unknown_attribute_gets_a_hint(shop: TraceFile) -> None:
    """A name that no span has is no error, but the nearest name is offered."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        await pilot.press("slash", *"shop.tenent", "equals_sign", *"x")
        await wait_for(pilot, lambda: "did you mean `shop.tenant`" in shown(screen), "the hint")


async def test_tree_folds_and_keeps_the_cursor_on_its_span(shop: TraceFile) -> None:
    """Left folds, then goes to the parent; right opens again; a click on the marker does the same."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        screen.trace_list.move_cursor(screen.listing.row_of(1))
        await pilot.press("enter", "down", "down")
        assert screen.session.open_trace is not None
        await wait_for(pilot, lambda: screen.span_tree.row_count == 9, "the first trace")
        assert screen.session.open_trace.span is not None
        assert screen.session.open_trace.span.name == "find passages"
        await pilot.press("left")
        assert screen.span_tree.row_count == 7
        await pilot.press("left")
        assert screen.session.open_trace.span.name == "shop assistant"
        await pilot.click("#tree", offset=Offset(4, 2))
        assert screen.span_tree.row_count == 9


async def test_details_show_the_exception_and_its_stack(shop: TraceFile) -> None:
    """What went wrong is readable: type, message, and each line of the stack on a line of its own."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        screen.trace_list.move_cursor(screen.listing.row_of(7))
        await pilot.press("enter", "end")
        await wait_for(pilot, lambda: "Exception" in shown(screen), "the exception")
        text = shown(screen)
        assert "TimeoutError: orders-api did not answer within 2.0 s" in text
        assert 'File "/srv/shop/http.py", line 31, in get' in text


async def test_small_terminal_shows_list_and_tree_and_the_details_one_key_away(shop: TraceFile) -> None:
    """At 80x24, the pane beside an editor, Enter goes deeper and Escape comes back."""
    app = explorer(shop.path)
    async with app.run_test(size=SMALL) as pilot:
        screen = await ready(pilot, app)
        assert screen.trace_list.size.height >= 7
        assert screen.span_tree.size.height >= 10
        await pilot.press("enter")
        assert screen.span_tree.has_focus
        assert screen.trace_list.size.height >= 7
        await pilot.press("enter")
        assert screen.detail_pane.has_focus
        assert not screen.query_one("#traces-pane").display
        assert screen.detail_pane.size.height >= 18
        await pilot.press("escape", "escape")
        assert screen.focused is screen.trace_list


async def test_details_of_a_running_span_tell_the_time_of_the_list(shop: TraceFile) -> None:
    """With every tick both grow; a trace that has just begun is not 0 ns old in one of them."""
    now_ns = [sample.NOW_NS]
    app = TraceApp(shop.path, now_ns=lambda: now_ns[0])
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        await wait_for(pilot, lambda: "took" in shown(screen), "the details")
        now_ns[0] += 4_000_000_000
        screen.tick()
        await pilot.pause()
        assert shown(screen).count("6.50 s") >= 3  # in the list, in the tree, in the details


async def test_leaving_waits_for_an_export(shop: TraceFile, tmp_path: Path) -> None:
    """`e` and `q` typed in one go leave the whole document behind."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        await ready(pilot, app)
        burst(app, "e", "q")
        await wait_for(pilot, lambda: not app.is_running or app._exit, "the end")
    (target,) = tmp_path.glob("trace-*.json")
    assert json.loads(target.read_text())["trace"]["name"] == "POST /chat"


@pytest.mark.parametrize("size", [(20, 5), (1, 1), (41, 9), (300, 90)])
async def test_any_terminal_size_is_survived(shop: TraceFile, size: tuple[int, int]) -> None:
    """Nothing fails in a terminal of any size, whatever pane is open."""
    app = explorer(shop.path)
    async with app.run_test(size=size) as pilot:
        screen = await ready(pilot, app)
        await pilot.press("enter", "down", "enter", "down", "z", "escape", "question_mark", "escape", "slash", "x")
        assert screen.is_running


async def test_export_writes_the_trace_and_says_where(shop: TraceFile, tmp_path: Path) -> None:
    """`e` leaves a JSON document in the current directory."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        screen = await ready(pilot, app)
        assert screen.session.open_trace is not None
        await pilot.press("e")
        target = tmp_path / f"trace-{screen.session.open_trace.trace.trace_id.hex()[:12]}.json"
        await wait_for(pilot, target.exists, "the export")
        assert json.loads(target.read_text())["trace"]["name"] == "POST /chat"
        await wait_for(pilot, lambda: str(target.name) in shown(screen), "the toast")
        target.write_text("kept")
        await pilot.press("e")
        second = target.with_name(f"{target.stem}-2.json")
        await wait_for(pilot, second.exists, "another export")
        assert target.read_text() == "kept"


@pytest.mark.parametrize("key", ["e", "y", "n", "z", "tab"])
async def test_key_about_a_trace_means_the_one_under_the_cursor(shop: TraceFile, key: str, tmp_path: Path) -> None:
    """A cursor that moved just now has not opened its trace yet; the next key is for that trace all the same."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        screen.debounce.call = lambda kind, then: None  # type: ignore[method-assign]  # a cursor that never settles
        await pilot.press("down", key)
        assert screen.session.open_trace is not None
        assert screen.session.open_trace.trace.id == screen.listing.selected == 9
        trace_id = screen.session.open_trace.trace.trace_id.hex()
        if key == "e":
            await wait_for(pilot, (tmp_path / f"trace-{trace_id[:12]}.json").exists, "the export")
        elif key == "y":
            assert app.clipboard == trace_id


async def test_copy_sends_the_value_under_the_cursor(shop: TraceFile) -> None:
    """`y` in the details sends the whole value, and in the list the id of the trace."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        assert screen.session.open_trace is not None
        await pilot.press("y")
        assert app.clipboard == screen.session.open_trace.trace.trace_id.hex()


@pytest.mark.parametrize("text", ["", "shop"])
async def test_traces_that_another_program_deletes_leave_the_list(shop: TraceFile, text: str) -> None:
    """Also where they are not the oldest, and with a filter."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        if text:
            await pilot.press("slash", *text, "enter")
            await wait_for(pilot, lambda: len(screen.listing) and not screen.session.searching, "the matches")
        before = [screen.listing[row] for row in range(len(screen.listing))]
        ended = shop.connection.execute(
            "SELECT id, trace_id FROM trace WHERE open_count = 0 ORDER BY id DESC"
        ).fetchall()
        deleted, keys = zip(*[row for row in ended if row[0] in before[:-1]][:2], strict=True)
        shop.connection.execute("BEGIN")
        DeleteTraces(keys).apply(shop.connection, shop.next_rev())
        shop.connection.execute("COMMIT")
        await wait_for(pilot, lambda: len(screen.listing) == len(before) - 2, "the shorter list")
        after = [screen.listing[row] for row in range(len(screen.listing))]
        assert after == [trace for trace in before if trace not in deleted]


async def test_file_may_come_late_be_replaced_and_go(tmp_path: Path) -> None:
    """The explorer waits for its file, shows it, takes another in its place, and waits again."""
    path = tmp_path / "sub" / "traces.db"
    app = explorer(path)
    async with app.run_test(size=WIDE) as pilot:
        screen = app.explorer
        await wait_for(pilot, lambda: "Waiting for the trace file" in shown(screen), "the waiting screen")
        path.parent.mkdir()
        sample.shop(path).close()
        await ready(pilot, app)
        other = TraceFile(tmp_path / "other.db")
        other.traces(3)
        other.connection.execute("PRAGMA journal_mode = DELETE")
        other.close()
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        os.replace(tmp_path / "other.db", path)
        await ready(pilot, app, traces=3)
        path.unlink()
        await wait_for(pilot, lambda: "Waiting for the trace file" in shown(screen), "the waiting screen again")


async def test_first_key_after_the_wait_is_for_the_list(tmp_path: Path) -> None:
    """When the first trace comes, the list has the keys: Enter opens the trace."""
    path = tmp_path / "late.db"
    app = explorer(path)
    async with app.run_test(size=SMALL) as pilot:
        screen = app.explorer
        await wait_for(pilot, lambda: screen.has_class("-empty"), "the waiting screen")
        file = TraceFile(path)
        with flush(file):
            file.trace("first").span("first")
        file.close()
        await wait_for(pilot, lambda: len(screen.listing) == 1, "the first trace")
        await wait_for(pilot, lambda: screen.focused is screen.trace_list, "the list to have the keys")
        await pilot.press("enter")
        await wait_for(pilot, lambda: screen.pane_focus.at == "tree", "the span tree")


async def test_garbage_file_is_named_in_a_banner(tmp_path: Path) -> None:
    """A file that is no database is said to be none; the explorer stays."""
    path = tmp_path / "traces.db"
    path.write_bytes(b"this is no database" * 100)
    app = explorer(path)
    async with app.run_test(size=WIDE) as pilot:
        banner = app.explorer.query_one(Banner)
        await wait_for(pilot, lambda: banner.text, "the banner")
        assert str(path) in banner.text


HOSTILE = "\x1b[2J\x1b]52;c;aGk=\x07[red]x[/red][/][@click=app.quit]q[/]\x9b31m\u202e\u200b\x00\t\nend \udc80"


async def test_hostile_text_in_every_field_stays_text(tmp_path: Path) -> None:
    """No name, value or message reaches the terminal as a control sequence, and markup is not read."""
    file = TraceFile(tmp_path / "traces.db")
    storable = HOSTILE.replace("\udc80", "")
    process = file.process(service=storable, command=storable)
    trace = file.trace(
        storable,
        process=process,
        kind=storable,
        model=storable,
        session_id=storable,
        request_preview=storable,
        status_message=storable,
    )
    trace.span(
        storable,
        kind=storable,
        status="ERROR",
        status_message=storable,
        model=storable,
        provider=storable,
        inputs={storable: [storable, {"role": storable, "content": storable}]},
        outputs=storable,
        attributes={storable: storable},
        events=[
            {
                "name": "exception",
                "time_ns": at_ms(1),
                "attributes": {
                    "exception.type": storable,
                    "exception.message": storable,
                    "exception.stacktrace": storable,
                },
            },
            {"name": storable, "time_ns": at_ms(2), "attributes": {storable: storable}},
        ],
    )
    file.close()
    app = explorer(tmp_path / "traces.db")
    async with app.run_test(size=(160, 120)) as pilot:
        screen = await ready(pilot, app, traces=1)
        await pilot.press("enter", "enter", *["down"] * 8, "y", "e")
        await wait_for(pilot, lambda: list(tmp_path.glob("trace-*.json")), "the export")
        await pilot.press("slash", *"x")
        text = shown(screen)
        assert "[red]x[/red]" in text
        assert not [character for character in text if character != "\n" and ord(character) < 32]
        assert not set(text) & set("\x7f\x9b\u202e\u200b")


@pytest.fixture
def far_west(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Local time is nearly a day behind UTC."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC+23:59")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("far_west")
async def test_filter_means_the_times_that_are_shown(shop: TraceFile) -> None:
    """A day in the filter is a day of UTC while times are shown in UTC, and a local one while they are not."""
    day = datetime.fromtimestamp(sample.NOW_NS // 1_000_000_000, UTC)
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        screen.filter_bar.set_text(f"start = {day:%Y-%m-%d}")
        await wait_for(pilot, lambda: not screen.session.searching and not len(screen.listing), "no trace of that day")
        await pilot.press("u")
        await wait_for(pilot, lambda: len(screen.listing) == 10, "the traces of the day in UTC")
        await pilot.press("u")
        await wait_for(pilot, lambda: not len(screen.listing), "no trace of the local day")
