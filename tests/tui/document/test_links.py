"""Links in the details: what they say, and where Enter leads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import BuiltSpan, TraceFile
from tests.support.pilot import WIDE, ready, shown, wait_for
from tests.tui.conftest import explorer
from tests.tui.document.test_trace import texts
from tracetui.store.model.rows import SpanDetail
from tracetui.store.text.safe_text import find_unsafe
from tracetui.tui.document.document import Document
from tracetui.tui.document.links import link_lines

json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def lines_of(links: Any) -> Document:
    """The lines of a span with these links stored."""
    document = Document()
    link_lines(document, SpanDetail(None, None, None, {}, None, links if links is None else json.dumps(links)))
    return document


def link_to(span: BuiltSpan, trace_id: str, **attributes: Any) -> dict[str, Any]:
    """A link as it is stored."""
    return {"trace_id": trace_id, "span_id": f"{span.span_id:016x}", "attributes": attributes}


def test_links_tell_where_they_lead_and_why() -> None:
    """Ids in hex, and the attributes below."""
    document = lines_of([{"trace_id": "ab" * 16, "span_id": "cd" * 8, "attributes": {"why": "retry"}}, "[1 cut]"])
    assert texts(document) == ["Links  2", f"→ {'ab' * 16} · {'cd' * 8}", "why: retry", "[1 cut]"]
    assert document.values[0].leads_to == ("ab" * 16, "cd" * 8)


def test_a_span_without_links_has_no_part_for_them() -> None:
    """Most have none."""
    assert lines_of(None).lines == lines_of([]).lines == []


@given(json_values)
def test_links_of_any_form_are_shown_as_safe_text(links: Any) -> None:
    """Whoever wrote the file."""
    assert not [line for line in texts(lines_of(links)) if find_unsafe(line)]


async def test_enter_on_a_link_leads_to_its_span(tmp_path: Path) -> None:
    """Of another trace, or of the same one; where the trace is not there, that is said."""
    path = tmp_path / "traces.db"
    file = TraceFile(path)
    older = file.trace("older")
    root = older.span("first try")
    target = older.span("the target", parent=root)
    newer = file.trace("newer", start_ms=1_000)
    links = [
        link_to(target, older.hex_id, why="retry"),
        link_to(target, "0" * 31 + "1"),
        link_to(BuiltSpan(0, target.span_id + 2), newer.hex_id),
    ]
    top = newer.span("second try", links=links)
    newer.span("own child", parent=top)
    file.close()
    app = explorer(path)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        screen = await ready(pilot, app, traces=2)
        await wait_for(pilot, lambda: "why: retry" in shown(screen), "the link")
        pane = screen.detail_pane

        async def follow(number: int) -> None:
            screen.go_to("details")
            rows = [row for row, line in enumerate(pane.rows) if line.lead == "→ "]
            pane.move_cursor(rows[number])
            await pilot.press("enter")
            await pilot.pause()

        def at() -> tuple[str, str]:
            open_trace = screen.session.open_trace
            assert open_trace is not None
            assert open_trace.span is not None
            return open_trace.trace.name, open_trace.span.name

        await follow(1)
        await wait_for(pilot, lambda: "not in this file" in shown(screen), "the notice")
        assert at() == ("newer", "second try")
        await follow(2)
        await wait_for(pilot, lambda: at() == ("newer", "own child"), "the span in the same trace")
        await pilot.press("up")
        await wait_for(pilot, lambda: "why: retry" in shown(screen), "the link again")
        await follow(0)
        await wait_for(pilot, lambda: at() == ("older", "the target"), "the linked span")
        assert screen.pane_focus.at == "tree"
        assert screen.listing.selected == older.id
        assert screen.trace_list.cursor == 1
