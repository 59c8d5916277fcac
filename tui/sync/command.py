"""What `tracetui sync delta` does."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from ...store.read.reader import Reader
from ...store.read.tail import Kind, Tail
from ..errors import CommandError, say
from ..file_argument import opened, path_of
from .chunks import chunk_after
from .file_id import file_id

if TYPE_CHECKING:
    from .delta_table import SpanTable


def sync_delta(db: Path | None, uri: str, *, follow: bool) -> None:
    """Append what the table does not have, and with `follow`, what arrives until Ctrl-C. Raises CommandError."""
    try:
        from .delta_table import SpanTable, TableError
    except ImportError as error:
        raise CommandError(
            f"a Delta Lake table needs the package {error.name}: pip install 'tracetui[delta]'"
        ) from None
    path = path_of(db)
    sent = 0
    try:
        if not follow:
            with opened(path) as reader:
                sent = append_new(reader, SpanTable(uri, file_id(reader)))
            return
        say(f"following {path} into {uri}; Ctrl-C ends it, and the next run goes on from there")
        table: SpanTable | None = None
        following = Tail(path, threading.Event(), most_per_second=0.5)
        for change in following:
            if following.reader is None:
                if change.kind is Kind.FAILED:
                    say(change.message)
                continue
            if table is None or change.kind in (Kind.OPENED, Kind.REPLACED):
                table = SpanTable(uri, file_id(following.reader))
            sent += append_new(following.reader, table)
    except TableError as error:
        raise CommandError(str(error)) from None
    finally:
        say(f"appended {sent:,} span{'s' * (sent != 1)} to {uri}")


def append_new(reader: Reader, table: SpanTable) -> int:
    """Append the ended spans that the table does not have, chunk by chunk; return how many."""
    sent = 0
    while count := table.append(lambda rev: chunk_after(reader, rev)):
        sent += count
    return sent
