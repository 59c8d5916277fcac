"""Traces taken out of a file: by deletion, by the limit of its size, by `tracetui prune`."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import EPOCH_NS, TraceFile
from tracetui.store.model.rows import AttachmentRecord
from tracetui.store.text.byte_size import parse_byte_size
from tracetui.store.write import attachments, deletion
from tracetui.store.write import prune as pruning
from tracetui.store.write.deletion import delete_traces, in_batches, used_bytes
from tracetui.store.write.prune import Pruned, compact, prune
from tracetui.store.write.retention import DeleteOldest

_TABLES = ("trace", "span", "payload", "attr", "assessment", "attachment_use")


def _fill(file: TraceFile, spans_of_traces: list[list[list[str]]]) -> list[int]:
    """A trace for each entry, with a span for each list of attribute names."""
    traces = []
    for number, spans in enumerate(spans_of_traces):
        trace = file.trace(f"trace {number}")
        for names in spans:
            trace.span(inputs={"n": number}, attributes=dict.fromkeys(names, number))
        content = bytes([number % 2])
        attachments.insert(
            file.connection, [(trace.id, AttachmentRecord(sha256(content).digest(), "image/png", content))]
        )
        traces.append(trace.id)
    return traces


def _rows(file: TraceFile, without: Collection[int]) -> dict[str, list[tuple[Any, ...]]]:
    """All that the file holds beside some traces."""
    execute = file.connection.execute
    spans = {id for id, trace in execute("SELECT id, trace FROM span") if trace in without}
    places = {"trace": 0, "span": 1, "assessment": 2, "attachment_use": 0}
    found = {}
    for table in _TABLES:
        rows = execute(f"SELECT * FROM {table}").fetchall()
        if table in places:
            found[table] = [row for row in rows if row[places[table]] not in without]
        else:
            place = 1 if table == "attr" else 0
            found[table] = [row for row in rows if row[place] not in spans]
    return found


@given(
    st.lists(st.lists(st.lists(st.sampled_from("abc"), unique=True), max_size=3), max_size=6),
    st.sets(st.integers(1, 6)),
)
def test_what_is_removed_leaves_nothing_behind_and_the_rest_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, spans_of_traces: list[list[list[str]]], removed: set[int]
) -> None:
    """Spans, payloads, attributes and attachments; the counts of attribute names are correct for the rest."""
    file = TraceFile(tmp_path_factory.mktemp("removal") / "traces.db")
    _fill(file, spans_of_traces)
    left = _rows(file, removed)
    delete_traces(file.connection, removed)
    assert _rows(file, ()) == left
    counted = dict(
        file.connection.execute("SELECT k.id, count(*) FROM attr a JOIN attr_key k ON k.id = a.key GROUP BY 1")
    )
    known = dict(file.connection.execute("SELECT id, span_count FROM attr_key"))
    assert {key: count for key, count in known.items() if count} == counted
    used = {attachment for _, attachment in left["attachment_use"]}
    assert {id for (id,) in file.connection.execute("SELECT id FROM attachment")} == used
    file.close()


@given(st.lists(st.integers(0, 900)), st.integers(1, 1_000))
def test_no_transaction_removes_more_spans_than_one_may(span_counts: list[int], most: int) -> None:
    """Except for one larger trace; all traces are in a batch, in their order."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr("tracetui.store.write.deletion.SPANS_AT_ONCE", most)
        together = list(in_batches(enumerate(span_counts)))
    assert [trace for some in together for trace in some] == list(range(len(span_counts)))
    for some in together:
        assert len(some) == 1 or sum(span_counts[trace] for trace in some) <= most


def test_room_is_made_by_removing_the_oldest(file: TraceFile) -> None:
    """No more than are in the way, however much each of them holds; at most what one transaction may."""
    _fill(file, [[["a"]] * 1_000 for _ in range(6)])
    full = used_bytes(file.connection)
    assert DeleteOldest(full, EPOCH_NS).apply(file.connection, 1) == 0
    edit = DeleteOldest(full - 1, EPOCH_NS)
    assert edit.apply(file.connection, 1) == 1
    assert len(edit.removed_keys) == 1
    assert file.connection.execute("SELECT min(name) FROM trace").fetchall() == [("trace 1",)]
    assert DeleteOldest(0, EPOCH_NS).apply(file.connection, 1) == 2, "as many as one transaction may"
    assert file.connection.execute("SELECT min(name) FROM trace").fetchall() == [("trace 3",)]
    assert used_bytes(file.connection) < full * 0.65


@pytest.mark.parametrize(
    ("columns", "goes"),
    [
        ({"heartbeat_ns": EPOCH_NS}, False),
        ({"heartbeat_ns": EPOCH_NS - 2 * 86_400 * 10**9}, True),
        ({"ended_ns": 1}, True),
    ],
    ids=["alive", "silent for days", "ended"],
)
def test_room_is_not_made_of_what_is_being_written(file: TraceFile, columns: dict[str, int], goes: bool) -> None:
    """Spans that are open for ever, because their process is gone, keep no trace from going."""
    process = file.process(**columns)
    trace = file.trace(process=process)
    trace.span(end_ms=None)
    assert DeleteOldest(0, EPOCH_NS).apply(file.connection, 1) == goes


def test_pruning_goes_on_until_the_file_is_small_enough(file: TraceFile) -> None:
    """From the oldest deletable trace on; a later call completes the deletion."""
    traces = _fill(file, [[["a", "b"]] * 1_500 for _ in range(5)])
    seen: list[Pruned] = []
    (rev,) = file.connection.execute("SELECT rev FROM sequence").fetchone()
    down_to = int(used_bytes(file.connection) * 0.7)
    pruned = prune(file.path, [traces[4], *traces[:3]], (), down_to_bytes=down_to, on_progress=seen.append)
    assert pruned == seen[-1] == Pruned(2, 3_000)
    assert file.connection.execute("SELECT rev FROM sequence").fetchone()[0] == rev + 2, "explorers look when it moves"
    assert [id for (id,) in file.connection.execute("SELECT id FROM trace")] == traces[2:]
    assert used_bytes(file.connection) <= down_to
    assert prune(file.path, traces, (), down_to_bytes=0) == Pruned(3, 4_500)


def test_a_trace_that_goes_on_meanwhile_stays(file: TraceFile) -> None:
    """The trace had no open spans when it was chosen, and has one when it is to be deleted."""
    first, second = file.trace(), file.trace()
    for trace in (first, second):
        for _ in range(2_000):
            trace.span()

    def go_on(_: Pruned) -> None:
        second.span(end_ms=None)

    assert prune(file.path, [first.id, second.id], (), on_progress=go_on).traces == 1
    assert file.connection.execute("SELECT id FROM trace").fetchall() == [(second.id,)]


def test_free_space_is_given_back_where_it_is_much(file: TraceFile) -> None:
    """The file is written anew, and is the same file to those who have it open."""
    traces = _fill(file, [[["a"]] * 500 for _ in range(8)])
    file.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    full = file.path.stat().st_size
    assert not compact(file.path)
    prune(file.path, traces[:7], ())
    assert compact(file.path)
    assert file.path.stat().st_size < full / 2.8
    file.trace("after").span()
    assert file.connection.execute("SELECT count(*) FROM trace").fetchone() == (2,)
    assert file.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_file_that_is_held_is_not_compacted(file: TraceFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """The call raises instead of waiting forever, and nothing is lost."""
    traces = _fill(file, [[["a"]] * 500 for _ in range(4)])
    prune(file.path, traces[:3], ())
    monkeypatch.setattr("tracetui.store.file.schema.BUSY_TIMEOUT_S", 0.05)
    file.connection.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        compact(file.path)
    file.connection.execute("ROLLBACK")
    assert compact(file.path)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1500", 1_500),
        ("500MB", 500_000_000),
        ("1.5 GB", 1_500_000_000),
        (" 2GiB ", 2 << 30),
        ("750k", 750_000),
        ("1T", 10**12),
        ("12 b", 12),
        *((word, None) for word in ("", "MB", "-1", "1 XB", "1e3", "two GB", "1.5.5GB", "1 2MB")),
    ],
)
def test_sizes_are_read_as_people_write_them(text: str, size: int | None) -> None:
    """Powers of ten, and powers of two for units with `i`."""
    assert parse_byte_size(text) == size


def test_on_a_disk_that_is_nearly_full_less_is_removed_at_once(
    file: TraceFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until all is gone; the log, which needs the room, is emptied between."""
    ids = file.traces(40)
    at_once = []

    def delete_traces(connection: sqlite3.Connection, traces: Collection[int]) -> None:
        if len(traces) > 7:
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorname = "SQLITE_FULL"
            raise error
        at_once.append(len(traces))
        deletion.delete_traces(connection, traces)

    monkeypatch.setattr(pruning, "delete_traces", delete_traces)
    file.connection.execute("UPDATE trace SET span_count = 1")
    assert prune(file.path, ids, ()).traces == 40
    assert max(at_once) <= 7
    assert file.connection.execute("SELECT count(*) FROM trace").fetchone() == (0,)


def test_a_disk_without_any_room_is_told(file: TraceFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """When not even one trace can be removed."""
    ids = file.traces(3)

    def delete_traces(connection: sqlite3.Connection, traces: Collection[int]) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorname = "SQLITE_FULL"
        raise error

    monkeypatch.setattr(pruning, "delete_traces", delete_traces)
    with pytest.raises(sqlite3.OperationalError, match="full"):
        prune(file.path, ids, ())
    assert file.connection.execute("SELECT count(*) FROM trace").fetchone() == (3,)
