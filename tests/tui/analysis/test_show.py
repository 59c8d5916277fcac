"""`tracetui show`: one trace as text."""

from __future__ import annotations

import json
import re

from rich.cells import cell_len

from tests.support.builders import TraceFile
from tests.support.terminal import in_terminal
from tests.tui.conftest import Run


def slow_answer(file: TraceFile) -> str:
    """A trace with a failed search and a stream; returns its id."""
    trace = file.trace("POST /chat")
    root = trace.span("POST /chat", kind="CHAIN", end_ms=1_000)
    trace.span("search \x1b[2J", parent=root, kind="TOOL", end_ms=500, status="ERROR")
    trace.span(
        "chat", parent=root, kind="LLM", start_ms=500, end_ms=1_000, input_tokens=410, output_tokens=31, ttft_ms=250.0
    )
    return trace.hex_id


def test_show_draws_the_tree_with_its_bars(file: TraceFile, run: Run) -> None:
    """Each span with its status, tokens, time to first token, duration, and when it ran."""
    slow_answer(file)
    out = run("show", "last").out
    root, search, chat = out.splitlines()[-3:]
    assert root.startswith("✓ POST /chat ")
    assert search.startswith("├─✗ search ␛[2J ")
    assert chat.split()[:6] == ["└─✓", "chat", "410→31", "250", "ms", "500"]
    assert root.count("━") in (2 * search.count("━"), 2 * search.count("━") + 1)
    assert re.search("─+━+$", chat)  # thin until the first token
    assert "\x1b" not in out


def test_show_fits_into_the_terminal(file: TraceFile) -> None:
    """Whatever the width is, no line is broken."""
    slow_answer(file)
    for columns in (60, 80, 200):
        shown = in_terminal(["show", "last", "--db", str(file.path)], columns, NO_COLOR="1")
        tree = shown[shown.index("\n\n") :].splitlines()
        assert len(tree) == 6
        assert max(map(cell_len, tree)) <= columns


def test_show_prints_the_document_as_json(file: TraceFile, run: Run) -> None:
    """The same as `tracetui export`."""
    trace_id = slow_answer(file)
    document = json.loads(run("show", trace_id, "--json").out)
    assert document["trace"]["trace_id"] == trace_id
    assert len(document["spans"]) == 3


def test_show_of_nothing_says_where_to_look(file: TraceFile, run: Run) -> None:
    """And exits with 1."""
    ran = run("show", "ffff")
    assert (ran.code, ran.out) == (1, "")
    assert "tracetui ls" in ran.err
