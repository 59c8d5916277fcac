"""The child process of `tracetui demo`: a traced chat server and its users.

`python -m tracetui.tui.demo.server --db FILE --requests 40` runs without a screen, for scripts and tests.
"""

from __future__ import annotations

import argparse
import atexit
import os
import shutil
import signal
import sqlite3
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from ...store.file import schema

if TYPE_CHECKING:
    from .provider import Delays
    from .service import ChatServer

READY = "listening on port "
"""The first words of the line on standard output once the server listens."""

SERVICE = "lantern-chat"
DEFAULT_SEED = 7

MAX_REQUESTS = 3_000
"""The traffic ends after this many requests, about half an hour, so that a forgotten demo does not fill the disk."""

ORPHAN_S = 3.0
"""Seconds until a server whose parent has died exits at once, if it has not stopped in good order."""

STOPPED = 130


def main(arguments: list[str] | None = None) -> int:
    """Run the server until its requests are done or it is stopped; returns the exit code."""
    options = _options(arguments)
    if options.remove:
        # Registered before the tracer's handler, so it runs after it and removes the last write too.
        atexit.register(_remove, options.remove)
    try:
        schema.open_for_writing(options.db).close()
    except (OSError, sqlite3.Error, schema.NotATraceFileError) as error:
        return _fail(f"cannot write {options.db}: {error}")

    from ...tracer import configure, flush
    from .provider import Delays
    from .service import ChatServer

    configure(db=options.db, service=SERVICE)
    delays = Delays(options.speed)
    _stop_on_signals(delays.stopping)
    if options.leash:
        _stop_on_end_of_input(delays.stopping, options.remove)
    try:
        server = ChatServer(options.port, options.seed, delays)
    except OSError as error:
        return _fail(f"cannot listen on 127.0.0.1:{options.port}: {error.strerror}")
    try:
        with closing(server.handbook), server:
            return _serve(server, options, delays)
    finally:
        flush()


def _serve(server: ChatServer, options: argparse.Namespace, delays: Delays) -> int:
    from .provider import StoppedError
    from .traffic import run_traffic

    threading.Thread(target=server.serve_forever, args=(0.05,), name="server", daemon=True).start()
    print(f"{READY}{server.port}", flush=True)
    try:
        outcomes = run_traffic(server.port, options.seed, delays, options.requests or MAX_REQUESTS)
        if options.requests:
            listed = ", ".join(f"{number} {outcome}" for outcome, number in sorted(outcomes.items()))
            print(f"{outcomes.total()} asked: {listed}")
        else:
            delays.stopping.wait()
    except StoppedError:
        return STOPPED if options.requests else 0
    finally:
        server.shutdown()
    return 0


def _stop_on_signals(stopping: threading.Event) -> None:
    def stop(_number: int, _frame: object) -> None:
        # In another thread: this one may hold the lock of the event.
        threading.Thread(target=stopping.set).start()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def _stop_on_end_of_input(stopping: threading.Event, folder: Path | None) -> None:
    """Stop when standard input ends: the system closes it when the parent dies, in whatever way."""

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            pass
        stopping.set()
        time.sleep(ORPHAN_S)
        if folder:
            _remove(folder)
        os._exit(1)

    threading.Thread(target=watch, name="leash", daemon=True).start()


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _fail(message: str) -> int:
    print(message, file=sys.stderr)
    return 1


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tracetui.tui.demo.server", description=__doc__)
    parser.add_argument("--db", type=Path, required=True, help="the trace file to write")
    parser.add_argument("--port", type=int, default=0, help="the port on 127.0.0.1; 0 for any free port")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="the same seed asks the same questions")
    parser.add_argument("--speed", type=float, default=1.0, help="how many times faster than real time")
    parser.add_argument("--requests", type=int, help="end after this many requests")
    parser.add_argument("--leash", action="store_true", help="end when standard input ends")
    parser.add_argument("--remove", type=Path, metavar="FOLDER", help="delete this folder at the end")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
