"""The child process of `tracetui demo`: a traced chat server and the people who use it.

`python -m tracetui.tui.demo.server --db FILE --requests 40` runs without a screen, for scripts and tests.
"""

from __future__ import annotations

import argparse
import asyncio
import atexit
import os
import shutil
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from ...store.file import schema

READY = "listening on port "
"""The first words of the line on standard output that says the server is up."""

T = TypeVar("T")
N = TypeVar("N", int, float)

SERVICE = "lantern-chat"
DEFAULT_SEED = 7

MAX_REQUESTS = 3_000
"""The load rests after this many requests, about half an hour, so that a forgotten demo does not fill the disk."""

LAST_CHANCE_S = 3.0
"""How long a server whose parent is gone may take to end in good order before it just ends."""


def main(arguments: list[str] | None = None) -> int:
    """Run the server until its requests are done, or until it is told to stop; the exit code."""
    options = _options(arguments)
    folder: Path | None = options.remove
    if folder:
        # Registered before the tracer's own, so run after it: the last thing written is gone too.
        atexit.register(_remove, folder)
    try:
        schema.open_for_writing(options.db).close()
    except (OSError, sqlite3.Error, schema.NotATraceFileError) as error:
        return _fail(f"cannot write {options.db}: {error}")

    from ...tracer import configure, flush

    configure(db=options.db, service=SERVICE)
    try:
        return asyncio.run(_run(options))
    except OSError as error:
        return _fail(f"cannot listen on 127.0.0.1:{options.port}: {error.strerror}")
    finally:
        flush()


async def _run(options: argparse.Namespace) -> int:
    from .http_server import serve
    from .load import run_load
    from .pace import Pace
    from .service import ChatService

    stop = asyncio.Event()
    _stop_on_signals(stop)
    if options.leash:
        _stop_on_end_of_input(stop, options.remove)
    pace = Pace(options.speed)
    service = ChatService(options.seed, pace)
    async with await serve(service.handle, options.port) as server:
        port: int = server.sockets[0].getsockname()[1]
        print(f"{READY}{port}", flush=True)
        headless = options.requests is not None
        load = run_load(port, options.seed, pace, options.requests if headless else MAX_REQUESTS)
        tally = await _unless_stopped(load, stop)
        if headless and tally:
            print(f"{tally.asked} asked: {tally.answered} answered, {tally.failed} failed, {tally.left} left early")
        if not headless:
            await stop.wait()
    return 0 if tally or not headless else 130


async def _unless_stopped(work: Coroutine[Any, Any, T], stop: asyncio.Event) -> T | None:
    """The result of the work, or None when it was stopped first."""
    tasks = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    if tasks[0].done():
        tasks[1].cancel()
        return tasks[0].result()
    tasks[0].cancel()
    with suppress(asyncio.CancelledError):
        await tasks[0]
    return None


def _stop_on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows has no such handlers; there the end of standard input is enough.
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)


def _stop_on_end_of_input(stop: asyncio.Event, folder: Path | None) -> None:
    """Stop when standard input ends: the system closes it when the parent dies, however it dies."""
    loop = asyncio.get_running_loop()

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            pass
        with suppress(RuntimeError):  # the loop may be closed already
            loop.call_soon_threadsafe(stop.set)
        time.sleep(LAST_CHANCE_S)
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
    parser.add_argument(
        "--port", type=_number(int, 0), default=0, help="where to listen on 127.0.0.1; 0: any free port"
    )
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="the same seed asks the same questions")
    parser.add_argument("--speed", type=_number(float, 0.01), default=1.0, help="how many times faster than life")
    parser.add_argument("--requests", type=_number(int, 1), help="end after this many requests")
    parser.add_argument("--leash", action="store_true", help="end when standard input ends")
    parser.add_argument("--remove", type=Path, metavar="FOLDER", help="delete this folder at the end")
    return parser.parse_args(arguments)


def _number(kind: Callable[[str], N], least: N) -> Callable[[str], N]:
    def parse(text: str) -> N:
        number = kind(text)
        if not number >= least:
            raise argparse.ArgumentTypeError(f"must be at least {least}")
        return number

    return parse


if __name__ == "__main__":
    sys.exit(main())
