"""The demo's server as a child process of the explorer, which ends with it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ..child_processes.server import ServerProcess
from .server import READY


def start_server(db: Path, port: int, remove: Path | None) -> ServerProcess:
    """Start the chat server, which records into `db`; at its end it deletes the folder `remove`."""
    command = [sys.executable, "-P", "-m", "tracetui.tui.demo.server", "--leash", "--db", str(db), "--port", str(port)]
    if remove:
        command += ["--remove", str(remove)]
    # The user's settings are for their own traces.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRACETUI_")}
    return ServerProcess(command, READY, environment)
