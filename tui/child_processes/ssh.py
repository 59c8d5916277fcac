"""`tracetui HOST:PATH`: a trace file on another machine, followed over the user's own ssh into a copy here."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import CommandError
from ..remote_file import REMOTE, Remote

_IMPORT = "tracetui.tracer.ingest"


@contextmanager
def followed(remote: Remote, copy: Path) -> Iterator[None]:
    """Write what the remote file has and gets to `copy`, until the context ends.

    ssh may ask for a password before the context begins. Raises CommandError if the other machine cannot be reached, or
    has no tracetui.
    """
    try:
        ssh = subprocess.Popen(remote.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    except OSError as error:
        raise CommandError(f"cannot run ssh: {error.strerror or error}") from None
    with ssh:
        try:
            assert ssh.stdout is not None
            if os.read(ssh.stdout.fileno(), 1) != b"\n":
                raise CommandError(_explained(remote, ssh.wait()))
            command = [sys.executable, "-P", "-m", _IMPORT, "--db", str(copy), "--stream"]
            with subprocess.Popen(
                command, stdin=ssh.stdout, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            ) as importing:
                try:
                    yield
                finally:
                    importing.terminate()
        finally:
            ssh.terminate()


def _explained(remote: Remote, exit_code: int) -> str:
    if exit_code == 255:
        return f"ssh could not connect to {remote.host}"
    if exit_code == 127:
        return (
            f"{remote.host} has no command tracetui: install it there, or name it with {REMOTE}, such as"
            f" {REMOTE}='.venv/bin/tracetui'"
        )
    return f"tracetui on {remote.host} ended with the exit code {exit_code}"
