"""`tracetui export --follow` and `tracetui HOST:PATH`: a trace file of another machine is followed into a copy here."""

from __future__ import annotations

import json
import sqlite3
import stat
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.builders import TraceFile
from tests.support.waiting import wait_until
from tracetui.tui.child_processes.ssh import followed
from tracetui.tui.errors import CommandError
from tracetui.tui.remote_file import Remote, remote_named


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("host:app/traces.db", Remote("host", None, "app/traces.db")),
        ("me@host.example:/srv/t.db", Remote("me@host.example", None, "/srv/t.db")),
        ("host:", Remote("host", None, "")),
        ("ssh://host", Remote("host", None, "")),
        ("ssh://me@host:2222/srv/t.db", Remote("me@host", 2222, "/srv/t.db")),
        ("ssh://host/~/app", Remote("host", None, "app")),
        ("traces.db", None),
        ("C:/traces.db", None),
        ("./a:b", None),
        ("-oProxyCommand=x:y", None),
    ],
)
def test_a_remote_file_is_named_as_scp_or_a_url_names_it(word: str, expected: Remote | None) -> None:
    """A file here that has such a name is opened as it is; nothing becomes an option of ssh."""
    assert remote_named(word) == expected


def test_an_address_that_is_none_is_refused() -> None:
    for word in ("ssh:///path", "ssh://host:x/path", "ssh://-oProxyCommand=x/path"):
        with pytest.raises(CommandError, match="is not an address"):
            remote_named(word)


@pytest.fixture
def ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in the place of ssh that runs the remote command here, by a shell, as ssh does."""
    program = tmp_path / "bin" / "ssh"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\necho "$@" > {tmp_path}/asked\nwhile [ "$1" != "--" ]; do shift; done\nexec sh -c "$3"\n'
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setenv("TRACETUI_REMOTE", f"{sys.executable} -m tracetui.tui")
    return tmp_path / "asked"


def spans(path: Path) -> list[Any]:
    """The names and ends of the spans in a file, which may not be there yet."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute("SELECT name, end_ns IS NOT NULL FROM span ORDER BY name").fetchall()
    except sqlite3.OperationalError:
        return []


def test_a_remote_file_is_followed_into_a_copy(ssh: Path, tmp_path: Path) -> None:
    """What is there, then what comes and what ends, with a path that a shell would take apart."""
    remote = TraceFile(tmp_path / "it's here.db")
    first = remote.trace("first")
    first.span("a")
    running = first.span("b", end_ms=None)
    copy = tmp_path / "copy.db"
    with followed(Remote("host", 22, str(remote.path)), copy):
        wait_until(lambda: spans(copy) == [("a", 1), ("b", 0)], "what is there")
        first.end(running)
        remote.trace("second").span("c")
        wait_until(lambda: spans(copy) == [("a", 1), ("b", 1), ("c", 1)], "what comes")
    remote.close()
    assert ssh.read_text().startswith("-T -p 22 -- host ")


def test_a_machine_without_tracetui_names_the_way_out(
    ssh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACETUI_REMOTE", "no-such-command")
    with (
        pytest.raises(CommandError, match="TRACETUI_REMOTE="),
        followed(Remote("host", None, ""), tmp_path / "copy.db"),
    ):
        pytest.fail("there is nothing to follow")


def test_what_changes_is_printed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the newest traces as many as are asked for, each as a document in one line."""
    from subprocess import PIPE, Popen

    file = TraceFile(tmp_path / "traces.db")
    for name in ("old", "new"):
        file.trace(name).span("a")
    command = [sys.executable, "-m", "tracetui.tui", "export", "-f", "", "-n", "1", "--follow", "--db", str(file.path)]
    with Popen(command, stdout=PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "\n"
        assert json.loads(process.stdout.readline())["trace"]["name"] == "new"
        file.trace("newest").span("b")
        assert json.loads(process.stdout.readline())["trace"]["name"] == "newest"
        process.stdout.close()
        process.wait(20)  # nobody reads what would be printed: the other end of ssh is gone
    file.close()
