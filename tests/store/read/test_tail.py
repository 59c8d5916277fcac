"""The tail tells everything that happens to a trace file, soon, in order, and not more often than asked."""

from __future__ import annotations

import itertools
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.support.builders import TraceFile
from tests.support.waiting import wait_until
from tracetui.store.file.schema import open_for_writing
from tracetui.store.read.reader import Reader
from tracetui.store.read.tail import ASLEEP_AFTER_S, CHECK_S, Kind, Tail

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OPENED, CHANGED, REPLACED, GONE, FAILED = Kind.OPENED, Kind.CHANGED, Kind.REPLACED, Kind.GONE, Kind.FAILED


class Told(NamedTuple):
    """A change that the tail reported, with its time by the clock of the test."""

    at_s: float
    kind: Kind
    rev: int
    message: str


class Play:
    """Runs a tail on a clock of its own: acts happen while the tail waits, and no real time passes."""

    def __init__(
        self, path: Path, acts: dict[float, Callable[[], object]], *, until_s: float, notices: bool = True
    ) -> None:
        self.now_s = 0.0
        self.waits = 0
        self._acts = sorted(acts.items(), key=lambda act: act[0])
        self._until_s = until_s
        self._notices = notices
        self._stop = threading.Event()
        tail = Tail(path, self._stop, clock=lambda: self.now_s, wait=self.wait, watch=lambda *_: _SleepOf(self))
        self.told = [Told(self.now_s, *change) for change in tail]
        self.reader_after = tail.reader

    @property
    def kinds(self) -> list[Kind]:
        """The kinds of all reported changes."""
        return [told.kind for told in self.told]

    def at(self, kind: Kind) -> list[float]:
        """The times of all reported changes of one kind."""
        return [told.at_s for told in self.told if told.kind is kind]

    def wait(self, seconds: float, *, noticed: bool = False) -> None:
        """What `Event.wait` is to the tail."""
        self.waits += 1
        end_s = self.now_s + seconds
        while self._acts and self._acts[0][0] <= end_s:
            at_s, act = self._acts.pop(0)
            self.now_s = max(self.now_s, at_s)
            act()
            if noticed and self._notices:
                return
        self.now_s = end_s
        if self.now_s >= self._until_s:
            self._stop.set()


class _SleepOf:
    """The file watch of a play: ends early when something happens, unless the play is one without notices."""

    def __init__(self, play: Play) -> None:
        self._play = play

    def wait(self, seconds: float) -> None:
        self._play.wait(seconds, noticed=True)

    def close(self) -> None:
        """Nothing to give back."""


def rev_of(path: Path) -> int:
    """The last revision in a file."""
    with Reader(path) as reader:
        return reader.rev()


def commit(file: TraceFile) -> Callable[[], object]:
    """One more trace."""
    return lambda: file.trace()


def test_file_that_is_there_is_opened_at_once(file: TraceFile) -> None:
    """Before any wait, with what it holds."""
    file.traces(3)
    play = Play(file.path, {}, until_s=1)
    assert play.told == [Told(0.0, OPENED, rev_of(file.path), "")]


def test_tail_reports_a_change_within_one_interval(file: TraceFile) -> None:
    """While things happen the tail asks every 20 ms."""
    play = Play(file.path, {0.5: commit(file)}, until_s=1)
    assert play.kinds == [OPENED, CHANGED]
    assert 0.5 <= play.at(CHANGED)[0] <= 0.521


def test_tail_reports_a_limited_number_of_changes_per_second(file: TraceFile) -> None:
    """A thousand commits a second are fifteen changes: the first at once, and the last one always."""
    acts = {0.1 + number / 1000: commit(file) for number in range(1000)}
    play = Play(file.path, acts, until_s=2)
    times = play.at(CHANGED)
    assert 0.1 <= times[0] <= 0.125
    assert 14 <= len(times) <= 17
    assert all(later - earlier >= 1 / 15 - 1e-9 for earlier, later in itertools.pairwise(times))
    assert times[-1] <= 1.1 + 1 / 15 + 0.02
    assert play.told[-1].rev == rev_of(file.path)


def test_changes_come_faster_where_they_are_asked_faster(file: TraceFile) -> None:
    """The rate is the consumer's: a slow line wants fewer."""
    counts = {}
    for most in (5, 30):
        stop = threading.Event()
        now = [0.0]

        def wait(seconds: float, now: list[float] = now, stop: threading.Event = stop) -> None:
            now[0] += seconds
            file.trace()
            if now[0] > 1:
                stop.set()

        tail = Tail(file.path, stop, most_per_second=most, clock=lambda now=now: now[0], wait=wait)  # type: ignore[misc]
        counts[most] = sum(change.kind is CHANGED for change in tail)
    assert 4 <= counts[5] <= 6
    assert 20 <= counts[30] <= 31


def test_tail_asks_less_and_less_while_nothing_happens(file: TraceFile) -> None:
    """An explorer left open overnight costs nothing to speak of."""
    busy = Play(file.path, {number / 10: commit(file) for number in range(200)}, until_s=20)
    quiet = Play(file.path, {}, until_s=20)
    assert quiet.waits < busy.waits / 3
    assert quiet.waits < 2 / 0.02 + (ASLEEP_AFTER_S - 2) / 0.05 + (20 - ASLEEP_AFTER_S) / CHECK_S + 10


@pytest.mark.parametrize("quiet_s", [3.0, 30.0], ids=["backed off", "asleep"])
def test_tail_reports_a_change_soon_after_a_quiet_time(file: TraceFile, quiet_s: float) -> None:
    """Also without a notification: the check four times a second finds it."""
    play = Play(file.path, {quiet_s: commit(file)}, until_s=quiet_s + 1, notices=False)
    assert play.kinds == [OPENED, CHANGED]
    assert play.at(CHANGED)[0] - quiet_s <= CHECK_S + 0.001


def test_notice_wakes_a_sleeping_tail_at_once(file: TraceFile) -> None:
    """Sooner than the look would."""
    play = Play(file.path, {30.01: commit(file)}, until_s=31)
    assert play.at(CHANGED) == [30.01]


def test_file_that_is_not_there_is_awaited(tmp_path: Path) -> None:
    """GONE once, naming the place; then it appears, empty at first, and fills."""
    path = tmp_path / "later.db"
    files: list[TraceFile] = []
    acts: dict[float, Callable[[], object]] = {
        1.0: path.touch,
        2.0: lambda: files.append(TraceFile(path)),
        3.0: lambda: files[0].trace(),
    }
    play = Play(path, acts, until_s=4)
    assert play.kinds == [GONE, OPENED, CHANGED]
    assert str(path) in play.told[0].message
    assert play.told[1].rev == 0
    assert play.at(OPENED)[0] - 1.0 <= CHECK_S + 0.001


def test_folder_that_is_not_there_is_awaited(tmp_path: Path) -> None:
    """A project that was never traced has no `.tracetui` yet."""
    path = tmp_path / ".tracetui" / "traces.db"
    play = Play(path, {1.0: lambda: TraceFile(path).traces(1)}, until_s=2)
    assert play.kinds == [GONE, OPENED]
    assert play.told[1].rev > 0


def test_empty_file_counts_as_a_trace_file_without_traces(tmp_path: Path) -> None:
    """A server that creates the file and then its tables passes through this."""
    path = tmp_path / "new.db"
    path.touch()
    play = Play(path, {1.0: lambda: open_for_writing(path).close(), 2.0: lambda: TraceFile(path).trace()}, until_s=3)
    assert play.kinds == [OPENED, CHANGED]
    assert play.told[0].rev == 0


def test_tail_reports_a_file_that_is_not_a_database_once_and_tries_again(tmp_path: Path) -> None:
    """Until it is one."""
    path = tmp_path / "notes.txt"
    path.write_bytes(b"my notes, nothing else " * 50)

    def becomes_a_trace_file() -> None:
        path.unlink()
        TraceFile(path).traces(1)

    play = Play(path, {2.0: becomes_a_trace_file}, until_s=3)
    assert play.kinds == [FAILED, OPENED]
    assert str(path) in play.told[0].message
    assert "not an SQLite database" in play.told[0].message


def test_tail_reports_the_name_of_another_programs_file(tmp_path: Path) -> None:
    """Not as an empty list of traces."""
    path = tmp_path / "history.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE visits (url)")
    connection.close()
    play = Play(path, {}, until_s=2)
    assert play.kinds == [FAILED]
    assert "another program" in play.told[0].message


@pytest.mark.parametrize("at_s", [1.0, 30.0], ids=["active", "asleep"])
def test_tail_reports_a_deleted_file_and_waits_for_it(file: TraceFile, at_s: float) -> None:
    """SQLite itself would go on answering with the rows of the deleted file."""
    path = file.path

    def delete() -> None:
        file.close()
        path.unlink()

    play = Play(path, {at_s: delete, at_s + 2: lambda: TraceFile(path).traces(1)}, until_s=at_s + 4)
    assert play.kinds == [OPENED, GONE, OPENED]
    assert play.at(GONE)[0] - at_s <= 2 * CHECK_S


def test_file_that_only_others_can_write_is_followed_when_they_begin(
    file: TraceFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was read as it is, for there was no log beside it."""
    path = file.path
    file.close()
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    others: list[TraceFile] = []

    def write() -> None:
        others.append(TraceFile(path))
        others[0].traces(2)

    play = Play(path, {1.0: write, 3.0: lambda: others[0].traces(1)}, until_s=5)
    assert play.kinds[:2] == [OPENED, REPLACED]
    assert play.told[-1].rev == rev_of(path)
    others[0].close()


@pytest.mark.parametrize("at_s", [1.0, 30.0], ids=["active", "asleep"])
def test_tail_reports_a_replaced_file_with_its_new_content(file: TraceFile, tmp_path: Path, at_s: float) -> None:
    """Restored from a copy by a rename: same path, another file."""
    other = TraceFile(tmp_path / "other.db")
    other.traces(7)
    other.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    other.close()

    def replace() -> None:
        # A log left beside the old file would be applied to the new one: that is SQLite's own warning.
        file.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        file.close()
        os.replace(other.path, file.path)

    play = Play(file.path, {at_s: replace}, until_s=at_s + 1)
    assert play.kinds == [OPENED, REPLACED]
    assert play.told[1].rev == rev_of(file.path) > 0


def test_replaced_file_goes_on_being_followed(file: TraceFile) -> None:
    """And not the one before it."""
    later: list[TraceFile] = []

    def replace() -> None:
        file.close()
        file.path.unlink()
        later.append(TraceFile(file.path))

    play = Play(file.path, {1.0: replace, 2.0: lambda: later[0].trace()}, until_s=3)
    assert play.kinds == [OPENED, REPLACED, CHANGED]


def test_tail_reports_a_file_replaced_by_garbage(file: TraceFile) -> None:
    """And reports it again once it is a trace file."""

    def ruin() -> None:
        file.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        file.close()
        file.path.unlink()
        file.path.write_bytes(b"\x00garbage" * 600)

    play = Play(file.path, {1.0: ruin}, until_s=2)
    assert play.kinds == [OPENED, FAILED]


def test_tail_reports_a_file_emptied_in_place_as_replaced(file: TraceFile) -> None:
    """Same file by its number, older content: revisions went back."""
    file.traces(5)

    def restart() -> None:
        file.connection.execute("DELETE FROM trace")
        file.connection.execute("UPDATE sequence SET rev = 1")

    play = Play(file.path, {1.0: restart}, until_s=2)
    assert play.kinds == [OPENED, REPLACED]
    assert play.told[1].rev == 1


def test_file_emptied_in_place_is_an_empty_one(file: TraceFile) -> None:
    """`> traces.db` in a shell."""

    def empty() -> None:
        file.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        file.close()
        os.truncate(file.path, 0)

    file.traces(2)
    play = Play(file.path, {1.0: empty}, until_s=3)
    assert play.kinds[0] is OPENED
    assert play.told[-1].kind in (REPLACED, OPENED)
    assert play.told[-1].rev == 0


def test_folder_removed_and_made_again_is_followed(tmp_path: Path) -> None:
    """Where a watch on the folder would stay deaf for ever."""
    folder = tmp_path / ".tracetui"
    path = folder / "traces.db"
    files = [TraceFile(path)]

    def remove() -> None:
        files.pop().close()
        shutil.rmtree(folder)

    play = Play(
        path,
        {10.0: remove, 12.0: lambda: files.append(TraceFile(path)), 30.0: lambda: files[0].trace()},
        until_s=31,
        notices=False,
    )
    assert play.kinds == [OPENED, GONE, OPENED, CHANGED]


@pytest.mark.parametrize(
    "statement",
    ["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA wal_checkpoint(PASSIVE)", "ANALYZE"],
)
def test_upkeep_of_the_file_is_no_change(file: TraceFile, statement: str) -> None:
    """Not one row is newer after it."""
    file.traces(50)
    with Reader(file.path) as before:
        seen = before.data_version()
        play = Play(file.path, {1.0: lambda: file.connection.execute(statement).fetchall()}, until_s=2)
        assert play.kinds == [OPENED]
        if statement == "VACUUM":
            assert before.data_version() != seen  # it does look like a change to SQLite


def test_transaction_that_is_rolled_back_is_no_change(file: TraceFile) -> None:
    """The file has no new rows."""

    def try_and_fail() -> None:
        file.connection.execute("BEGIN IMMEDIATE")
        file.trace(process=1)
        file.connection.execute("ROLLBACK")

    assert Play(file.path, {1.0: try_and_fail}, until_s=2).kinds == [OPENED]


def test_writer_with_a_rollback_journal_is_followed(tmp_path: Path) -> None:
    """A copy that is no longer in WAL mode is still a trace file."""
    path = tmp_path / "plain.db"
    file = TraceFile(path)
    file.process()
    assert file.connection.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",)
    play = Play(path, {1.0: commit(file)}, until_s=2)
    assert play.kinds == [OPENED, CHANGED]


def test_tail_holds_no_checkpoint_back(file: TraceFile) -> None:
    """However long it runs, the log can be emptied."""
    results = []

    def checkpoint() -> None:
        results.append(file.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])

    Play(file.path, {0.5: commit(file), 1.0: checkpoint, 30.0: commit(file), 30.5: checkpoint}, until_s=31)
    assert results == [0, 0]


@pytest.mark.parametrize("passing", ["SQLITE_BUSY", "SQLITE_INTERRUPT"])
def test_question_that_is_refused_for_a_moment_is_asked_again(
    file: TraceFile, monkeypatch: pytest.MonkeyPatch, passing: str
) -> None:
    """A lock of milliseconds, or an interrupt meant for another query, is neither a failure nor a lost change."""
    answer, refusals = Reader.rev, iter([False, True, True])

    def rev(reader: Reader) -> int:
        if next(refusals, False):
            error = sqlite3.OperationalError("for a moment")
            error.sqlite_errorname = passing
            raise error
        return answer(reader)

    monkeypatch.setattr(Reader, "rev", rev)
    play = Play(file.path, {0.5: commit(file)}, until_s=1)
    assert play.kinds == [OPENED, CHANGED]


def test_reader_is_closed_when_the_tail_ends(file: TraceFile) -> None:
    """The file is given up."""
    assert Play(file.path, {}, until_s=1).reader_after is None


class RealTail:
    """A tail in a thread of its own, on the real clock and the real watch."""

    def __init__(self, path: Path) -> None:
        self.stop = threading.Event()
        self.told: list[Kind] = []
        self.moved = threading.Condition()
        self.thread = threading.Thread(target=self._run, args=(path,))
        self.thread.start()

    def _run(self, path: Path) -> None:
        for change in Tail(path, self.stop):
            with self.moved:
                self.told.append(change.kind)
                self.moved.notify_all()

    def wait_for(self, count: int) -> None:
        """Stop after this many reported changes."""
        with self.moved:
            assert self.moved.wait_for(lambda: len(self.told) >= count, timeout=20), self.told

    def end(self) -> None:
        """Stop it."""
        self.stop.set()
        self.thread.join(20)
        assert not self.thread.is_alive()


def test_tail_in_a_thread_reports_a_commit_and_stops(file: TraceFile) -> None:
    """It waits for the one and the other."""
    tail = RealTail(file.path)
    try:
        tail.wait_for(1)
        file.trace()
        tail.wait_for(2)
    finally:
        tail.end()
    assert tail.told == [OPENED, CHANGED]


def test_sleeping_tail_wakes_by_notice_and_stops_promptly(file: TraceFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the look put off for an hour, only the system's notice, or the stop, can have woken it."""
    monkeypatch.setattr("tracetui.store.read.tail.ASLEEP_AFTER_S", -1.0)
    monkeypatch.setattr("tracetui.store.read.tail.ACTIVE_FOR_S", -1.0)
    monkeypatch.setattr("tracetui.store.read.tail.CHECK_S", 3600.0)
    tail = RealTail(file.path)
    try:
        tail.wait_for(1)
        # The watch begins some time after the file was opened: commit until one of them is noticed.
        wait_until(lambda: file.trace() and len(tail.told) > 1, "a commit to be told")
        assert tail.told[1] is CHANGED
    finally:
        tail.end()


def test_tail_does_not_import_the_watch_before_it_sleeps(file: TraceFile) -> None:
    """It costs tens of milliseconds, which the first paint does not have."""
    program = (
        "import sys, threading, pathlib\n"
        "from tracetui.store.read.tail import Tail\n"
        f"tail = iter(Tail(pathlib.Path({str(file.path)!r}), threading.Event()))\n"
        "next(tail)\n"
        "print('watchfiles' in sys.modules)\n"
    )
    assert (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "False\n"
    )
