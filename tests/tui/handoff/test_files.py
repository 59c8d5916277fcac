"""Texts as files, and in the programs of the user."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tracetui.tui.handoff.files import Taken, editor, open_with, pager, save


@pytest.mark.parametrize(
    ("taken", "name"),
    [
        (Taken("Outputs of chat", '{"a": 1}'), "outputs-of-chat.json"),
        (Taken("Outputs of chat", "{not json"), "outputs-of-chat.txt"),
        (Taken("shop / assistant", "# Trace"), "shop-assistant.md"),
        (Taken("../../etc/passwd", "text"), "etc-passwd.txt"),
        (Taken("包裹", "text"), "value.txt"),
    ],
)
def test_a_saved_text_has_a_name_that_says_what_it_is(tmp_path: Path, taken: Taken, name: str) -> None:
    """No text from a trace leads out of the folder."""
    path = save(taken, tmp_path)
    assert path == tmp_path / name
    assert path.read_text("utf-8") == taken.text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_is_there_is_kept(tmp_path: Path) -> None:
    """The next one has a number."""
    taken = Taken("answer", "one")
    save(taken, tmp_path)
    assert save(taken._replace(text="two"), tmp_path).name == "answer-2.txt"
    assert (tmp_path / "answer.txt").read_text() == "one"


def test_lone_surrogates_are_saved(tmp_path: Path) -> None:
    """Whatever was recorded can be saved."""
    assert save(Taken("value", "\ud800"), tmp_path).read_bytes() == b"\xed\xa0\x80"


def test_the_programs_of_the_user_are_found() -> None:
    """By the variables, with arguments, or else among the usual ones."""
    assert pager({"PAGER": "less -S"}, lambda name: None) == ["less", "-S"]
    assert pager({}, lambda name: name == "more") == ["more"]
    assert editor({"EDITOR": "vi", "VISUAL": "code --wait"}, lambda name: None) == ["code", "--wait"]
    assert editor({"EDITOR": " "}, lambda name: name == "vi") == ["vi"]
    assert editor({}, lambda name: None) == []
    assert pager({"PAGER": "less 'x"}, lambda name: None) == ["less 'x"]


@contextmanager
def suspended() -> Iterator[None]:
    """The screen is away."""
    yield


def test_a_program_gets_a_copy_of_the_text(tmp_path: Path) -> None:
    """The copy is gone afterwards."""
    script = tmp_path / "pager"
    script.write_text(f'#!/bin/sh\ncp "$1" {tmp_path}/seen\necho "$1" > {tmp_path}/name\n')
    script.chmod(0o700)
    assert open_with([str(script)], Taken("x", "# text"), suspended) == ""
    assert (tmp_path / "seen").read_text() == "# text"
    name = (tmp_path / "name").read_text().strip()
    assert name.endswith(".md")
    assert not Path(name).exists()


def test_a_program_that_is_missing_is_named() -> None:
    """The user sees which, on a screen that is back."""
    is_back = False

    @contextmanager
    def away() -> Iterator[None]:
        nonlocal is_back
        yield  # as in Textual: an error here would leave the screen away
        is_back = True

    assert "no-such-pager" in open_with(["no-such-pager"], Taken("x", "text"), away)
    assert is_back
