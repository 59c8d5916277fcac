"""Notes about losses that a process could not write to the trace file at its end.

A file that is locked, or on a full disk, cannot even store the count of lost spans. Each note is a small JSON document
in the folder `<trace file>-lost`. The next writer copies the counts to the row of the process and deletes the note;
copying twice does not change the result.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..model.sqlite_values import bindable
from .process import Process

_MOST_BYTES = 1 << 20
"""The maximum size of a note, whose longest part is a command line."""


def folder_of(path: Path) -> Path:
    """Return the folder of the notes about the trace file at `path`."""
    return path.with_name(path.name + "-lost")


def write_note(path: Path, process: Process, dropped: int, failed: int, now_ns: int) -> None:
    """Write the note of a process that ends. Raises OSError if the folder cannot be written."""
    folder = folder_of(path)
    folder.mkdir(mode=0o700, exist_ok=True)
    note = {**process._asdict(), "dropped": dropped, "failed": failed, "ended_ns": now_ns}
    place = folder / f"{process.pid}-{process.started_ns}.json"
    unfinished = place.with_suffix(".part")
    with open(os.open(unfinished, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        json.dump(note, file)
    unfinished.replace(place)


def has_notes(path: Path) -> bool:
    """Whether there may be notes about the trace file; one system call."""
    return folder_of(path).exists()


def apply_notes(connection: sqlite3.Connection, path: Path, rev: int) -> tuple[int, list[Path]]:
    """Write the counts of all notes in the open transaction. Raises sqlite3.Error.

    Returns the last rev that was used, and the notes for `delete_notes` after the commit.
    """
    applied = []
    for place, note in _notes(folder_of(path)):
        rev += 1
        values = {key: bindable(value) for key, value in note.items()} | {"rev": rev}
        found = connection.execute(
            "UPDATE process SET dropped = max(dropped, :dropped), failed = max(failed, :failed),"
            " ended_ns = coalesce(ended_ns, :ended_ns), rev = :rev"
            " WHERE pid = :pid AND started_ns = :started_ns AND host = :host",
            values,
        )
        if not found.rowcount:
            connection.execute(
                "INSERT INTO process (pid, host, service, command, python, started_ns, heartbeat_ns, ended_ns, dropped,"
                " failed, rev) VALUES (:pid, :host, :service, :command, :python, :started_ns, :ended_ns, :ended_ns,"
                " :dropped, :failed, :rev)",
                values,
            )
        applied.append(place)
    return rev, applied


def delete_notes(path: Path, applied: list[Path]) -> None:
    """Delete notes whose counts are committed, and the folder when it is empty."""
    for place in applied:
        with suppress(OSError):
            place.unlink()
    with suppress(OSError):
        folder_of(path).rmdir()


_NUMBERS = ("pid", "started_ns", "ended_ns", "dropped", "failed")
_TEXTS = ("host", "service", "command", "python")


def _notes(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    try:
        places = sorted(folder.glob("*.json"))
    except OSError:
        return
    for place in places:
        with suppress(OSError, ValueError):
            if place.stat().st_size > _MOST_BYTES:
                continue
            note = json.loads(place.read_text(encoding="ascii"))
            if isinstance(note, dict) and _is_whole(note):
                yield place, {key: note[key] for key in (*_NUMBERS, *_TEXTS)}


def _is_whole(note: dict[str, Any]) -> bool:
    return all(type(note.get(key)) is int and 0 <= note[key] < 1 << 63 for key in _NUMBERS) and all(
        type(note.get(key)) is str for key in _TEXTS
    )
