"""However the explorer is left, the terminal is given back as it was, and the exit code tells how it went."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.raw_terminal import RawTerminal
from tests.support.builders import TraceFile

ENTERED, LEFT = b"\x1b[?1049h", b"\x1b[?1049l"
"""The alternate screen (xterm's control sequences, DECSET 1049)."""

CURSOR_SHOWN, MOUSE_OFF = b"\x1b[?25h", b"\x1b[?1000l"

EXPLORER = """
import sys
from tracetui.tui import __main__
sys.argv = ["tracetui", "traces.db"]
{prepared}
__main__.main()
"""

FAULTS = {
    "in a timer": "Explorer.tick = fail",
    "while painting": "from tracetui.tui.widgets.trace_list import TraceList; TraceList.draw = fail",
    "in the feed": "from tracetui.tui.feed.feed import Feed; Feed._opened = fail",
    "before a key that leaves": "Explorer.tick = fail_and_quit",
}

FAILING = """
from tracetui.tui.explorer.screen import ExplorerScreen as Explorer

def fail(*_, **__):
    prompt = "a secret of the user"
    raise NameError(prompt)

def fail_and_quit(screen):
    screen.app.call_later(screen.app.exit)
    fail()

"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a trace file."""
    file = TraceFile(tmp_path / "traces.db")
    file.trace("an ordinary request").span("step")
    file.close()
    return tmp_path


@contextmanager
def explorer(folder: Path, prepared: str = "") -> Iterator[RawTerminal]:
    """The explorer on a terminal of its own."""
    terminal = RawTerminal([sys.executable, "-c", EXPLORER.format(prepared=prepared)], folder)
    try:
        yield terminal
    finally:
        terminal.kill()


def is_given_back(output: bytes | bytearray) -> bool:
    """Whether the shell finds its terminal as it left it: main screen, cursor, no reports of the mouse."""
    return all(
        output.rfind(undone) > output.rfind(done)
        for done, undone in ((ENTERED, LEFT), (b"\x1b[?25l", CURSOR_SHOWN), (b"\x1b[?1000h", MOUSE_OFF))
    )


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_fault_of_the_explorer_ends_with_code_1_and_without_the_users_data(folder: Path, fault: str) -> None:
    """The shell sees a failure, the person sees where it was; no prompt that a variable held is printed."""
    with explorer(folder, FAILING + fault) as terminal:
        assert terminal.wait() == 1
        assert is_given_back(terminal.output)
        said = terminal.output[terminal.output.rfind(LEFT) :].decode()
        assert "tracetui failed (NameError)" in said
        assert "a secret of the user" not in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signal_ends_the_explorer_and_gives_the_terminal_back(folder: Path, number: signal.Signals) -> None:
    """A kill from outside leaves a usable shell; the exit code is that of the signal, as shells count it."""
    with explorer(folder) as terminal:
        terminal.wait_for("an ordinary request")
        terminal.signal(number)
        assert terminal.wait() == 128 + number
        assert is_given_back(terminal.output)


def test_key_ends_the_explorer_and_gives_the_terminal_back(folder: Path) -> None:
    """`q` leaves with code 0."""
    with explorer(folder) as terminal:
        terminal.wait_for("an ordinary request")
        assert terminal.end("q") == 0
        assert is_given_back(terminal.output)
