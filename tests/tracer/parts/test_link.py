"""Links from one span to another span that is not its parent."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.recorded import Recorded
from tracetui import tracer
from tracetui.tracer.entities import Link, Span, Trace
from tracetui.tracer.parts.link import link_ids
from tracetui.tracer.settings.settings import config

TRACE, SPAN = "0123456789abcdef" * 2, "fedcba9876543210"


def stored(recorded: Recorded, name: str) -> Trace:
    """Return the trace of the span with this name."""
    found = tracer.get_trace(recorded.span(name)["trace_id"], flush=True)
    assert found is not None
    return found


def links_of(recorded: Recorded, name: str) -> list[Link]:
    """Return the links of the span with this name."""
    (span,) = stored(recorded, name).search_spans(name=name)
    return span.links


hex_ids = st.integers(1, (1 << 64) - 1)


@given(hex_ids, hex_ids, st.sampled_from(["{}", "tr-{}", "trace:/catalog.schema/{}", " {} "]), st.booleans())
def test_ids_of_links_have_one_form(trace: int, span: int, form: str, is_upper: bool) -> None:
    """A trace id in any of MLflow's forms is stored as plain hex digits."""
    digits = f"{trace:032x}"
    given_form = form.format(digits.upper() if is_upper else digits)
    assert link_ids(Link(given_form, f"{span:016x}")) == {"trace_id": digits, "span_id": f"{span:016x}"}


@given(st.text(), st.text())
def test_invalid_ids_of_links_raise_value_errors(trace_id: str, span_id: str) -> None:
    """Any text is either an id or raises ValueError."""
    try:
        ids = link_ids(Link(trace_id, span_id))
    except ValueError:
        return
    assert (len(ids["trace_id"]), len(ids["span_id"])) == (32, 16)
    assert int(ids["trace_id"], 16)
    assert int(ids["span_id"], 16)


@given(st.text(), st.text(), st.none() | st.dictionaries(st.text(), st.integers() | st.text() | st.booleans()))
def test_links_survive_their_dict(trace_id: str, span_id: str, attributes: dict[str, Any] | None) -> None:
    """As in MLflow."""
    link = Link(trace_id, span_id, attributes)
    assert Link.from_dict(link.to_dict()) == link
    assert link.to_dict() == {"trace_id": trace_id, "span_id": span_id, "attributes": attributes}


def test_every_way_to_begin_a_span_accepts_links(recorded: Recorded) -> None:
    """The decorator on any kind of function, the fluent functions, and the client."""
    link = Link(TRACE, SPAN, {"why": "retry", "attempt": 2})

    @tracer.trace(links=[link])
    def plain() -> None: ...

    @tracer.trace(links=[link])
    async def coroutine() -> None: ...

    class Service:
        @tracer.trace(links=[link])
        @staticmethod
        def static() -> None: ...

    plain()
    asyncio.run(coroutine())
    Service.static()
    with tracer.start_span("fluent", links=[link]):
        pass
    tracer.start_span_no_context("alone", links=[link]).end()
    client = tracer.Client()
    root = client.start_trace("client root", links=[link])
    child = client.start_span("client child", root.trace_id, root.span_id, links=[link])
    client.end_span(root.trace_id, child.span_id)
    client.end_trace(root.trace_id)
    for name in ("plain", "coroutine", "static", "fluent", "alone", "client root", "client child"):
        assert links_of(recorded, name) == [link], name


def test_links_added_to_a_running_span_reach_the_file_while_it_runs(recorded: Recorded) -> None:
    """One link at the start, and one when the span is in the file already."""
    with tracer.start_span("s", links=[Link(f"tr-{TRACE}", SPAN)]) as span:
        assert recorded.rows("SELECT count(*) AS n FROM links") == [{"n": 1}]
        span.add_link(Link(TRACE, "1", {"late": True}))
        assert span.links == [Link(TRACE, SPAN), Link(TRACE, "0000000000000001", {"late": True})]
        assert isinstance(span, tracer.Span)
        assert span.to_dict()["links"][1]["attributes"] == {"late": True}
    assert links_of(recorded, "s") == span.links
    span.add_link(Link(TRACE, SPAN))
    assert len(span.links) == 2, "it has ended"


@pytest.mark.parametrize("link", [Link("", SPAN), Link(TRACE, "0" * 16), Link("nobody", "x"), None, "text", {}])
def test_links_without_valid_ids_are_ignored_with_one_warning(
    recorded: Recorded, link: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """The traced program continues."""
    with tracer.start_span("s", links=[link, link]) as span:
        assert span.links == []
    assert caplog.text.count("has no valid ids") == 1
    assert recorded.rows("SELECT * FROM links") == []


def test_spans_that_are_not_recorded_accept_links_and_keep_none(recorded: Recorded) -> None:
    """Like all their setters."""
    tracer.disable()
    with tracer.start_span("s", links=[Link(TRACE, SPAN)]) as span:
        span.add_link(Link(TRACE, SPAN))
        assert span.links == []


def test_secrets_in_links_do_not_reach_the_file(recorded: Recorded) -> None:
    """Attributes of a link are redacted like attributes of a span."""
    secret = "sk-proj-" + "a1B2" * 10
    with tracer.start_span("s", links=[Link(TRACE, SPAN, {"api_key": "hunter2", "note": f"with {secret}", "n": 1})]):
        pass
    assert links_of(recorded, "s") == [Link(TRACE, SPAN, {"api_key": "[redacted]", "note": "with [redacted]", "n": 1})]
    tracer.flush()
    with closing(sqlite3.connect(recorded.path)) as connection:
        dump = "\n".join(connection.iterdump())
    assert not [word for word in (secret, "hunter2") if word in dump]


def test_processors_may_change_links_and_withhold_them_by_failing(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a processor fails, links keep their ids and lose their attributes."""

    def change(span: Any) -> None:
        if span.name == "fails":
            raise RuntimeError
        span.add_link(Link(TRACE, "2"))

    monkeypatch.setattr(config, "span_processors", (change,))
    for name in ("s", "fails"):
        with tracer.start_span(name, links=[Link(TRACE, SPAN, {"private": "words"})]) as span:
            pass
        assert len(span.links) == 1, "the host's own span is left alone"
    assert links_of(recorded, "s") == [Link(TRACE, SPAN, {"private": "words"}), Link(TRACE, "0" * 15 + "2")]
    assert links_of(recorded, "fails") == [Link(TRACE, SPAN)]


def test_links_beyond_the_limit_are_cut_with_a_note(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first links are unchanged, and an attribute has the original size of all links."""
    monkeypatch.setattr(config, "max_value_bytes", 1_000)
    with tracer.start_span("s", links=[Link(TRACE, f"{n + 1:016x}") for n in range(100)]):
        pass
    assert links_of(recorded, "s") == [Link(TRACE, f"{n + 1:016x}") for n in range(8)]
    (row,) = recorded.rows("SELECT links FROM payload")
    assert json.loads(row["links"])[-1] == "[92 of 100 links cut]"
    assert recorded.span("s")["attributes"]["tracetui.cut.links"] > 9_000


def test_links_survive_mlflows_json_and_the_way_into_another_trace(recorded: Recorded) -> None:
    """A link within the trace gets the new ids of its spans. Other links are unchanged."""
    with tracer.start_span("outer") as outer, tracer.start_span("inner") as inner:
        inner.add_link(Link(outer.trace_id, outer.span_id, {"kind": "within"}))
        inner.add_link(Link(TRACE, SPAN))
    document = stored(recorded, "outer").to_dict()
    (written,) = [span["links"] for span in document["data"]["spans"] if span["name"] == "inner"]
    assert written[0] == {
        "trace_id": f"tr-{outer.trace_id}",
        "span_id": outer.span_id,
        "attributes": {"kind": "within"},
    }
    assert Trace.from_dict(document).search_spans(name="inner")[0].links == inner.links
    tracer.add_trace(document)
    trace_id = tracer.get_last_active_trace_id()
    assert trace_id is not None
    copy = tracer.get_trace(trace_id, flush=True)
    assert copy is not None
    spans: dict[str, Span] = {span.name: span for span in copy.data.spans}
    assert spans["inner"].links == [
        Link(trace_id, spans["outer"].span_id, {"kind": "within"}),
        Link(TRACE, SPAN),
    ]


def test_a_link_without_valid_ids_in_mlflows_json_is_refused() -> None:
    """The error is that of any other invalid part of a document."""
    document = {"name": "s", "trace_id": TRACE, "span_id": SPAN, "start_time_unix_nano": 1, "links": [{"span_id": "x"}]}
    with pytest.raises(ValueError, match="not a span in MLflow's JSON form"):
        Span.from_dict(document)
