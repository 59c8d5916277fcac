"""What people say of traces by keys: written into the file in MLflow's names, and shown at once."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.support.builders import TraceFile
from tests.support.driver import Driver, driven
from tests.support.pilot import burst, shown, wait_for
from tracetui.store.model.rows import AssessmentRow
from tracetui.store.read.reader import Reader
from tracetui.tui.evaluation import spoken


def said(file: TraceFile, trace: int) -> list[AssessmentRow]:
    """The assessments of a trace."""
    with Reader(file.path) as reader:
        return reader.assessments(trace)


def tags(file: TraceFile, trace: int) -> dict[str, str]:
    """The tags of a trace."""
    with Reader(file.path) as reader:
        labels = reader.labels(trace)
        return dict(labels.tags) if labels else {}


async def write(driver: Driver, *keys: str, text: str) -> None:
    """Choose a way to say something, replace what is there, and say it."""
    await driver.press("A", *keys)
    await wait_for(driver.pilot, lambda: driver.app.screen.query("#prompt-input"), "the prompt")
    driver.app.screen.query_one("#prompt-input").value = text  # type: ignore[attr-defined]
    await driver.press("enter")


async def test_a_star_costs_one_key_and_is_seen_and_found(shop: TraceFile) -> None:
    """In the list, by the filter, in the file; a second time takes it away."""
    async with driven(shop.path, traces=10) as driver:
        await driver.press("asterisk")
        await driver.see("★")
        assert driver.keys == 1
        assert tags(shop, 10)["starred"] == "true"
        await driver.press("slash", "i", "s", "colon", *"starred", "enter")
        await wait_for(driver.pilot, lambda: len(driver.screen.listing) == 1, "the trace with the star")
        await driver.press("asterisk")
        await wait_for(driver.pilot, lambda: len(driver.screen.listing) == 0, "no trace with a star")
        assert "starred" not in tags(shop, 10)


async def test_a_thumb_costs_one_key_and_is_about_what_is_under_the_cursor(shop: TraceFile) -> None:
    """A trace in the list, a span in its tree; the last thumb counts."""
    async with driven(shop.path, traces=10) as driver:
        await driver.press("1")
        await driver.see("▲")
        await driver.press("0")
        await driver.see("▼")
        ((value, span),) = [(one.value, one.span_id) for one in said(shop, 10)]
        assert (value, span) == (False, None)
        await driver.press("enter", "down", "1")
        await driver.see("◆ ")
        assert driver.screen.session.open_trace is not None
        under_cursor = driver.screen.session.open_trace.span
        assert under_cursor is not None
        assert [(one.name, one.span_id) for one in said(shop, 10)][-1] == ("feedback", under_cursor.span_id)
        await driver.press("1")
        await driver.told("feedback taken from the span")
        assert len(said(shop, 10)) == 1


async def test_keys_in_one_burst_are_each_about_the_trace_under_the_cursor(shop: TraceFile) -> None:
    """A terminal may deliver them in one read; none is about the trace that was under the cursor before."""
    async with driven(shop.path, traces=10) as driver:
        burst(driver.app, "j", "1", "j", "0", "j", "1")  # type: ignore[arg-type]
        await wait_for(driver.pilot, lambda: said(shop, 9) and said(shop, 8) and said(shop, 7), "three thumbs")
        await wait_for(driver.pilot, lambda: not driver.screen.unfinished, "the end")
        assert [[one.value for one in said(shop, trace)] for trace in (10, 9, 8, 7)] == [[], [True], [False], [True]]


async def test_a_note_a_score_an_expectation_and_a_tag_are_written(shop: TraceFile) -> None:
    """Two keys, the text, Enter; each name once, an empty text takes it away."""
    async with driven(shop.path, traces=10) as driver:
        await write(driver, "n", text="Wrong shop")
        await driver.told("note written")
        await write(driver, "s", text="helpful = 0.5")
        await driver.told("helpful written")
        await write(driver, "e", text="Within 30 days")
        await driver.told("expected_response written")
        await write(driver, "t", text="seen=by ada")
        await driver.told("Tag seen=by ada")
        assert {(one.kind, one.name, one.value) for one in said(shop, 10)} == {
            ("feedback", "note", "Wrong shop"),
            ("feedback", "helpful", 0.5),
            ("expectation", "expected_response", "Within 30 days"),
        }
        assert tags(shop, 10)["seen"] == "by ada"
        await driver.press("A", "n")
        await driver.see("Wrong shop")
        await driver.press("backspace", "enter")
        await driver.told("note taken")
        assert [one.name for one in said(shop, 10)] == ["helpful", "expected_response"]


async def test_what_is_no_score_is_refused_where_it_is_typed(shop: TraceFile) -> None:
    """With an example."""
    async with driven(shop.path, traces=10) as driver:
        await write(driver, "s", text="helpful = very")
        await driver.see("A number, or a name and a number")
        await driver.press("escape")
        assert said(shop, 10) == []


@pytest.mark.parametrize("key", ["asterisk", "1", "0", "A", "delete"])
async def test_a_read_only_explorer_says_why_nothing_is_written(shop: TraceFile, key: str) -> None:
    """Every key that changes the file has the same sentence."""
    async with driven(shop.path, traces=10, read_only=True) as driver:
        before = shop.connection.execute("SELECT rev FROM sequence").fetchone()
        await driver.press(key)
        await driver.told("started with --read-only")
        assert driver.screen.unfinished == 0
        assert len(driver.screen.listing) == 10
        assert shop.connection.execute("SELECT rev FROM sequence").fetchone() == before


async def test_a_file_of_another_layout_is_said_to_be_only_read(shop: TraceFile) -> None:
    """With the command that converts it."""
    async with driven(shop.path, traces=10) as driver:
        shop.connection.execute("PRAGMA user_version = 8")
        await driver.press("1")
        await driver.told("`tracetui migrate` converts it")
        assert said(shop, 10) == []


async def test_a_file_that_is_being_written_is_said_to_be_in_use(
    shop: TraceFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the screen stays usable meanwhile."""
    monkeypatch.setattr("tracetui.store.file.schema.BUSY_TIMEOUT_S", 0.01)
    async with driven(shop.path, traces=10) as driver:
        with closing(sqlite3.connect(shop.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await driver.press("asterisk")
            await driver.told("is in use by another program")
        assert "★" not in shown(driver.screen)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("0.8", ("score", 0.8)),
        ("4", ("score", 4)),
        ("helpful 0.8", ("helpful", 0.8)),
        ("helpful = yes", ("helpful", True)),
        ("helpful =", ("helpful", None)),
        ("helpful", ("helpful", None)),
        ("", ("score", None)),
        ("= 1", None),
        ("helpful = very", None),
        ("nan", ("nan", None)),
        ("x = inf", None),
    ],
)
def test_a_score_is_read_as_it_is_typed(text: str, meaning: tuple[str, object] | None) -> None:
    """With or without a name."""
    assert spoken.score(text, "score") == meaning


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("a=b=c", ("a", "b=c")),
        ("a", ("a", "true")),
        ("a=", ("a", "")),
        ("-a", ("a", None)),
        ("", None),
        ("-", None),
        ("= b", None),
    ],
)
def test_a_tag_is_read_as_it_is_typed(text: str, meaning: tuple[str, object] | None) -> None:
    """A key alone has the value true; a minus takes it away."""
    assert spoken.tag(text) == meaning
