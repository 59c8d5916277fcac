"""`tracetui sessions` and `tracetui watch-transcripts`: the sessions of coding agents on this machine."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from ...store.read.trace_document import iso_utc, to_json
from ...store.text import format
from ...store.text.safe_text import safe_line
from ...store.transcripts.files import transcripts
from ..child_processes.follower import MODULE
from ..errors import say
from ..file_argument import look_at, path_of
from ..layout.columns import Column
from ..layout.text_table import TextTable

_COLUMNS = (
    Column("AGENT", 12),
    Column("WRITTEN", format.START_CELLS),
    Column("SIZE", 9, right=True),
    Column("TRANSCRIPT", 90),
)


def print_sessions(home: Path, *, limit: int, as_json: bool, utc: bool) -> int:
    """Print the transcripts below a home folder, those written last first; returns the exit code, 1 for none."""
    found = []
    for path in transcripts(home):
        try:
            found.append((path.stat(), path))
        except OSError:
            continue
    found.sort(key=lambda one: -one[0].st_mtime_ns)
    table = TextTable(_COLUMNS)
    now_ns = time.time_ns()
    for status, path in found[: limit or None]:
        agent = "codex" if path.name.startswith("rollout-") else "claude-code"
        if as_json:
            written = iso_utc(status.st_mtime_ns)
            line = {"agent": agent, "written": written, "size_bytes": status.st_size, "transcript": str(path)}
            sys.stdout.write(to_json(line) + "\n")
        else:
            started = format.start(status.st_mtime_ns, now_ns=now_ns, utc=utc)
            table.add([agent, started, format.size(status.st_size), safe_line(str(path))])
    if not found:
        say(f"no sessions of Claude Code or Codex below {home}")
        return 1
    return 0


def watch_transcripts(db: Path | None) -> int:
    """Write the sessions that run on this machine into the trace file until Ctrl-C; returns the exit code."""
    path = path_of(db).absolute()
    look_at(path)
    say(f"following the sessions of Claude Code and Codex into {path}; Ctrl-C ends it")
    try:
        return subprocess.run([sys.executable, "-P", "-m", MODULE, "--db", str(path)], check=False).returncode
    except KeyboardInterrupt:
        return 0
