"""`python -m tracetui.tracer.ingest --db FILE DOCUMENT...`: the process of `tracetui import`, `merge` and `snap`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from ...store.exchange.document import Batches, FormatError, Refuse
from ...store.file.errors import OPEN_ERRORS, explain
from ...store.importers.joined import joined
from ...store.importers.mlflow_database import documents, is_mlflow_database
from ...store.importers.sniff import is_protobuf, is_trace_file, read_protobuf
from ...store.text.safe_text import safe_line
from ...store.transcripts.files import read_file
from .ingest import Counts, Ingest
from .mlflow_traces import read_mlflow
from .stream import write_stream
from .trace_files import read_trace_file

_PROGRESS_S = 0.2
_SHOWN_REASONS = 20


class _Report:
    """What an import says on stderr: progress on a terminal, and the first reasons for what is left out."""

    def __init__(self) -> None:
        self.reasons = 0
        self._shows_progress = sys.stderr.isatty()
        self._next_s = time.monotonic() + _PROGRESS_S

    def refuse(self, reason: str) -> None:
        """Count a value that is left out, and say why."""
        self.reasons += 1
        if self.reasons <= _SHOWN_REASONS:
            self._say(f"left out: {reason}")
        elif self.reasons == _SHOWN_REASONS + 1:
            self._say("more is left out, for which the reasons are not listed")

    def progress(self, counts: Counts) -> None:
        """Show how many spans are written, a few times a second."""
        now_s = time.monotonic()
        if self._shows_progress and now_s >= self._next_s:
            self._next_s = now_s + _PROGRESS_S
            print(f"\r\x1b[K{counts.written:,} spans", end="", file=sys.stderr, flush=True)

    def _say(self, text: str) -> None:
        self.clear()
        print(f"tracetui: {safe_line(text)}", file=sys.stderr)

    def clear(self) -> None:
        """Remove the line of progress."""
        if self._shows_progress:
            print("\r\x1b[K", end="", file=sys.stderr)


def main() -> int:
    """Import documents; returns the exit code: 0, or 1 if a document is of no use."""
    parser = argparse.ArgumentParser(prog="tracetui import")
    parser.add_argument("--db", type=Path, required=True)
    parser.add_argument("--filter", default="", help="which traces of trace files")
    parser.add_argument("--stream", action="store_true", help="write each line of the standard input as it comes")
    parser.add_argument("documents", type=Path, nargs="*")
    arguments = parser.parse_args()
    report = _Report()
    counts = Counts()
    failed = 0
    try:
        with Ingest(arguments.db, report.refuse) as ingest:
            if arguments.stream:
                counts = write_stream(sys.stdin.buffer, ingest, report.refuse)
            for path in _files(arguments.documents):
                try:
                    for batch in _batches(path, arguments.filter, report.refuse):
                        counts = counts.plus(ingest.add(batch))
                        report.progress(counts)
                except (FormatError, EOFError) as error:
                    report.refuse(f"{path}: {error}")
                    failed += 1
                except OSError as error:
                    report.refuse(f"{path}: {error.strerror or error}")
                    failed += 1
    except OPEN_ERRORS as error:
        report.clear()
        print(f"tracetui: {safe_line(explain(arguments.db, error))}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        report.clear()
        print(f"tracetui: interrupted; {_summary(counts)}; run the same command again for the rest", file=sys.stderr)
        return 130
    report.clear()
    print(_summary(counts))
    return 1 if failed else 0


def _files(named: list[Path]) -> Iterator[Path]:
    """Return the files, and for a folder the transcripts in it, without those of subagents."""
    for path in named:
        if path.is_dir():
            yield from sorted(one for one in path.rglob("*.jsonl*") if "subagents" not in one.parts and one.is_file())
        else:
            yield path


def _batches(path: Path, filter_text: str, refuse: Refuse) -> Batches:
    if is_protobuf(path):
        yield from read_protobuf(path, refuse)
    elif not is_trace_file(path):
        yield from joined(read_file(path, refuse, read_mlflow))
    elif is_mlflow_database(path):
        for document in documents(path, refuse):
            yield from read_mlflow(document, refuse)
    else:
        yield from read_trace_file(path, filter_text, refuse)


def _summary(counts: Counts) -> str:
    others = [f"{counts.known:,} there already"] * bool(counts.known) + [f"{counts.refused:,} refused"] * bool(
        counts.refused
    )
    spans = f"{counts.written:,} span{'s' * (counts.written != 1)} imported"
    return f"{spans} ({', '.join(others)})" if others else spans


if __name__ == "__main__":
    sys.exit(main())
