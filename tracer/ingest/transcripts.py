"""`python -m tracetui.tracer.ingest.transcripts --db FILE`: the process that follows transcripts of coding agents.

It prints READY once it follows them. With `--leash`, it ends when its standard input is closed.
"""

from __future__ import annotations

import argparse
import signal
import sqlite3
import sys
import threading
import time
from pathlib import Path

from ...store.file.errors import OPEN_ERRORS, explain
from ...store.text.safe_text import safe_line
from .follow import Follower
from .ingest import Ingest

READY = "ready "


def main() -> int:
    """Follow until a signal, or until the leash ends; returns the exit code."""
    parser = argparse.ArgumentParser(prog="tracetui watch-transcripts")
    parser.add_argument("--db", type=Path, required=True)
    parser.add_argument("--home", type=Path, default=Path.home())
    parser.add_argument("--leash", action="store_true")
    arguments = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    if arguments.leash:
        threading.Thread(target=_end_with_stdin, args=(stop,), daemon=True).start()
    try:
        with Ingest(arguments.db, _say) as ingest:
            follower = Follower(arguments.home, ingest, _say)
            follower.poll(time.time())
            print(f"{READY}0", flush=True)
            while not stop.is_set():
                try:
                    follower.follow(stop)
                except sqlite3.OperationalError as error:  # locked, or the disk is full: what was read is read again
                    _say(f"{arguments.db} cannot be written now: {error}")
                    follower = Follower(arguments.home, ingest, _say)
    except OPEN_ERRORS as error:
        _say(explain(arguments.db, error))
        return 1
    return 0


def _end_with_stdin(stop: threading.Event) -> None:
    sys.stdin.buffer.read()
    stop.set()


def _say(text: str) -> None:
    print(f"tracetui: {safe_line(text)}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
