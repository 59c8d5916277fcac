"""`tracetui demo`: the chat server in a child process, the explorer here, and nothing left behind."""

from __future__ import annotations

import shlex
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from ..child_processes.server import GOODBYE_S, ServerDiedError
from .child import start_server

KEPT_NAME = "tracetui-demo.db"
TEMPORARY_NAME = "traces.db"

READY_S = 0.5
"""The explorer waits so long for the server, so that an error at its start shows in place of an empty screen."""


def run_demo(
    *, keep: bool, port: int | None = None, db: Path | None = None, explore: Callable[[Path], int] | None = None
) -> int:
    """Run the demo until the user quits the explorer; returns the exit code.

    The trace file is `db`, or `./tracetui-demo.db` with `keep`. Without them it is temporary, and is deleted at the
    end, also when this process is killed. `port` is the port of the chat; None takes a free one. `explore` opens the
    explorer on a file; None is the real explorer.
    """
    kept = db or (Path.cwd() / KEPT_NAME if keep else None)
    with _signals_as_exits():
        try:
            if kept is None:
                with _temporary_folder() as folder:
                    return _serve_and_explore(folder / TEMPORARY_NAME, port or 0, explore, folder)
            code = _serve_and_explore(kept, port or 0, explore, None)
        except ServerDiedError as error:
            print(f"tracetui demo: the chat server ended: {error}", file=sys.stderr)
            code = 1
    if kept and kept.exists():
        print(f"The traces are in {kept}. Open them again with: tracetui {shlex.quote(str(kept))}")
    return code


def _serve_and_explore(path: Path, port: int, explore: Callable[[Path], int] | None, folder: Path | None) -> int:
    server = start_server(path, port, folder)
    try:
        explore = explore or _explorer()
        server.wait_ready(READY_S)
        code = explore(path)
        server.check()
        return code
    finally:
        # The last spans need not be written to a file that is deleted anyway.
        server.end(0.0 if folder else GOODBYE_S)


def _explorer() -> Callable[[Path], int]:
    # The longest import of the program runs while the server starts.
    from ..explorer.app import run

    return run


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="tracetui-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _signals_as_exits() -> Iterator[None]:
    """Turn the first SIGTERM or SIGHUP into SystemExit, so that the server ends and the file is deleted."""

    def leave(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)
        raise SystemExit(128 + number)

    before = {}
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # Only the main thread can set handlers; a choice of the caller, such as nohup's, stays.
        with suppress(ValueError):
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                before[number] = signal.signal(number, leave)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
