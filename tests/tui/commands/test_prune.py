"""`tracetui prune` deletes the traces that are named, and only those."""

from __future__ import annotations

import io
import sys

import pytest

from tests.support.builders import TraceFile
from tests.tui.conftest import Run


def test_prune_deletes_the_traces_that_match_all_options(run: Run, file: TraceFile) -> None:
    """A dry run deletes nothing."""
    ran = run("prune", "--keep", "1", "--dry-run")
    assert (ran.code, ran.err) == (0, "tracetui: 2 traces of 3 can be deleted; nothing was deleted\n")
    ran = run("prune", "--keep", "1", "is:error", "--yes")
    assert ran.code == 0
    assert "deleted 1 trace with 1 span;" in ran.err
    assert [line.split()[-2] for line in run("ls").out.splitlines()[1:]] == ["third", "first"]
    assert run("prune", "--older-than", "1h", "-y").code == 0
    assert "has no traces yet" in run("ls").err
    assert "nothing to delete" in run("prune", "--max-size", "1GB", "-y").err


def test_prune_keeps_running_traces(run: Run, file: TraceFile) -> None:
    """Traces that a dead process left open are deleted."""
    file.trace("running").span("open", end_ms=None)
    file.trace("lost", process=file.process(ended_ns=1)).span("open", end_ms=None)
    assert "deleted 4 traces" in run("prune", "--keep", "0", "--yes").err
    assert "running" in run("ls").out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "name the traces to delete"),
        (("--older-than", "week"), "an age such as 7d, 12h or 30m, not 'week'"),
        (("--older-than", "-7d"), "an age such as"),
        (("--max-size", "much"), "a size such as 500MB or 2GB, not 'much'"),
        (("| by(model)",), "not groups"),
        (("duration >",), "see `tracetui help filter`"),
        (("--keep", "many"), "see `tracetui prune --help`"),
    ],
)
def test_prune_deletes_nothing_after_wrong_usage(
    run: Run, file: TraceFile, arguments: tuple[str, ...], told: str
) -> None:
    """The message names the right usage."""
    ran = run("prune", *arguments, "--yes")
    assert ran.code == 2
    assert told in ran.err
    assert file.connection.execute("SELECT count(*) FROM trace").fetchone() == (3,)


@pytest.mark.parametrize(("answer", "left"), [(None, 3), ("n\n", 3), ("\n", 3), ("y\n", 1)])
def test_prune_asks_before_it_deletes(
    run: Run, file: TraceFile, monkeypatch: pytest.MonkeyPatch, answer: str | None, left: int
) -> None:
    """It asks at a terminal, and needs --yes elsewhere."""
    stdin = io.StringIO(answer or "")
    stdin.isatty = lambda: answer is not None  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stdin", stdin)
    ran = run("prune", "--keep", "1")
    assert "2 traces of 3 can be deleted" in ran.err
    assert ("--yes" in ran.err) == (answer is None)
    assert ran.code == (0 if left == 1 else 1)
    assert file.connection.execute("SELECT count(*) FROM trace").fetchone() == (left,)
