"""A copy says what is known of it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tracetui.tui.handoff.clipboard import OSC52_BYTES, Copied, copy_text, run_program


class Machine:
    """A machine with some programs, of which some fail."""

    def __init__(self, *programs: str, failing: Sequence[str] = ()) -> None:
        self.programs = programs
        self.failing = failing
        self.given: list[tuple[str, bytes]] = []
        self.sent: list[str] = []

    def copy(self, text: str, **environment: str) -> Copied:
        """Copy a text there."""

        def run(command: Sequence[str], stored: bytes) -> bool:
            self.given.append((command[0], stored))
            return command[0] not in self.failing

        return copy_text(text, environment, lambda name: name in self.programs, run, self.sent.append)


@pytest.mark.parametrize(
    ("programs", "environment", "used"),
    [
        (("wl-copy", "xclip"), {"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "wl-copy"),
        (("xclip", "xsel"), {"DISPLAY": ":0"}, "xclip"),
        (("xsel",), {"DISPLAY": ":0"}, "xsel"),
        (("pbcopy",), {}, "pbcopy"),
        (("clip.exe",), {}, "clip.exe"),
    ],
)
def test_a_program_with_access_to_the_clipboard_is_used(
    programs: tuple[str, ...], environment: dict[str, str], used: str
) -> None:
    """It is the only way that is known to work."""
    machine = Machine(*programs)
    assert machine.copy("é", **environment) == Copied(f"copied with {used}", True)
    assert machine.given == [(used, "é".encode("utf-16" if used == "clip.exe" else "utf-8"))]
    assert not machine.sent


def test_a_program_without_a_display_is_not_tried() -> None:
    """xclip would fail, or fill the clipboard of a screen that nobody sees."""
    machine = Machine("xclip", "wl-copy")
    assert not machine.copy("text").is_sure
    assert machine.sent == ["text"]


def test_over_ssh_the_clipboard_of_the_other_machine_is_left_alone() -> None:
    """The text goes to the terminal, which runs on the user's machine."""
    machine = Machine("xclip", "pbcopy")
    copied = machine.copy("text", SSH_CONNECTION="1.2.3.4 5", DISPLAY=":10")
    assert not copied.is_sure
    assert "does not say" in copied.what
    assert machine.sent == ["text"]


def test_tmux_keeps_the_text_in_its_buffer() -> None:
    """Its default drops what a program sends to the terminal: `prefix ]` pastes in any case."""
    machine = Machine("tmux")
    copied = machine.copy("text", TMUX="/tmp/tmux-0/default,1,0", SSH_TTY="/dev/pts/0")
    assert copied.is_sure
    assert "prefix ]" in copied.what
    assert not machine.sent


def test_a_program_that_fails_is_passed_over() -> None:
    """The next one is tried, the terminal last."""
    machine = Machine("xclip", "xsel", "tmux", failing=("xclip", "xsel", "tmux"))
    assert not machine.copy("text", DISPLAY=":0", TMUX="x").is_sure
    assert [name for name, _ in machine.given] == ["xclip", "xsel", "tmux"]
    assert machine.sent == ["text"]


def test_more_than_terminals_take_is_not_sent() -> None:
    """A terminal drops it without a word."""
    machine = Machine()
    assert machine.copy("x" * (OSC52_BYTES + 1)).is_too_large
    assert not machine.sent
    assert not machine.copy("x" * OSC52_BYTES).is_too_large


def test_programs_are_run_with_the_text_as_their_input() -> None:
    """One that does not exist, or says that it failed, is no success."""
    assert run_program(("cat",), b"text")
    assert not run_program(("false",), b"text")
    assert not run_program(("no-such-program-of-tracetui",), b"text")
