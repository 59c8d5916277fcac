"""Regular expressions with a limit of time, on the explorer's side."""

from __future__ import annotations

import itertools
import re
import threading

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.support.builders import TraceFile
from tests.support.pilot import WIDE, ready, wait_for
from tests.tui.conftest import Run, explorer, flush
from tracetui.store.filter.values.patterns import PatternError
from tracetui.tui.patient_regex import PatientRegex
from tracetui.tui.widgets.filter_bar import FilterHint

SLOW = r"([a-z]+)*[0-9]"
"""What even an engine that looks ahead tries in ways without number."""

ATOMS = ("a", "b", "A", "ä", ".", "[ab]", "[^a]", r"\w", r"\d", r"\s", r"\b", "^", "$", r"\.", "{", "}", "x{y}", "-")


def _combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    repeat = st.sampled_from(("*", "+", "?", "*?", "+?", "{2}", "{0,2}", "{,2}", "{1,}"))
    return st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda two: f"(?:{two[0]}|{two[1]})"),
        st.tuples(inner, repeat).map(lambda one: f"({one[0]}){one[1]}"),
        inner.map(lambda one: f"(?={one})"),
        inner.map(lambda one: f"(?!{one})"),
    )


PATTERNS = st.recursive(st.sampled_from(ATOMS), _combined, max_leaves=6)


@given(PATTERNS, st.text("abAä1 .{}-\n", max_size=8), st.sampled_from((0, int(re.IGNORECASE))))
def test_it_finds_what_re_finds(pattern: str, text: str, flags: int) -> None:
    """The same language: repeats, alternatives, sets, anchors, looking ahead, braces that count nothing."""
    try:
        expected = re.search(pattern, text, flags) is not None
    except re.error:
        assume(False)
    assert PatientRegex()(pattern, flags, text) == expected


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [(r"(\w)\1", "abccd", True), (r"(\w)\1", "abcd", False), (r"(?<=a)b", "ab", True), (r"(?<!a)b", "ab", False)],
)
def test_it_knows_references_and_looks_behind(pattern: str, text: str, expected: bool) -> None:
    """Nothing that people may write is lost for the limit."""
    assert PatientRegex()(pattern, 0, text) is expected


def test_it_gives_up_with_the_name_of_the_pattern() -> None:
    """And other threads run meanwhile."""
    ran = threading.Event()
    threading.Timer(0.01, ran.set).start()
    with pytest.raises(PatternError, match=re.escape(f"`{SLOW}` takes too long")):
        PatientRegex()(SLOW, 0, "a" * 20_000)
    assert ran.is_set()


def test_many_slow_texts_are_too_long_together() -> None:
    """Each within its limit, but not all of them."""
    seconds = itertools.count()
    patient = PatientRegex(clock=lambda: next(seconds))  # by which each text takes a second
    assert not patient("a", 0, "b")
    assert not patient("a", 0, "b")
    with pytest.raises(PatternError, match="takes too long"):
        patient("a", 0, "b")


@pytest.mark.parametrize("command", ["ls", "prune --dry-run"])
def test_commands_name_the_pattern(shop: TraceFile, run: Run, command: str) -> None:
    """One line and the exit code of a failure."""
    with flush(shop):
        shop.trace("long").span("a" * 20_000)
    for more in ("", " | by(kind)")[: 2 if command == "ls" else 1]:
        code, out, err = run(*command.split(), "--db", str(shop.path), "-f", f"name =~ '{SLOW}'{more}")
        assert (code, out) == (1, "")
        assert err.startswith(f"tracetui: the regular expression `{SLOW}` takes too long")


async def test_explorer_says_so_and_goes_on(shop: TraceFile) -> None:
    """The hint names the pattern; traces that come are still listed when the filter is gone."""
    with flush(shop):
        shop.trace("long").span("a" * 20_000)
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app, 11)
        await pilot.press("slash")
        screen.filter_bar.set_text(f"name =~ '{SLOW}'")
        await wait_for(pilot, lambda: "takes too long" in str(screen.query_one(FilterHint)._parts), "the hint")
        assert not screen.session.searching
        with flush(shop):
            shop.trace("one more").span("b" * 20_000)
        screen.filter_bar.set_text("")
        await wait_for(pilot, lambda: len(screen.listing) == 12, "all traces")
