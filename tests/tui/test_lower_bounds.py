"""A cost that lacks calls without a price says so wherever it is shown: in the explorer, in `ls`, in documents."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.store.records import PROCESS, make_span, make_trace
from tests.support.pilot import SMALL, WIDE, grouped, ready, shown, wait_for
from tests.tui.conftest import Run, explorer
from tracetui.store.file.migrations import MIGRATIONS
from tracetui.store.file.schema import APPLICATION_ID
from tracetui.store.prices.pricing import Prices
from tracetui.store.write.writer import Writer

PRICES = '{"models": {"m": {"input": 1000000, "output": 2000000}}, "replace": true}'
CALL = ("gen_ai.request.model", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens")

COMPLETE, LACKING, UNKNOWN = 1, 2, 3
"""Traces by number: of one priced call; of a priced and two unpriced ones; of an unpriced one alone."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A trace file with the three traces."""
    path = tmp_path / "t.db"
    with closing(Writer(path, PROCESS, Prices(PRICES))) as writer:
        for number, models in ((COMPLETE, ["m"]), (LACKING, ["m", "mine", "mine"]), (UNKNOWN, ["mine"])):
            trace = make_trace(number)
            root = make_span(trace, number * 10, name=f"trace {number}", kind="AGENT")
            calls = [
                make_span(
                    trace,
                    number * 10 + place,
                    parent=number * 10,
                    kind="LLM",
                    name=f"call {model}",
                    attribute_values=dict(zip(CALL, (model, 10, 5), strict=True)),
                )
                for place, model in enumerate(models, 1)
            ]
            writer.write([root, *calls])
    return path


def objects(run: Run, path: Path, *arguments: str) -> list[dict[str, Any]]:
    """The lines of `tracetui ls --json`."""
    return [json.loads(line) for line in run("ls", "--json", "--db", str(path), *arguments).out.splitlines()]


def test_ls_marks_a_cost_that_lacks_calls(path: Path, run: Run) -> None:
    """With the number of the calls where there is no cost at all."""
    lines = run("ls", "--db", str(path)).out.splitlines()[1:]
    assert "$? (1)" in lines[0]
    assert "≥$20.00" in lines[1]
    assert " $20.00" in lines[2]


def test_json_tells_it_to_programs(path: Path, run: Run) -> None:
    """`ls --json` and `export` in the same words."""
    found = objects(run, path)
    said = [(one["cost_usd"], one["calls_without_price"], one["cost_is_lower_bound"]) for one in found]
    assert said == [(None, 1, False), (20.0, 2, True), (20.0, 0, False)]
    document = json.loads(run("export", "--db", str(path), found[1]["trace_id"], "-o", "-").out)
    assert document["trace"]["cost_is_lower_bound"] is True
    assert document["trace"]["calls_without_price"] == 2


def test_views_tell_it_in_sql(path: Path, run: Run) -> None:
    """For whoever opens the file with other tools."""
    query = "SELECT calls_without_price AS n, cost_is_lower_bound AS least FROM traces ORDER BY trace_id"
    lines = run("sql", "--db", str(path), "--json", query).out.splitlines()
    assert [tuple(json.loads(line).values()) for line in lines] == [(0, 0), (2, 1), (1, 0)]


def test_filters_find_the_traces_whose_cost_is_not_known(path: Path, run: Run) -> None:
    """By the number of calls without a price."""
    names = [one["name"] for one in objects(run, path, "-f", "trace.unpriced > 0")]
    assert names == ["trace 3", "trace 2"]
    assert len(objects(run, path, "-f", "trace.calls_without_price = 2")) == 1


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("kind = LLM | by(model)", {"m": (40.0, 0, False), "mine": (None, 3, False)}),
        ("| by(kind)", {"LLM": (40.0, 3, True), "AGENT": (None, 0, False)}),
        ("| by(trace.name)", {"trace 1": (20.0, 0, False), "trace 2": (20.0, 2, True), "trace 3": (None, 1, False)}),
    ],
)
def test_groups_say_what_their_sums_lack(path: Path, run: Run, by: str, expected: dict[str, Any]) -> None:
    """Groups of spans and groups of traces."""
    found = objects(run, path, "-f", by)
    said = {
        next(iter(one["group"].values())): (one["cost_usd"], one["calls_without_price"], one["cost_is_lower_bound"])
        for one in found
    }
    assert said == expected


def test_aggregates_of_a_cost_say_how_they_are_meant(path: Path, run: Run) -> None:
    """The largest is at least that, the smallest at most; of a mean nothing is known but about."""
    asked = "| by(kind) | max(cost) > 0 | min(cost) > 0 | avg(cost) > 0 | sum(cost) > 0"
    (_, line) = run("ls", "--db", str(path), "-f", asked).out.splitlines()
    for cell in ("≥$20.00", "≤$20.00", "~$20.00", "≥$40.00"):
        assert cell in line.split()
    (_, line) = run("ls", "--db", str(path), "-f", "model = m | by(kind) | avg(cost) > 0").out.splitlines()
    assert "$20.00" in line.split()


def test_a_call_whose_answer_is_in_another_trace_lacks_nothing_anywhere(tmp_path: Path, run: Run) -> None:
    """And one that nobody has read yet does: list, document, SQL, filter and groups say the same."""
    path = tmp_path / "t.db"
    asked = [{"gen_ai.request.model": "m", "tracetui.answer.id": answer_id} for answer_id in ("read", "left")]
    read = dict(zip(CALL, ("m", 10, 5), strict=True)) | {"tracetui.answer.id": "read"}
    with closing(Writer(path, PROCESS, Prices(PRICES))) as writer:
        for number, attributes in enumerate([*asked, read], 1):
            writer.write([make_span(make_trace(number), number, kind="LLM", attribute_values=attributes)])
    found = objects(run, path)[::-1]
    said = [(one["cost_usd"], one["calls_without_price"]) for one in found]
    assert said == [(None, 0), (None, 1), (20.0, 0)]
    for one, (cost_usd, calls) in zip(found, said, strict=True):
        trace = json.loads(run("export", "--db", str(path), one["trace_id"], "-o", "-").out)["trace"]
        assert (trace["cost_usd"], trace["calls_without_price"]) == (cost_usd, calls)
    assert [one["trace_id"] for one in objects(run, path, "-f", "trace.unpriced > 0")] == [found[1]["trace_id"]]
    for by in ("| by(model)", "kind = LLM | by(kind)", "| by(trace.status)"):
        (group,) = objects(run, path, "-f", by)
        assert (group["cost_usd"], group["calls_without_price"], group["cost_is_lower_bound"]) == (20.0, 1, True)


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_explorer_says_it_in_list_and_details(path: Path, size: tuple[int, int]) -> None:
    """In words where there is room; the header of the tree has at least the mark."""
    app = explorer(path)
    async with app.run_test(size=size) as pilot:
        screen = await ready(pilot, app, traces=3)
        await pilot.press("down", "enter")
        await pilot.pause()
        assert screen.session.open_trace is not None
        assert "≥$20.00" in shown(screen) or "≥ $20.00 (2 calls without a price)" in shown(screen)
        if size == WIDE:
            assert "≥$20.00" in shown(screen).splitlines()[4]
            assert "$? (1)" in shown(screen).splitlines()[3]
        await pilot.press("enter")
        await pilot.pause()
        assert "≥ $20.00 (2 calls without a price)" in shown(screen)


def test_migrate_counts_in_a_file_of_an_older_layout(tmp_path: Path, run: Run) -> None:
    """What its writer did not know of; where an attribute gives a cost, it is that of all below."""
    path = tmp_path / "older.db"
    before = next(number for number, step in enumerate(MIGRATIONS) if "ADD COLUMN calls_without_price" in step)
    with closing(sqlite3.connect(path)) as older:
        older.executescript("".join(MIGRATIONS[:before]))
        older.executescript(
            f"""PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {before};
            INSERT INTO process VALUES (1, 1, 'h', 's', 'c', '3', 0, 0, 1, 0, 0, 1);
            INSERT INTO attr_key VALUES (1, 'llm.cost.total', 1);
            INSERT INTO attr VALUES (1, 4, 3, NULL);"""
        )
        for trace, total in ((1, 20.0), (2, 3.0)):
            older.execute(
                "INSERT INTO trace (id, trace_id, process, name, kind, start_ns, span_count, open_count, error_count,"
                " input_tokens, cost_usd, rev) VALUES (?, ?, 1, 't', 'AGENT', 0, 3, 0, 0, 1, ?, 1)",
                (trace, bytes([trace]) * 16, total),
            )
        for span, trace, parent, cost, tokens in (
            (1, 1, None, None, None),
            (2, 1, 1, 20.0, 10),
            (3, 1, 1, None, 10),
            (4, 2, None, 3.0, None),
            (5, 2, 4, None, 10),
        ):
            older.execute(
                "INSERT INTO span (id, trace, process, span_id, parent_id, name, kind, start_ns, end_ns, status,"
                " cost_usd, input_tokens, rev) VALUES (?, ?, 1, ?, ?, 's', 'LLM', 0, 1, 'OK', ?, ?, 1)",
                (span, trace, span, parent, cost, tokens),
            )
        older.commit()
    assert "migrate" in run("ls", "--db", str(path)).err
    assert run("migrate", "--db", str(path)).code == 0
    said = [(one["input_tokens"], one["cost_usd"], one["calls_without_price"]) for one in objects(run, path)]
    assert said == [(10, 3.0, 0), (20, 20.0, 1)]


async def test_details_of_a_call_without_a_price_say_so(path: Path) -> None:
    """Not only those of its trace."""
    app = explorer(path)
    async with app.run_test(size=WIDE) as pilot:
        await ready(pilot, app, traces=3)
        await pilot.press("enter", "down")
        await pilot.pause()
        await wait_for(pilot, lambda: "not known: the call has no price" in shown(app.explorer), "the details")


async def test_explorer_says_it_in_groups(path: Path) -> None:
    """As in the list of traces."""
    app = explorer(path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app, traces=3)
        await grouped(pilot, screen, "| by(kind)", 2)
        assert "≥$40.00" in shown(screen)
