"""Opens the explorer. It imports late, for a fast first paint."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from ..child_processes.document_import import import_documents, is_document
from ..child_processes.follower import start_follower
from ..child_processes.receiver import start_receiver
from ..errors import CommandError
from ..file_argument import opened, path_of
from ..remote_file import Remote


def explore(
    named: Path | Remote | None, *, collects: bool = False, follows_transcripts: bool = False, read_only: bool = False
) -> int:
    """Run the explorer on the named trace file, or on that of the project; returns the exit code.

    The file need not exist yet. A file of another machine is followed over ssh into a copy, and a document of
    `tracetui import` is opened as a copy; copies are deleted at the end. With `collects`, a receiver of OTLP runs
    beside the explorer, and with `follows_transcripts` what records the sessions of coding agents. With `read_only` no
    key changes the file. Raises CommandError if there is no terminal, if the file is neither, or if what is to run
    beside the explorer does not start.
    """
    if not has_terminal():
        raise CommandError("the explorer needs a terminal; in scripts use `tracetui ls --json` or `tracetui sql`")
    if os.environ.get("TERM") in ("dumb", "unknown"):
        raise CommandError(
            f"the explorer cannot draw on TERM={os.environ['TERM']}; use `tracetui ls`, which prints plain lines"
        )
    if isinstance(named, Remote):
        from ..child_processes.ssh import followed

        with TemporaryDirectory(prefix="tracetui-") as folder:
            copy = Path(folder, Path(named.path or "traces.db").name)
            with followed(named, copy):
                return _run(copy, read_only)
    path = path_of(named)
    if is_document(path):
        return _run_imported(path, read_only)
    if path.exists():
        try:
            with opened(path):
                pass
        except CommandError:
            from ...store.importers.mlflow_database import is_mlflow_database

            if is_mlflow_database(path):
                return _run_imported(path, read_only)
            raise
    with ExitStack() as beside:
        if collects:
            beside.callback(start_receiver(path.absolute()).end)
        if follows_transcripts:
            beside.callback(start_follower(path.absolute()).end)
        return _run(path, read_only)


def _run_imported(path: Path, read_only: bool) -> int:
    with TemporaryDirectory(prefix="tracetui-") as folder:
        copy = Path(folder, f"{path.name}.db")
        import_documents(copy, [path], is_quiet=True)
        return _run(copy, read_only)


def _run(path: Path, read_only: bool) -> int:
    gc.disable()  # until the first rows are painted: what importing makes is there to stay
    from .app import run

    return run(path, read_only=read_only)


def has_terminal() -> bool:
    """Whether there is a terminal: Textual reads the keyboard from stdin and draws on stderr."""
    return bool(sys.stdin and sys.stdin.isatty() and sys.stderr and sys.stderr.isatty())
