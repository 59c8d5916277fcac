"""Deleting by keys: out of the list at once, out of the file when it can no longer be brought back."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.support.builders import TraceFile
from tests.support.driver import driven
from tests.support.pilot import shown, wait_for


def names(file: TraceFile) -> int:
    """How many traces the file has."""
    return int(file.connection.execute("SELECT count(*) FROM trace").fetchone()[0])


@pytest.fixture
def two(file: TraceFile) -> TraceFile:
    """The file of three finished traces."""
    return file


async def test_a_deleted_trace_comes_back_as_it_was(two: TraceFile) -> None:
    """One key each; until then the file has it."""
    async with driven(two.path, traces=3) as driver:
        before = shown(driver.screen)
        await driver.press("delete")
        await wait_for(driver.pilot, lambda: len(driver.screen.listing) == 2, "a shorter list")
        await driver.told("U brings back; after 30 s, or when you leave, nothing can")
        assert names(two) == 3
        assert "2 traces" in shown(driver.screen)
        await driver.press("U")
        await wait_for(driver.pilot, lambda: len(driver.screen.listing) == 3, "the trace")
        await driver.told("is back")
        assert names(two) == 3
        assert "東京 third" in before
        assert "東京 third" in shown(driver.screen)
        assert driver.keys == 2


async def test_after_the_grace_the_file_has_the_trace_no_more(two: TraceFile) -> None:
    """And a key that would bring it back says so."""
    async with driven(two.path, traces=3) as driver:
        await driver.press("down", "delete")
        driver.screen.delete_oldest_now()
        await wait_for(driver.pilot, lambda: names(two) == 2, "the deletion")
        await wait_for(driver.pilot, lambda: not driver.screen.listing.deleted, "its end")
        await driver.press("U")
        await driver.told("gone from the file")
        assert len(driver.screen.listing) == 2
        assert two.connection.execute("SELECT count(*) FROM span").fetchone() == (2,)


async def test_marked_traces_are_deleted_together(two: TraceFile) -> None:
    """The last deletion comes back first."""
    async with driven(two.path, traces=3) as driver:
        await driver.press("m", "down", "m")
        await driver.see("2 marked")
        await driver.press("delete")
        await driver.told("Deleted 2 traces")
        assert len(driver.screen.listing) == 1
        await driver.press("delete")
        assert len(driver.screen.listing) == 0
        await driver.press("U")
        await wait_for(driver.pilot, lambda: len(driver.screen.listing) == 1, "one")
        await driver.press("U")
        await wait_for(driver.pilot, lambda: len(driver.screen.listing) == 3, "all")


async def test_leaving_deletes_what_waits_for_it(two: TraceFile) -> None:
    """`q` ends the time to bring back."""
    async with driven(two.path, traces=3) as driver:
        await driver.press("delete", "q")
        await wait_for(driver.pilot, lambda: driver.app._exit or not driver.app.is_running, "the end")
    assert names(two) == 2


async def test_a_deletion_under_a_sort_comes_back_at_its_place(two: TraceFile) -> None:
    """The list is searched for again."""
    async with driven(two.path, traces=3) as driver:
        await driver.press("s", "n")
        await wait_for(driver.pilot, lambda: driver.screen.listing.is_sorted, "the order")
        order = list(driver.screen.listing.ids.slice(0, 3))
        await driver.press("down", "delete")
        await wait_for(driver.pilot, lambda: len(driver.screen.listing) == 2, "a shorter list")
        await driver.press("U")
        await wait_for(driver.pilot, lambda: list(driver.screen.listing.ids.slice(0, 3)) == order, "the order")


async def test_a_trace_that_is_being_written_is_not_deleted(shop: TraceFile) -> None:
    """Its program would go on to write it."""
    async with driven(shop.path, traces=10) as driver:
        await driver.press("delete")
        await driver.told("is still being written")
        assert len(driver.screen.listing) == 10


async def test_a_deletion_that_fails_shows_the_trace_again(two: TraceFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the reason."""
    monkeypatch.setattr("tracetui.store.file.schema.BUSY_TIMEOUT_S", 0.01)
    async with driven(two.path, traces=3) as driver:
        await driver.press("delete")
        with closing(sqlite3.connect(two.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            driver.screen.delete_oldest_now()
            await driver.told("Not deleted")
        await wait_for(driver.pilot, lambda: len(driver.screen.listing) == 3, "the trace")
