"""Follow the transcripts of coding agents while their sessions run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import orjson

from ...store.exchange.document import Batches, Refuse
from ...store.transcripts.files import Session, session_for, transcripts
from .ingest import Counts, Ingest

POLL_S = 0.5
BEAT_S = 1.0
RECENT_S = 3_600.0
"""A session that was written to within this time before the start is read from its beginning."""


class _Followed:
    """One transcript, and how far it was read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset = 0
        self._session: Session | None = None
        self._told: dict[str, int] = {}

    def new_batches(self, refuse: Refuse) -> Batches:
        """Read the lines that are complete by now; return the turns that they end, and the last turn as it is."""
        has_new = False
        with self.path.open("rb") as file:
            file.seek(self._offset)
            for line in file:
                if not line.endswith(b"\n"):
                    break  # it is being written
                self._offset += len(line)
                try:
                    document = orjson.loads(line)
                except orjson.JSONDecodeError:
                    continue
                if not isinstance(document, dict):
                    continue
                if self._session is None:
                    self._session = session_for(self.path, document)
                    if self._session is None:
                        return
                has_new = True
                if (batch := self._session.read(document)) is not None:
                    yield batch
        if self._session is None or not has_new:
            return
        if (batch := self._session.rest()) is not None:
            yield batch
        for kind, number in self._session.unknown.items():
            if self._told.setdefault(kind, 0) == 0:
                refuse(f"lines of {self.path.name} of an unknown form: {kind}")
            self._told[kind] = number


class Follower:
    """Writes what the transcripts below a home folder tell, as it is told."""

    def __init__(
        self, home: Path, ingest: Ingest, refuse: Refuse, *, find: Callable[[Path], Iterable[Path]] = transcripts
    ) -> None:
        self._home = home
        self._ingest = ingest
        self._refuse = refuse
        self._find = find
        self._known: dict[Path, _State] = {}
        self._is_first = True

    def poll(self, now_s: float) -> Counts:
        """Read what is new in all transcripts; returns how many spans were written."""
        counts = Counts()
        for path in self._find(self._home):
            try:
                status = path.stat()
            except OSError:
                continue
            state = self._known.get(path)
            if state is None:
                is_old = self._is_first and now_s - status.st_mtime > RECENT_S
                state = self._known[path] = _State(_Followed(path), status.st_size if is_old else -1)
            if path.suffix != ".jsonl" or status.st_size == state.size:
                continue
            self._known[path] = state._replace(size=status.st_size)
            try:
                for batch in state.followed.new_batches(self._refuse):
                    counts = counts.plus(self._ingest.add(batch))
            except OSError as error:
                self._refuse(f"{path}: {error.strerror or error}")
        self._is_first = False
        return counts

    def follow(self, stop: threading.Event) -> None:
        """Poll until `stop` is set."""
        next_beat_s = 0.0
        while not stop.wait(POLL_S):
            self.poll(time.time())
            if time.monotonic() >= next_beat_s:
                self._ingest.beat()
                next_beat_s = time.monotonic() + BEAT_S


class _State(NamedTuple):
    followed: _Followed
    size: int
    """The size when the transcript was read last; -1 if it was not read yet."""
