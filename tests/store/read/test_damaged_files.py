"""A damaged trace file: right rows, or one error that says what is wrong; never anything else."""

from __future__ import annotations

import json
import random
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.support.builders import EPOCH_NS, TraceFile
from tracetui.store.file import schema
from tracetui.store.file.errors import OPEN_ERRORS, DamagedFileError, EndlessFileError, explain
from tracetui.store.filter import compile_query, parse, register
from tracetui.store.filter.sql.group_plan import group_plan
from tracetui.store.model import forest
from tracetui.store.model.rows import AttachmentRecord
from tracetui.store.read import export
from tracetui.store.read.groups import GroupAggregation
from tracetui.store.read.reader import Reader
from tracetui.store.read.search import search
from tracetui.store.read.trace_lookup import AmbiguousIdError, TraceNotFoundError
from tracetui.store.write import attachments

FILTERS = (
    *("duration > 1ms", "x = 1 or output ~ a", "tag.a = b", "{kind = LLM} >> {kind = TOOL}"),
    "depth > 1 | sort(-cost)",
)
PAGE_BYTES = 4_096


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a trace file with something in every table."""
    path = tmp_path_factory.mktemp("whole") / "traces.db"
    file = TraceFile(path)
    for number in range(12):
        trace = file.trace(f"t{number}", tags=json.dumps({"a": "b"}), metadata=json.dumps({"c": "d"}))
        root = trace.span("root", kind="LLM", attributes={"x": number, "y": [1, 2], "z": True}, outputs={"a": 1})
        trace.span("inner", parent=root, kind="TOOL", inputs="long " * 300, events=[{"name": "e"}])
        file.connection.execute(
            "INSERT INTO assessment (assessment_id, trace, kind, name, value, source_type, created_ns, updated_ns,"
            " valid, rev) VALUES (?, ?, 'feedback', 'good', 1, 'HUMAN', 1, 1, 1, 1)",
            (f"a{number}", trace.id),
        )
        attachments.insert(
            file.connection, [(trace.id, AttachmentRecord(bytes([number]) * 32, "image/png", b"png" * 700))]
        )
    file.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file.close()
    return path.read_bytes()


def ask_everything(path: Path) -> None:
    """All that the explorer and the commands read."""
    with Reader(path) as reader:
        reader.rev()
        reader.changed_traces(0)
        reader.trace_ids()
        reader.attribute_keys()
        newest = reader.newest_traces(100)
        gone = reader.gone_processes(EPOCH_NS)
        register(reader.connection)
        keys = reader.attribute_key_ids()
        for trace in reader.traces(newest):
            forest.build(reader.spans(trace.id))
            reader.assessments(trace.id)
            reader.labels(trace.id)
            for one in reader.attachments(trace.id):
                reader.attachment(one.id)
            with suppress(TraceNotFoundError, AmbiguousIdError):
                reader.find_trace(trace.trace_id.hex())
            with suppress(TraceNotFoundError):
                list(export.export_trace(reader, trace.id, now_ns=EPOCH_NS))
        for text in FILTERS:
            list(search(reader.connection, compile_query(parse(text), keys=keys, now_ns=EPOCH_NS, gone=gone)))
        plan = group_plan(parse("| by(model, x)"), keys=keys, now_ns=EPOCH_NS, gone=gone)
        grouping = GroupAggregation(reader.connection, plan)
        list(grouping.steps())
        grouping.groups()


def damaged(whole: bytes, seed: int) -> bytes:
    """The file with bytes changed, cut, overwritten, or one page in the place of another."""
    chance = random.Random(seed)
    data = bytearray(whole)
    at = chance.randrange(len(data))
    match chance.randrange(5):
        case 0 | 1:
            for _ in range(chance.choice((1, 2, 8, 64))):
                data[chance.randrange(len(data))] = chance.randrange(256)
        case 2:
            page, other = (PAGE_BYTES * chance.randrange(len(data) // PAGE_BYTES) for _ in range(2))
            data[page : page + PAGE_BYTES] = data[other : other + PAGE_BYTES]
        case 3:
            del data[at:]
        case 4:
            data[at : at + chance.randrange(2_000)] = chance.randbytes(chance.randrange(2_000))
    return bytes(data)


@pytest.mark.parametrize("hundred", range(3))
def test_a_damaged_file_is_read_correctly_or_raises(whole: bytes, tmp_path: Path, hundred: int) -> None:
    """Wherever it is damaged: the file, in one line for people."""
    told = 0
    path = tmp_path / "t\x1b.db"
    for seed in range(100 * hundred, 100 * hundred + 100):
        for beside in ("-wal", "-shm"):
            path.with_name(path.name + beside).unlink(missing_ok=True)
        path.write_bytes(damaged(whole, seed))
        try:
            ask_everything(path)
        except OPEN_ERRORS as error:
            told += 1
            said = explain(path, error)
            assert said.startswith(str(path).replace("\x1b", "␛"))
            assert said.isprintable()
    assert 10 < told < 100


@pytest.mark.parametrize(
    "damage",
    [
        "DROP TABLE span",
        "DROP TABLE sequence",
        "ALTER TABLE trace RENAME COLUMN start_ns TO began",
        "UPDATE trace SET start_ns = 'long ago'",
        "UPDATE trace SET span_count = x'00'",
        "UPDATE span SET end_ns = 'never'",
        "UPDATE span SET span_id = 1.5",
        "UPDATE process SET heartbeat_ns = 'still'",
        "UPDATE sequence SET rev = 'many'",
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE NOTHING' WHERE name = 'trace'",
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = CAST(x'fffefd' AS TEXT) WHERE name = 'span'",
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 99999 WHERE name = 'trace'",
    ],
)
def test_a_file_with_other_tables_raises_as_damaged(whole: bytes, tmp_path: Path, damage: str) -> None:
    """A wrong number, or none in the place of one, is not shown."""
    path = tmp_path / "traces.db"
    path.write_bytes(whole)
    connection = sqlite3.connect(path)
    connection.executescript(damage)
    connection.close()
    with pytest.raises(OPEN_ERRORS) as caught:
        ask_everything(path)
    assert explain(path, caught.value).startswith(f"{path} is damaged (")


def test_damaged_value_is_named(whole: bytes, tmp_path: Path) -> None:
    """The message names the column and the type of its value."""
    path = tmp_path / "traces.db"
    path.write_bytes(whole)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("UPDATE span SET end_ns = 'never' WHERE id = 3")
    connection.close()
    with Reader(path) as reader, pytest.raises(DamagedFileError, match="end_ns in a row of span is text"):
        reader.spans(2)


@pytest.mark.parametrize("version", [-1, -(1 << 31), 0])
def test_an_unknown_layout_raises_and_stays_unchanged(whole: bytes, tmp_path: Path, version: int) -> None:
    """Numbers below the first are no older layouts."""
    path = tmp_path / "traces.db"
    path.write_bytes(whole)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    for opening in (Reader, schema.open_for_writing):
        with pytest.raises(schema.NotATraceFileError, match=f"layout {version}, which no tracetui makes"):
            opening(path)
    with closing(sqlite3.connect(path)) as left:
        assert left.execute("PRAGMA user_version").fetchone() == (version,)


def test_read_without_an_end_is_ended(whole: bytes, tmp_path: Path) -> None:
    """Pages that refer to each other in a ring would hold the screen for ever; the next read has its time again."""
    path = tmp_path / "traces.db"
    path.write_bytes(whole)
    with Reader(path, timeout_s=0.05) as reader:
        with pytest.raises(EndlessFileError, match="is damaged"):
            reader.rows("WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r")
        assert len(reader.newest_traces(100)) == 12
