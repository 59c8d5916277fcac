"""A trace file on another machine, as the command line names it: `HOST:PATH` or `ssh://HOST/PATH`."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from .errors import USAGE, CommandError

REMOTE = "TRACETUI_REMOTE"
"""The environment variable with the command that is tracetui on the other machine, where it is not `tracetui`."""

NEWEST = 1_000
"""How many of the traces that are there are copied; what changes later is copied in any case."""

_HOST_AND_PATH = re.compile(r"(?P<host>(?:[^@:/\\\s-][^@:/\\\s]*@)?[^@:/\\\s-][^@:/\\\s]+):(?P<path>[^:].*|)")
"""As scp has it. A name of one letter is a drive of Windows."""


class Remote(NamedTuple):
    """A trace file on another machine."""

    host: str
    """As ssh has it: a name of its configuration, or USER@HOST."""
    port: int | None
    path: str
    """Empty for the trace file of the folder in which ssh begins."""

    @property
    def command(self) -> list[str]:
        """The command here that prints the traces of the file."""
        remote = shlex.split(os.environ.get(REMOTE) or "tracetui")
        named = ["--db", self.path] if self.path else []
        asked = shlex.join([*remote, "export", "-f", "", "-n", str(NEWEST), "--follow", *named])
        port = [] if self.port is None else ["-p", str(self.port)]
        return ["ssh", "-T", *port, "--", self.host, asked]


def remote_named(word: str) -> Remote | None:
    """Return the remote file that `ssh://[USER@]HOST[:PORT]/PATH` or `HOST:PATH` names; None for any other word.

    A path that begins with `/~/` is of the user's home. Raises CommandError for an address of ssh without a host.
    """
    if word.startswith("ssh://"):
        parts = urlsplit(word)
        try:
            port = parts.port
        except ValueError:
            port = -1
        if not parts.hostname or parts.hostname.startswith("-") or port == -1:
            raise CommandError(f"{word!r} is not an address such as ssh://host/path/traces.db", USAGE)
        host = f"{unquote(parts.username)}@{parts.hostname}" if parts.username else parts.hostname
        path = unquote(parts.path)
        return Remote(host, port, path[3:] if path.startswith("/~/") else path.rstrip("/") and path)
    found = _HOST_AND_PATH.fullmatch(word)
    if found is None or Path(word).exists():
        return None
    return Remote(found["host"], None, found["path"])
