"""`tracetui ls` with a filter that makes groups."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.builders import TraceFile
from tests.support.terminal import in_terminal
from tests.tui.conftest import Run

BY_MODEL = "kind = LLM | by(model)"


def test_ls_prints_groups(shop: TraceFile, run: Run) -> None:
    """A line for each, what they are made by first."""
    ran = run("ls", "--db", str(shop.path), "-f", f"{BY_MODEL} | avg(ttft) > 1ms")
    lines = ran.out.splitlines()
    assert (ran.code, ran.err) == (0, "")
    assert lines[0].split()[:4] == ["MODEL", "SPANS", "TRACES", "ERRORS"]
    assert "AVG(TTFT)" in lines[0]
    assert [line.split()[0] for line in lines[1:]] == ["gpt-4o-mini", "gpt-4o", "—"]


def test_ls_prints_groups_as_json(shop: TraceFile, run: Run) -> None:
    """With a value of its own type for each field."""
    ran = run("ls", "--json", "--db", str(shop.path), "-f", "| by(tag.nosuch, depth) | max(duration) > 0 | limit 1")
    (line,) = ran.out.splitlines()
    group = json.loads(line)
    assert group["group"] == {"tag.nosuch": None, "depth": 2}
    assert group["of"] == "spans"
    assert group["aggregates"]["max(duration)"] >= group["duration_ms"]["p95"] >= group["duration_ms"]["p50"] > 0
    assert set(group["ttft_ms"]) == {"p50", "p95"}


def test_ls_cuts_groups_and_says_so(shop: TraceFile, run: Run) -> None:
    """At most as many as asked for."""
    ran = run("ls", "--db", str(shop.path), "-f", BY_MODEL, "-n", "2")
    assert len(ran.out.splitlines()) == 3
    assert "2 of 3 groups" in ran.err


def test_ls_takes_the_limit_of_the_filter(shop: TraceFile, run: Run) -> None:
    """`| limit` cuts, and -n is only needed for more than 20."""
    shop.traces(30)
    assert len(run("ls", "--json", "--db", str(shop.path), "-f", "| limit 25").out.splitlines()) == 25
    assert len(run("ls", "--json", "--db", str(shop.path), "-f", "| limit 25", "-n", "5").out.splitlines()) == 5


def test_ls_says_when_nothing_is_in_any_group(shop: TraceFile, run: Run) -> None:
    """Nothing is printed, and a name that nobody has is named."""
    ran = run("ls", "--db", str(shop.path), "-f", "kindd = LLM | by(model)")
    assert (ran.code, ran.out) == (0, "")
    assert "no group matches; 0 spans have `kindd`" in ran.err


@pytest.mark.parametrize("columns", [40, 80, 132])
def test_groups_fit_the_terminal(shop: TraceFile, columns: int) -> None:
    """No line is wider."""
    lines = in_terminal(["ls", "--db", str(shop.path), "-f", "| by(name, kind)", "-n", "0"], columns).splitlines()
    assert len(lines) > 3
    assert all(len(line) <= columns for line in lines)


def test_hostile_text_in_a_group_stays_text(tmp_path: Path, run: Run) -> None:
    """What a group is made by is as untrusted as anything from a trace."""
    file = TraceFile(tmp_path / "hostile.db")
    file.trace("x").span("\x1b]52;c;aGk=\x07\x9b2J")
    ran = run("ls", "--db", str(file.path), "-f", "| by(name)")
    file.close()
    assert not set(ran.out) & {"\x1b", "\x9b", "\x07"}
    assert "52;c;aGk=" in ran.out
