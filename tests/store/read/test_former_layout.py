"""A file of the former layout opens for reading as it is, and is migrated without a value that reads differently."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.store.filter.conftest import NOW_NS
from tests.store.records import PROCESS
from tests.support.former_file import former_file
from tracetui.store.file import former_layout, schema
from tracetui.store.filter import parse
from tracetui.store.read.groups import grouping_of
from tracetui.store.read.reader import Reader
from tracetui.store.read.search import find
from tracetui.store.write.blocks.refold import Refolded, refold
from tracetui.store.write.prune import compact
from tracetui.store.write.writer import Writer

_TURNS = 40


def _fill(path: Path, layout: int, agents: int = 2) -> None:
    file = former_file(path, layout)
    for number in range(agents):
        trace = file.trace(f"agent {number}")
        messages: list[dict[str, Any]] = [{"role": "system", "content": "You help. " * 100}]
        for turn in range(_TURNS):
            result = f"result {turn} of agent {number}. " * 60
            trace.span(
                "ask",
                inputs={"messages": messages},
                outputs=result,
                attributes={"input.value": result, "llm.model": "m", "n": turn},
                events=[{"name": "log", "time_ns": 1, "attributes": {"text": result}}],
            )
            messages = [*messages, {"role": "tool", "content": result}]
    file.close()


def _everything(path: Path) -> list[Any]:
    with Reader(path) as reader:
        return [reader.traces(list(reader.trace_ids())), *(list(reader.details(id)) for id in reader.trace_ids())]


def _found(path: Path, text: str) -> list[int]:
    with Reader(path) as reader:
        batches = find(reader, parse(text), now_ns=NOW_NS, gone=frozenset())
        return sorted(trace for batch in batches for trace in batch)


def _layout(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


@pytest.fixture(params=[7, 8])
def former(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    _fill(tmp_path / "t.db", request.param)
    return tmp_path / "t.db"


_FILTERS = {
    "result": [1, 2],
    '"39 of agent 1"': [2],
    'output ~ "7 of agent 0"': [1],
    'input.messages.1.content ~ "of agent 1"': [2],
    'input.value ~ "3 of agent 0"': [1],
    "content ~ nowhere": [],
    "n = 5": [1, 2],
    "kind = unknown | sort(cost)": [1, 2],
}


def test_a_file_of_the_former_layout_is_read_as_it_is(former: Path) -> None:
    """Without a change to it."""
    before = former.read_bytes()
    with Reader(former) as reader:
        groups = grouping_of(reader, parse("| by(name)"), now_ns=NOW_NS, gone=frozenset())
        assert [group.spans for _ in groups.steps() for group in groups.groups().groups][-1] == 2 * _TURNS
    for text, traces in _FILTERS.items():
        assert _found(former, text) == traces, text
    assert len(_everything(former)[1]) == _TURNS
    assert former.read_bytes() == before
    assert _layout(former) < former_layout.FIRST_WITH_BLOCKS


def test_a_reader_goes_on_while_a_writer_migrates_the_file(former: Path) -> None:
    """It sees the blocks of the new layout."""
    before = _everything(former)
    with Reader(former) as reader:
        assert list(reader.details(1)) == before[1]
        Writer(former, PROCESS).close()
        refold(former)
        reader.check_version()
        assert list(reader.details(1)) == before[1]


def test_migration_keeps_every_value_and_gives_the_space_back(former: Path) -> None:
    """A second run finds nothing to do."""
    before, size = _everything(former), former.stat().st_size
    seen: list[Refolded] = []
    done = refold(former, seen.append)
    assert done == seen[-1]
    assert done.recipes > 200
    assert _everything(former) == before
    for text, traces in _FILTERS.items():
        assert _found(former, text) == traces, text
    assert compact(former)
    assert former.stat().st_size < size / 4
    assert _everything(former) == before
    assert refold(former).recipes == 0
    assert _layout(former) == schema.VERSION


_MIGRATE = """
import sys, time
from pathlib import Path
from tracetui.store.write.blocks import refold
from tracetui.store.write.prune import compact
refold._BYTES_AT_ONCE = 100_000
print("begun", flush=True)
refold.refold(Path(sys.argv[1]), lambda done: print(done.values, flush=True))
compact(Path(sys.argv[1]))
"""


def test_migration_that_is_killed_harms_no_value(former: Path, tmp_path: Path) -> None:
    """Wherever it is; and the next run completes it."""
    before = _everything(former)
    for steps in (0, 2, 9):
        path = tmp_path / f"killed-{steps}.db"
        shutil.copyfile(former, path)
        with subprocess.Popen(
            [sys.executable, "-c", _MIGRATE, str(path)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            for _ in range(1 + steps):
                process.stdout.readline()
            time.sleep(0.002 * steps)
            process.send_signal(signal.SIGKILL)
        assert _everything(path) == before
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        refold(path)
        assert _everything(path) == before


def test_a_reader_ends_no_lock_of_a_writer_of_the_same_process(tmp_path: Path) -> None:
    """Closing a file ends all locks that the process has on it, unless SQLite does it.

    Another process that comes and goes would then delete the log that the writer is writing, with all that is in it.
    """
    path = tmp_path / "traces.db"
    writer = schema.open_for_writing(path)
    with Reader(path) as reader:
        reader.rev()
    visit = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT * FROM trace').fetchall(); c.close()"
    )
    subprocess.run([sys.executable, "-c", visit, str(path)], check=True)
    assert path.with_name(f"{path.name}-wal").exists()
    writer.close()
