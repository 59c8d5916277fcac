"""Exports by keys: this trace, the marked ones, those of the filter, all; in every format, cancellable."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Event

import pytest

from tests.support import sample
from tests.support.builders import TraceFile
from tests.support.driver import driven
from tests.support.pilot import wait_for
from tracetui.store.filter import parse
from tracetui.tui.commands.export_formats import FORMATS as DOCUMENTS
from tracetui.tui.keeping.export import Export
from tracetui.tui.keeping.export_formats import FORMATS


def lines(path: Path) -> list[str]:
    """The names of the traces in a file of JSON Lines."""
    return [json.loads(line)["trace"]["name"] for line in path.read_text().splitlines()]


async def test_what_the_filter_selects_costs_two_keys(shop: TraceFile, tmp_path: Path) -> None:
    """With a filter, the menu begins with its traces."""
    async with driven(shop.path, traces=10) as driver:
        await driver.press("slash", *"is", "colon", *"error", "enter")
        await wait_for(driver.pilot, lambda: driver.screen.filter.selects and not driver.screen.session.searching, "it")
        found = len(driver.screen.listing)
        assert 0 < found < 10
        driver.keys = 0
        await driver.press("x", "j")
        assert driver.keys == 2
        await driver.told("written to")
    (target,) = tmp_path.glob("*.jsonl")
    assert len(lines(target)) == found
    assert target.stat().st_mode & 0o777 == 0o600


async def test_marked_traces_are_exported_without_the_others(shop: TraceFile, tmp_path: Path) -> None:
    """In the order of marking; into a folder, a document each."""
    async with driven(shop.path, traces=10) as driver:
        await driver.press("down", "m", "down", "m")
        await driver.see("2 marked")
        await driver.press("x")
        await driver.see("Export the 2 traces marked")
        await driver.press("d")
        await driver.told("2 traces: traces written to")
    found = sorted((tmp_path / "traces").glob("trace-*.json"))
    assert len(found) == 2
    assert all(json.loads(one.read_text())["format"] for one in found)


async def test_another_choice_of_traces_is_one_key_more(shop: TraceFile, tmp_path: Path) -> None:
    """All of the file, or this one only."""
    async with driven(shop.path, traces=10) as driver:
        await driver.press("x", "a", "j")
        await driver.told("10 traces: traces.jsonl written to")
        await driver.press("x", "a", "t", "c")
        await driver.told(".csv written to")
    assert len(lines(tmp_path / "traces.jsonl")) == 10
    assert len(list(tmp_path.glob("trace-*.csv"))) == 1


async def test_a_deleted_trace_is_not_exported(file: TraceFile) -> None:
    """Though it may come back."""
    async with driven(file.path, traces=3) as driver:
        await driver.press("delete", "x", "a", "j")
        await driver.told("2 traces: traces.jsonl written to")
        assert len(lines(Path.cwd() / "traces.jsonl")) == 2


async def test_a_running_export_shows_its_progress_and_is_cancelled(
    shop: TraceFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the key that began it; nothing is left of it."""
    begun, go_on = Event(), Event()
    counted = Export._counted

    def slow(self: Export, traces: object) -> object:
        for number, trace in enumerate(counted(self, traces)):  # type: ignore[arg-type]
            if number == 2:
                begun.set()
                go_on.wait(20)
            yield trace

    monkeypatch.setattr(Export, "_counted", slow)
    async with driven(shop.path, traces=10) as driver:
        await driver.press("x", "a", "j")
        await driver.see("exporting ")
        await wait_for(driver.pilot, begun.is_set, "the export")
        await driver.press("x", "c")
        await wait_for(driver.pilot, lambda: driver.app.screen is driver.screen, "the end of the menu")
        go_on.set()
        await driver.told("cancelled; nothing of it is left")
        await wait_for(driver.pilot, lambda: driver.screen.session.at_work == "", "the end")
    assert list(tmp_path.glob("*traces.json*")) == []


async def test_leaving_waits_for_an_export_of_many(shop: TraceFile, tmp_path: Path) -> None:
    """`x`, `a`, `j` and `q` at once leave the whole file behind."""
    async with driven(shop.path, traces=10) as driver:
        await driver.press("x", "a", "j", "q")
        await wait_for(driver.pilot, lambda: driver.app._exit or not driver.app.is_running, "the end")
    assert len(lines(tmp_path / "traces.jsonl")) == 10


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("count", [1, 3])
def test_every_format_takes_one_trace_and_many(file: TraceFile, format: str, count: int) -> None:
    """A file that is there is kept."""
    if format == "otlp-protobuf":
        pytest.importorskip("opentelemetry.proto")

    def run() -> str:
        folder = Path.cwd()
        query = parse(f"| limit {count}")
        return Export(file.path, format, folder, sample.NOW_NS, None, query, False, frozenset(), count).run().sentence

    before = set(Path.cwd().rglob("*"))
    first, second = run(), run()
    made = {path.relative_to(Path.cwd()) for path in set(Path.cwd().rglob("*")) - before}
    assert first != second
    assert all("written to" in sentence for sentence in (first, second))
    assert len([path for path in made if len(path.parts) == 1]) == 2
    assert all((Path.cwd() / path).stat().st_size for path in made)


def test_every_format_of_the_command_is_in_the_menu() -> None:
    """Each under a letter of its own, none that chooses other traces."""
    assert {"json", *DOCUMENTS} == set(FORMATS)
    letters = [*(one.letter for one in FORMATS.values()), *"tkfa"]
    assert len(set(letters)) == len(letters)


def test_a_folder_that_cannot_be_written_is_said(file: TraceFile, tmp_path: Path) -> None:
    """With its name."""
    missing = tmp_path / "missing"
    told = Export(file.path, "jsonl", missing, sample.NOW_NS, [1], None, False, frozenset(), 1).run()
    assert told.severity == "error"
    assert "No such file or directory" in told.sentence
    gone = Export(file.path, "jsonl", tmp_path, sample.NOW_NS, [99], None, False, frozenset(), 1).run()
    assert "gone from the file" in gone.sentence
