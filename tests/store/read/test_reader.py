"""The reader gives what is in the file, exactly, and says clearly what it cannot read."""

from __future__ import annotations

import json
import math
import os
import sqlite3
import threading
from array import array
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.builders import EPOCH_NS, TraceFile, at_ms, overwrite_text
from tests.support.counted_work import sqlite_steps_in
from tracetui.store.file import schema
from tracetui.store.file.schema import NotATraceFileError, open_for_writing
from tracetui.store.model.rows import SpanRow, TraceRow
from tracetui.store.read.reader import Reader
from tracetui.store.read.trace_lookup import AmbiguousIdError, TraceNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def reader(file: TraceFile) -> Iterator[Reader]:
    """A reader of the file under construction."""
    with Reader(file.path) as opened:
        yield opened


def test_reader_returns_a_trace_as_written(file: TraceFile, reader: Reader) -> None:
    """A trace with a failed root has the right value in every column."""
    trace = file.trace("checkout", kind="CHAIN", session_id="s-1", user_id="ada", input_tokens=12, cost_usd=0.5)
    root = trace.span("checkout", end_ms=25, status="ERROR", status_message="ValueError: bad")
    (row,) = reader.traces([trace.id])
    assert row == TraceRow(
        id=trace.id,
        trace_id=trace.trace_id,
        process=trace.process,
        root=root.id,
        name="checkout",
        kind="CHAIN",
        start_ns=EPOCH_NS,
        end_ns=at_ms(25),
        status="ERROR",
        status_message=None,
        span_count=1,
        open_count=0,
        open_processes=None,
        error_count=1,
        session_id="s-1",
        user_id="ada",
        model=None,
        input_tokens=12,
        output_tokens=None,
        cost_usd=0.5,
        calls_without_price=None,
        ttft_ms=None,
        request_preview=None,
        response_preview=None,
        rev=row.rev,
    )
    (span,) = reader.spans(trace.id)
    assert isinstance(span, SpanRow)
    assert (span.id, span.span_id, span.name, span.status_message) == (*root, "checkout", "ValueError: bad")


def test_reader_of_an_empty_file_has_nothing_to_say(tmp_path: Path) -> None:
    """A file without tables is one that a server is about to fill: every answer is empty, and none is an error."""
    path = tmp_path / "new.db"
    path.touch()
    with Reader(path) as reader:
        assert not reader.ready
        assert reader.rev() == reader.trace_count() == 0
        assert reader.trace_bounds() is None
        assert reader.trace_ids() == array("q")
        for rows in (reader.traces([1]), reader.traces_between(0, 9), reader.spans(1), reader.changed_traces(0)):
            assert rows == []
        assert (reader.processes(), reader.attribute_keys()) == ({}, {})
        assert reader.detail(1) is None
        assert list(reader.details(1)) == []


def test_reader_becomes_ready_when_a_server_fills_the_file(tmp_path: Path) -> None:
    """The same reader sees the tables that came after it."""
    path = tmp_path / "new.db"
    path.touch()
    with Reader(path) as reader:
        TraceFile(path).traces(2)
        assert reader.trace_count() == 2
        assert reader.ready


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(b"these are my notes, " * 60, "not an SQLite database"), (None, "not a file")],
    ids=["text", "folder"],
)
def test_reader_raises_for_a_file_that_is_not_a_trace_file(
    tmp_path: Path, content: bytes | None, complaint: str
) -> None:
    """A foreign file is named in the complaint."""
    path = tmp_path / "notes"
    path.mkdir() if content is None else path.write_bytes(content)
    with pytest.raises(NotATraceFileError, match=complaint):
        Reader(path)


def test_reader_refuses_the_database_of_another_program(tmp_path: Path) -> None:
    """A browser's history is SQLite too."""
    path = tmp_path / "history.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE visits (url)")
    connection.close()
    with pytest.raises(NotATraceFileError, match="another program"):
        Reader(path)


def test_reader_raises_for_a_missing_file(tmp_path: Path) -> None:
    """And does not make one."""
    with pytest.raises(FileNotFoundError, match=r"gone\.db"):
        Reader(tmp_path / "gone.db")
    assert not (tmp_path / "gone.db").exists()


def test_reader_opens_a_file_in_a_folder_that_cannot_be_written(
    file: TraceFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite would make a log and an index beside it, and fail; with those of a writer it reads as ever."""
    file.traces(3)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert not schema.is_frozen(file.path)
    file.close()
    assert schema.is_frozen(file.path)
    with Reader(file.path) as reader:
        assert reader.trace_count() == 3
        assert [one.name for one in file.path.parent.iterdir()] == [file.path.name]


def test_reader_opens_a_path_with_signs_that_mean_something_in_a_uri(tmp_path: Path) -> None:
    """`?`, `#` and `%` are letters of a file name like any other."""
    path = tmp_path / "a?mode=rwc#b%20c.db"
    TraceFile(path).traces(1)
    with Reader(path) as reader:
        assert reader.trace_count() == 1


def test_traces_come_in_the_order_asked_for(file: TraceFile, reader: Reader) -> None:
    """A sorted list asks for its page in its own order, and a trace that is gone leaves no hole."""
    first, second, third = file.traces(3)
    assert [row.id for row in reader.traces([third, 999, first, second])] == [third, first, second]
    assert [row.id for row in reader.traces_between(second, 999)] == [second, third]


@pytest.mark.parametrize("deleted", [[], [2], [1, 4]], ids=["no gap", "a gap", "the ends"])
def test_trace_ids_are_those_in_the_file(file: TraceFile, reader: Reader, deleted: list[int]) -> None:
    """With and without gaps left by a retention."""
    file.traces(4)
    file.connection.executemany("DELETE FROM trace WHERE id = ?", [(id,) for id in deleted])
    expected = [id for id in (1, 2, 3, 4) if id not in deleted]
    assert list(reader.trace_ids()) == expected
    assert reader.trace_bounds() == (expected[0], expected[-1])
    assert reader.trace_count() == len(expected)
    assert reader.newest_traces(2) == expected[-2:]
    assert reader.newest_traces(99) == expected


def test_changed_traces_are_those_written_since(file: TraceFile, reader: Reader) -> None:
    """A trace that is new and a trace that went on both count, in order of their ids."""
    first, _, third = (file.trace(name) for name in ("first", "second", "third"))
    seen = reader.rev()
    assert reader.changed_traces(seen) == []
    third.span("late")
    first.span("later")
    fourth = file.trace("fourth")
    assert reader.changed_traces(seen) == [first.id, third.id, fourth.id]
    assert reader.changed_traces(0) == [1, 2, 3, 4]


def test_changed_traces_are_found_by_the_index(file: TraceFile, reader: Reader) -> None:
    """At a million traces a walk over all of them, fifteen times a second, would be the whole machine."""
    statements: list[str] = []
    reader.connection.set_trace_callback(statements.append)
    reader.changed_traces(3)
    (plan,) = reader.connection.execute("EXPLAIN QUERY PLAN " + statements[-1]).fetchall()[:1]
    assert "SEARCH trace USING" in plan[3]
    assert "trace_rev" in plan[3]


def test_spans_since_a_revision_are_the_new_and_the_ended_ones(file: TraceFile, reader: Reader) -> None:
    """What a live tree asks for."""
    trace = file.trace()
    root = trace.span("root", end_ms=None)
    trace.span("done", parent=root)
    seen = reader.rev()
    child = trace.span("new", parent=root)
    trace.end(root)
    assert [span.name for span in reader.spans(trace.id)] == ["root", "done", "new"]
    changed = reader.spans(trace.id, seen)
    assert [span.id for span in changed] == [root.id, child.id]
    assert changed[0].status == "OK"


def test_data_version_moves_with_commits_of_others_only(file: TraceFile, reader: Reader) -> None:
    """It is the cheap question before all others."""
    before = reader.data_version()
    assert reader.data_version() == before
    file.trace()
    assert reader.data_version() != before


EXACT_VALUES: dict[str, Any] = {
    "z.first": "text",
    "llm.ttft_ms": 412.5,
    "count": 3,
    "yes": True,
    "no": False,
    "list": [1, "two", None, {"three": [3.5]}],
    "big": 123456789012345678901234567890,
    "huge list": [10**40, -(10**40)],
    "bits": 2**64 - 1,
    "infinite": math.inf,
    "surrogate": ["\ud83d alone"],
    "text with digits": {"id": "1234567890123456789012345"},
    "empty": "",
    "a.last": {},
}


def test_attributes_come_back_exact_and_in_the_order_they_were_set(file: TraceFile, reader: Reader) -> None:
    """Integers keep all their digits, booleans stay booleans, and the first set is the first shown."""
    trace = file.trace()
    span = trace.span(attributes=EXACT_VALUES)
    detail = reader.detail(span.id)
    assert detail is not None
    assert list(detail.attributes.items()) == list(EXACT_VALUES.items())
    assert [type(value) for value in detail.attributes.values()] == [type(value) for value in EXACT_VALUES.values()]


def test_reader_returns_non_finite_attributes(file: TraceFile, reader: Reader) -> None:
    """NaN is not equal to itself, so the test checks it separately."""
    span = file.trace().span(attributes={"score": math.nan})
    detail = reader.detail(span.id)
    assert detail is not None
    assert math.isnan(detail.attributes["score"])


@pytest.mark.parametrize("text", ["{broken", "[" * 100_000], ids=["cut off", "bottomless"])
def test_attribute_that_is_broken_json_is_shown_as_its_text(file: TraceFile, reader: Reader, text: str) -> None:
    """Nothing that is stored is hidden, and nothing breaks the reader."""
    span = file.trace().span(attributes={"args": {}})
    file.connection.execute("UPDATE attr SET value = ?", (text,))
    detail = reader.detail(span.id)
    assert detail is not None
    assert detail.attributes == {"args": text}


def test_detail_returns_the_stored_payload(file: TraceFile, reader: Reader) -> None:
    """A prompt of megabytes is not decoded."""
    events = [{"name": "exception", "time_ns": 5, "attributes": {"exception.type": "ValueError"}}]
    span = file.trace().span(inputs={"q": "hi"}, outputs=[1, 2], events=events, thread=77)
    detail = reader.detail(span.id)
    assert detail is not None
    assert (detail.inputs, detail.outputs, detail.thread) == ('{"q": "hi"}', "[1, 2]", 77)
    assert detail.events is not None
    assert json.loads(detail.events) == events
    assert reader.detail(12345) is None


def test_details_of_a_trace_are_those_of_its_spans(file: TraceFile, reader: Reader) -> None:
    """Over many batches, in order of arrival, without the spans of a neighbour that came between."""
    trace, neighbour = file.trace("mine"), file.trace("other")
    file.connection.execute("BEGIN")
    mine = []
    for number in range(600):
        mine.append(trace.span(attributes={"number": number, "even": number % 2 == 0}, inputs=number).id)
        neighbour.span(attributes={"number": -1})
    file.connection.execute("COMMIT")
    details = list(reader.details(trace.id))
    assert [id for id, _ in details] == mine
    assert [detail.attributes for _, detail in details] == [{"number": n, "even": n % 2 == 0} for n in range(600)]
    assert details[0][1] == reader.detail(mine[0])


def test_details_hold_no_checkpoint_back_between_batches(file: TraceFile, reader: Reader) -> None:
    """An export piped into a pager that waits for a key must not let the log grow for ever."""
    trace = file.trace()
    for _ in range(3):
        trace.span()
    details = reader.details(trace.id)
    next(details)
    file.trace()
    assert file.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0


def test_find_trace_accepts_any_unambiguous_prefix(file: TraceFile, reader: Reader) -> None:
    """Whole ids, first digits, capitals, MLflow's `tr-` and the dashes of a UUID."""
    one = file.trace(trace_id=bytes.fromhex("0af7651916cd43dd8448eb211c80319c"))
    file.trace(trace_id=bytes.fromhex("0bf7651916cd43dd8448eb211c80319c"))
    file.trace(trace_id=b"\xff" * 16)
    spellings = ["0af7651916cd43dd8448eb211c80319c", "0a", "0AF", "tr-0af7", "0af76519-16cd-43dd-8448-eb211c80319c"]
    assert {reader.find_trace(spelling) for spelling in spellings} == {one.id}
    assert reader.find_trace("f") == 3


def test_find_trace_lists_the_candidates_of_a_short_prefix(file: TraceFile, reader: Reader) -> None:
    """With names, newest first, and no more than fit a screen."""
    traces = [file.trace(f"chat {number}") for number in range(10)]
    with pytest.raises(AmbiguousIdError, match="give more digits") as caught:
        reader.find_trace("a")
    assert caught.value.candidates[0] == (traces[-1].hex_id, "chat 9")
    assert len(caught.value.candidates) == 8
    assert str(caught.value).endswith("...")


@pytest.mark.parametrize("prefix", ["", "tr-", "xyz", "0" * 33, "12 34", "beef"])
def test_find_trace_raises_for_an_unknown_id(file: TraceFile, reader: Reader, prefix: str) -> None:
    """Whether the prefix makes no sense or just names nothing."""
    file.trace()
    with pytest.raises(TraceNotFoundError):
        reader.find_trace(prefix)


def test_labels_are_tags_metadata_and_request_id(file: TraceFile, reader: Reader) -> None:
    """Tags and metadata as dictionaries, empty where there are none."""
    labelled = file.trace(tags='{"env": "prod"}', metadata='{"git_sha": "abc"}', client_request_id="r-9")
    plain = file.trace()
    assert reader.labels(labelled.id) == ("r-9", {"env": "prod"}, {"git_sha": "abc"})
    assert reader.labels(plain.id) == (None, {}, {})
    assert reader.labels(99) is None


def test_attribute_keys_tell_how_many_spans_have_them(file: TraceFile, reader: Reader) -> None:
    """They feed completion in the filter bar."""
    trace = file.trace()
    trace.span(attributes={"llm.ttft_ms": 1, "user.id": "ada"})
    trace.span(attributes={"llm.ttft_ms": 2})
    assert reader.attribute_keys() == {"llm.ttft_ms": 2, "user.id": 1}
    assert set(reader.attribute_key_ids()) == {"llm.ttft_ms", "user.id"}


def test_gone_processes_are_those_that_can_end_no_span(file: TraceFile, reader: Reader) -> None:
    """This process exists; a process that ended, one that died, and one without heartbeat on another host are gone."""
    now_ns = at_ms(60_000)
    living = file.process()
    ended = file.process(ended_ns=at_ms(5))
    died = file.process(pid=2**22 + 1)
    speaking = file.process(host="elsewhere", heartbeat_ns=now_ns - 9_000_000_000)
    silent = file.process(host="elsewhere", heartbeat_ns=now_ns - 11_000_000_000)
    assert set(reader.processes()) == {living, ended, died, speaking, silent}
    assert reader.gone_processes(now_ns) == {ended, died, silent}


def test_reader_shows_text_in_a_foreign_encoding(file: TraceFile, reader: Reader) -> None:
    """One careless import must not hide the whole list."""
    trace = file.trace()
    overwrite_text(file.connection, "trace", "name", trace.id, b"caf\xe9")
    assert [row.name for row in reader.traces_between(1, 9)] == ["caf�"]


def test_reader_returns_text_with_lone_surrogates_exactly(file: TraceFile, reader: Reader) -> None:
    """SQLite cannot store such text, so the writer stores its bytes."""
    name = "half an emoji \ud83d"
    stored = name.encode("utf-8", "surrogatepass")
    trace = file.trace(stored, user_id=stored)  # type: ignore[arg-type]
    span = trace.span(stored, status_message=stored, attributes={"key": 1})  # type: ignore[arg-type]
    file.connection.execute("UPDATE attr_key SET name = ?", (stored,))
    (row,) = reader.traces([trace.id])
    assert (row.name, row.user_id, row.trace_id) == (name, name, trace.trace_id)
    assert [(shown.name, shown.status_message) for shown in reader.spans(trace.id)] == [(name, name)]
    detail = reader.detail(span.id)
    assert detail is not None
    assert detail.attributes == {name: 1}
    assert reader.attribute_keys() == {name: 1}


def test_reader_cannot_write(file: TraceFile, reader: Reader) -> None:
    """Whatever SQL reaches it."""
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.connection.execute("DELETE FROM trace")


def test_interrupt_ends_a_query_of_another_thread(file: TraceFile, reader: Reader) -> None:
    """A filter that is typed on ends the search before it."""
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    raised = threading.Event()

    def run() -> None:
        with pytest.raises(sqlite3.OperationalError, match="interrupted"):
            reader.connection.execute(endless).fetchone()
        raised.set()

    thread = threading.Thread(target=run)
    thread.start()
    while not raised.is_set():
        reader.interrupt()
        raised.wait(0.01)
    thread.join()


def test_interrupt_of_a_closed_reader_does_nothing(file: TraceFile) -> None:
    """The explorer may be closing while a key arrives."""
    reader = Reader(file.path)
    reader.close()
    reader.interrupt()  # must not raise


def test_reading_a_page_costs_the_same_in_a_large_file(file: TraceFile, reader: Reader) -> None:
    """The list reads pages while it draws; each takes about a millisecond."""

    def steps(page: list[int]) -> int:
        return sqlite_steps_in(reader.connection, lambda: reader.traces(page))

    few = file.traces(200)
    of_few = steps(few[10:138])
    many = few + file.traces(2000)
    of_many = steps(many[1000:1128])
    assert 0 < of_many < 1.1 * of_few < 300 * 128


def test_reader_of_a_newer_layout_asks_for_an_upgrade(tmp_path: Path) -> None:
    """The way out is in the message."""
    path = tmp_path / "future.db"
    connection = open_for_writing(path)
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(NotATraceFileError, match="upgrade"):
        Reader(path)
