"""An export: which traces, in which format, how far it is, and its end."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from ...store.file.errors import OPEN_ERRORS, explain
from ...store.read.reader import Reader
from ...store.read.trace_lookup import TraceNotFoundError
from ..errors import CommandError
from .file_work import Finished

if TYPE_CHECKING:
    from ...store.filter.tree.nodes import Query
    from ...store.model.rows import TraceRow

_PAGE = 128
_SHOWN_EVERY_S = 0.1


class _CancelledError(Exception):
    """The user does not want the export any more."""


@dataclass
class Export:
    """One export into `folder`."""

    path: Path
    """The trace file."""
    format: str
    """A name of `export_formats.FORMATS`."""
    folder: Path
    now_ns: int
    ids: Sequence[int] | None
    """The traces; None for those of `query`."""
    query: Query | None
    """The filter; None for all traces."""
    utc: bool
    left_out: frozenset[int]
    """Traces that are deleted, though the file still has them."""
    about: int
    """How many traces there are, as far as the screen knows."""
    progressed: Callable[[int], object] = lambda count: None
    """Called in the thread of the export with the number of traces so far, some times in a second."""
    cancelled: Event = field(default_factory=Event)

    def run(self) -> Finished:
        """Write the traces; returns what came of it. For a thread of its own."""
        try:
            with Reader(self.path) as reader:
                return self._written(reader)
        except _CancelledError:
            return Finished("The export was cancelled; nothing of it is left", "warning")
        except CommandError as error:  # a format that needs an extra, or another process
            return Finished(f"Not exported: {error}", "error")
        except OSError as error:
            what = f"{error.filename}: " if error.filename else ""
            return Finished(f"Not exported: {what}{error.strerror or error}", "error")
        except OPEN_ERRORS as error:
            return Finished(f"Not exported: {explain(self.path, error)}", "error")
        except TraceNotFoundError as error:
            return Finished(f"Not exported: {error}", "error")

    def _written(self, reader: Reader) -> Finished:
        from .export_formats import FORMATS, name_of, new_folder, one_document, one_file

        format = FORMATS[self.format]
        traces = self._counted(self._traces(reader))
        first = list(islice(traces, 2))
        if not first:
            return Finished("Nothing to export: the traces are gone from the file", "warning")
        is_one = len(first) == 1
        name = name_of(first[0]) if is_one else "traces"

        def every() -> Iterator[TraceRow]:
            yield from first
            yield from traces

        if format.write is not None:
            target = one_file(reader, every(), name, format, self.folder, self.now_ns)
        elif is_one:
            target = one_document(reader, first[0], self.folder, self.now_ns)
        else:
            target = new_folder(self.folder, name)
            try:
                for trace in every():
                    one_document(reader, trace, target, self.now_ns)
            except BaseException:
                shutil.rmtree(target, ignore_errors=True)
                raise
        what = "" if is_one else f"{self._count:,} traces: "
        return Finished(f"{what}{target.name} written to {target.parent}")

    def _traces(self, reader: Reader) -> Iterator[TraceRow]:
        if self.ids is not None:
            for begin in range(0, len(self.ids), _PAGE):
                page = self.ids[begin : begin + _PAGE]
                rows = {row.id: row for row in reader.traces(page)}
                yield from (rows[id] for id in page if id in rows)
        elif self.query is None:
            newest = reader.newest_traces(1)
            for last in range(newest[0] if newest else 0, 0, -_PAGE):
                yield from sorted(reader.traces_between(max(1, last - _PAGE + 1), last), key=lambda row: -row.id)
        else:
            from ..commands.ls import matching

            gone = reader.gone_processes(self.now_ns)
            yield from matching(reader, self.query, 0, self.now_ns, gone, utc=self.utc)

    def _counted(self, traces: Iterator[TraceRow]) -> Iterator[TraceRow]:
        self._count = 0
        shown_at = 0.0
        for trace in traces:
            if self.cancelled.is_set():
                raise _CancelledError
            if trace.id in self.left_out:
                continue
            self._count += 1
            if (now := time.monotonic()) - shown_at > _SHOWN_EVERY_S:
                shown_at = now
                self.progressed(self._count)
            yield trace
