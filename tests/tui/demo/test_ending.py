"""`tracetui demo` leaves nothing behind: no process, no file, however it ends."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.demo_file import WAIT_S, rows
from tests.support.waiting import wait_until
from tracetui.tui.child_processes.server import ServerDiedError
from tracetui.tui.demo.child import start_server
from tracetui.tui.demo.command import KEPT_NAME, run_demo


def alive(pid: int) -> bool:
    """Whether a process runs; one that is dead and not yet reaped does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")


def server_pid(path: Path) -> int:
    """The process that writes the file, as the file says, once its first trace is there."""
    wait_until(lambda: rows(path, "SELECT 1 FROM traces"), "the first trace")
    (pid,) = rows(path, "SELECT pid FROM processes")[0]
    return int(pid)


@pytest.mark.parametrize("ending", ["quit", "crash", "interrupt"])
def test_demo_leaves_no_process_and_no_file(ending: str) -> None:
    """However the explorer ends, the server and its temporary file end with it."""
    seen: list[tuple[int, Path]] = []

    def explore(path: Path) -> int:
        seen.append((server_pid(path), path))
        if ending == "crash":
            raise RuntimeError("the explorer broke")
        if ending == "interrupt":
            raise KeyboardInterrupt
        return 3

    if ending == "quit":
        assert run_demo(keep=False, explore=explore) == 3
    else:
        with pytest.raises((RuntimeError, KeyboardInterrupt)):
            run_demo(keep=False, explore=explore)
    ((pid, path),) = seen
    assert not alive(pid)
    assert not path.parent.exists()


PARENT = """
import sys, time
from tracetui.tui.demo.command import run_demo

def explore(path):
    print(path, flush=True)
    time.sleep(60)
    return 0

sys.exit(run_demo(keep=False, explore=explore))
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_demo_leaves_nothing_when_a_signal_ends_it(number: signal.Signals) -> None:
    """A closed terminal, a kill and even kill -9 of the explorer take the server and the file along."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as parent:
        assert parent.stdout
        path = Path(parent.stdout.readline().strip())
        pid = server_pid(path)
        parent.send_signal(number)
        parent.wait(WAIT_S)
    wait_until(lambda: not alive(pid), f"the server to end after {number.name}")
    wait_until(lambda: not path.parent.exists(), f"the file to go after {number.name}")


EXPLORED = """
import fcntl, sys, termios
from tracetui.tui.demo.command import run_demo

fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # the terminal that hangs us up when it is closed
sys.exit(run_demo(keep=False))
"""


@pytest.mark.parametrize("ending", ["quit", "close"])
def test_demo_leaves_nothing_when_its_terminal_does(ending: str, tmp_path: Path) -> None:
    """The real explorer on a terminal of its own: left by `q`, or by closing the window while it draws."""
    terminal, inside = pty.openpty()
    explorer = subprocess.Popen(
        [sys.executable, "-c", EXPLORED],
        stdin=inside,
        stdout=inside,
        stderr=inside,
        env=os.environ | {"TERM": "xterm-256color", "TMPDIR": str(tmp_path)},
        start_new_session=True,
    )
    os.close(inside)
    screen = b""

    def painted() -> bool:
        nonlocal screen
        if select.select([terminal], [], [], 0)[0]:
            screen += os.read(terminal, 65536)
        return b"POST" in screen

    wait_until(painted, "the first request on the screen")
    (path,) = tmp_path.glob("*/traces.db")
    server = server_pid(path)
    if ending == "quit":
        os.write(terminal, b"q")
    else:
        os.close(terminal)

    def ended() -> bool:
        if ending == "quit" and select.select([terminal], [], [], 0)[0]:
            with contextlib.suppress(OSError):
                os.read(terminal, 65536)
        return explorer.poll() is not None

    wait_until(ended, "the explorer to end")
    wait_until(lambda: not alive(server), "the server to end")
    wait_until(lambda: not list(tmp_path.iterdir()), "the file to go")
    if ending == "quit":
        os.close(terminal)


def test_demo_keeps_the_file_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --keep the traces stay in the current directory, ended in good order, and the way back is told."""
    monkeypatch.chdir(tmp_path)

    def explore(path: Path) -> int:
        server_pid(path)
        return 0

    assert run_demo(keep=True, explore=explore) == 0
    kept = tmp_path / KEPT_NAME
    assert rows(kept, "SELECT count(*) FROM processes WHERE ended_ns IS NOT NULL") == [(1,)]
    assert rows(kept, "SELECT count(*) FROM spans WHERE status = 'RUNNING'") == [(0,)]
    assert f"tracetui {kept}" in capsys.readouterr().out


def test_demo_tells_in_one_message_why_the_server_died(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file of another program is named, untouched, and no explorer opens on it."""
    foreign = tmp_path / "foreign.db"
    foreign.write_text("this is a letter, not a database" * 100)
    assert run_demo(keep=False, db=foreign, explore=lambda path: pytest.fail("opened")) == 1
    said = capsys.readouterr().err
    assert str(foreign) in said
    assert "Traceback" not in said
    assert foreign.read_text().startswith("this is a letter")


def test_server_names_a_port_that_is_taken(tmp_path: Path) -> None:
    """Two demos on one port: the second says so."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start_server(tmp_path / "traces.db", taken.getsockname()[1], None)
        try:
            with pytest.raises(ServerDiedError, match=r"cannot listen on 127\.0\.0\.1"):
                process.wait_ready(WAIT_S)
        finally:
            process.end()
