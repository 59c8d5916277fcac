"""`tracetui prune`: deletes traces and makes the file smaller."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import NamedTuple

import click

from ...store.file.errors import OPEN_ERRORS, explain
from ...store.filter import parse
from ...store.filter.values.literals import quantity
from ...store.read.reader import Reader
from ...store.read.search import find
from ...store.text import format
from ...store.text.byte_size import parse_byte_size
from ...store.write.deletion import deletable_traces
from ...store.write.prune import NoRoomError, Pruned, compact
from ...store.write.prune import prune as run
from ..errors import USAGE, CommandError, say
from ..file_argument import changing, opened, path_of
from .ls import explained
from .progress import ProgressLine


class Wanted(NamedTuple):
    """The traces to delete: those that match all of these."""

    filter_text: str
    older_than: str | None
    keep: int | None
    max_size: str | None


class _Chosen(NamedTuple):
    traces: set[int]
    gone: frozenset[int]
    of_traces: int
    """The number of traces in the file."""


def prune(db: Path | None, wanted: Wanted, *, is_dry: bool, is_sure: bool) -> None:
    """Delete the traces after the user agrees, and print how many."""
    if not any(one or one == 0 for one in wanted):
        raise CommandError(
            "name the traces to delete: by a filter, --older-than 7d, --keep 1000 or --max-size 2GB", USAGE
        )
    max_bytes = _size(wanted.max_size)
    chosen = _choose(db, wanted)
    path = path_of(db)
    bound = f", the oldest first, until the file has at most {format.size(max_bytes)}" if max_bytes is not None else ""
    question = f"{_traces(len(chosen.traces))} of {chosen.of_traces:,} can be deleted{bound}"
    if is_dry:
        say(f"{question}; nothing was deleted")
        return
    if chosen.traces and not is_sure:
        if not sys.stdin.isatty():
            raise CommandError(f"{question}; there is no terminal to ask on: give --yes to delete them")
        if not click.confirm(f"{question}. Delete them from {path}?", err=True):
            raise CommandError("nothing was deleted")
    before = path.stat().st_size
    pruned = _removed(path, chosen, max_bytes)
    say(f"{_told(pruned) if pruned.traces else 'nothing to delete'}; {path} {_given_back(path, before)}")


def _size(text: str | None) -> int | None:
    if text is None:
        return None
    if (size := parse_byte_size(text)) is None:
        raise CommandError(f"--max-size needs a size such as 500MB or 2GB, not {text!r}", USAGE)
    return size


def _choose(db: Path | None, wanted: Wanted) -> _Chosen:
    now_ns = time.time_ns()
    with explained(wanted.filter_text), opened(db) as reader:
        gone = reader.gone_processes(now_ns)
        traces = dict(reader.connection.execute("SELECT id, start_ns FROM trace ORDER BY id")) if reader.ready else {}
        chosen = set(traces)
        if wanted.filter_text:
            chosen &= _matching(reader, wanted.filter_text, now_ns, gone)
        if wanted.older_than is not None:
            before_ns = now_ns - _age_ns(wanted.older_than)
            chosen = {trace for trace in chosen if traces[trace] < before_ns}
        if wanted.keep is not None:
            chosen.difference_update(list(traces)[len(traces) - wanted.keep :] if wanted.keep < len(traces) else traces)
        if chosen:
            chosen = {trace for trace, _ in deletable_traces(reader.connection, gone, chosen)}
        return _Chosen(chosen, gone, len(traces))


def _age_ns(text: str) -> float:
    age = quantity(text)
    age_ns = age.nanoseconds("") if age else None
    if age_ns is None or age_ns < 0:
        raise CommandError(f"--older-than needs an age such as 7d, 12h or 30m, not {text!r}", USAGE)
    return age_ns


def _matching(reader: Reader, filter_text: str, now_ns: int, gone: frozenset[int]) -> set[int]:
    query = parse(filter_text)
    if query.by is not None:
        raise CommandError("prune deletes traces, not groups: leave out `| by(...)`", USAGE)
    found = find(reader, query, now_ns=now_ns, gone=gone, pool=reader.pool())
    return {trace for batch in found for trace in batch}


def _removed(path: Path, chosen: _Chosen, max_bytes: int | None) -> Pruned:
    line = ProgressLine(Pruned(0, 0), lambda pruned: _traces(pruned.traces))
    try:
        with changing(path):
            return run(path, chosen.traces, chosen.gone, down_to_bytes=max_bytes, on_progress=line)
    except KeyboardInterrupt:
        say(f"{_told(line.last)}, then stopped")
        raise
    except CommandError as error:
        done = f"{_told(line.last)}, then stopped: " if line.last.traces else ""
        raise CommandError(f"{done}{error}") from None


def _given_back(path: Path, before: int) -> str:
    try:
        compact(path)
    except OPEN_ERRORS as error:
        return f"keeps its {format.size(before)}, and new traces reuse the free space; {_way_out(path, error)}"
    after = path.stat().st_size
    return f"had {format.size(before)} and has {format.size(after)}" if after < before else f"has {format.size(after)}"


def _way_out(path: Path, error: Exception) -> str:
    if not isinstance(error, NoRoomError) and getattr(error, "sqlite_errorname", "") != "SQLITE_FULL":
        return f"it was not made smaller: {explain(path, error)}"
    needed = format.size(error.needed_bytes) if isinstance(error, NoRoomError) else "as much as it holds"
    return (
        f"to make it smaller, free {needed} on its disk and on that of temporary files ($SQLITE_TMPDIR), then run the"
        " same command again"
    )


def _told(pruned: Pruned) -> str:
    return f"deleted {_traces(pruned.traces)} with {_number(pruned.spans, 'span')}"


def _traces(count: int) -> str:
    return _number(count, "trace")


def _number(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count:,} {what}s"
