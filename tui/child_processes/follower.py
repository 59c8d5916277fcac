"""The process that follows transcripts. It records like a traced program, so it has the tracer; this one has not."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ..errors import CommandError
from .server import ServerDiedError, ServerProcess

MODULE = "tracetui.tracer.ingest.transcripts"
READY = "ready "
"""The first line of the process begins with this; `tracer.ingest.transcripts` defines it."""

_READY_S = 2.0


def start_follower(db: Path) -> ServerProcess:
    """Start the process, which writes to `db` until `end` is called. Raises CommandError if it ends by itself."""
    process = ServerProcess([sys.executable, "-P", "-m", MODULE, "--leash", "--db", str(db)], READY, os.environ)
    try:
        process.wait_ready(_READY_S)  # the first reading of long transcripts goes on behind the explorer
    except ServerDiedError as error:
        process.end()
        raise CommandError(f"following the transcripts ended: {error}") from None
    return process
