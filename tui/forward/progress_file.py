"""What was sent already, in a small file beside the trace file, so that the next run goes on from there."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from ...store.file.private_file import write_atomically
from ...store.read.reader import Reader
from ..errors import CommandError

_VERSION = 1


@dataclass
class Progress:
    """How far one way, from a trace file to an address with a filter, has come."""

    path: Path
    rev: int = 0
    """Everything that was written up to this revision was sent, or is in `waiting`, or did not match."""
    waiting: dict[int, int] = field(default_factory=dict)
    """Traces with open spans, by trace.id: what was written of them after this revision is to be sent."""

    def save(self, reader: Reader) -> None:
        """Write the file, atomically. Raises CommandError."""
        waiting = list(self.waiting.items())
        text = json.dumps({"version": _VERSION, "rev": self.rev, "newest": _newest(reader), "waiting": waiting})
        try:
            write_atomically(self.path, [text.encode()], replace=True)
        except OSError as error:
            raise CommandError(f"cannot write {self.path}: {error.strerror or error}") from None


def progress_of(reader: Reader, url: str, filter_text: str) -> Progress:
    """Return the progress of a way, new if there is none, or if another file is at the path of the reader by now."""
    digest = blake2b(f"{url}\0{filter_text}".encode(), digest_size=6).hexdigest()
    path = reader.path.with_name(f"{reader.path.name}.forward-{digest}.json")
    fresh = Progress(path)
    try:
        stored: Any = json.loads(path.read_bytes())
        if stored["version"] != _VERSION or not _is_of(reader, stored["rev"], stored["newest"]):
            return fresh
        waiting = {int(trace): int(rev) for trace, rev in stored["waiting"]}
        return Progress(path, int(stored["rev"]), waiting)
    except FileNotFoundError:
        return fresh
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"cannot read {path}: {error}; delete it to send all traces again") from None


def _newest(reader: Reader) -> list[Any]:
    """Return the newest trace, by its trace.id and its id: another file has another trace under the same number."""
    return [[trace.id, trace.trace_id.hex()] for trace in reader.traces(reader.newest_traces(1))]


def _is_of(reader: Reader, rev: int, newest: list[Any]) -> bool:
    """Whether a file that was at this revision, with this newest trace, is the file of the reader."""
    if reader.rev() < rev:
        return False
    found = reader.traces([trace for trace, _ in newest])  # none: the trace was deleted since
    return all([trace.id, trace.trace_id.hex()] in newest for trace in found)
