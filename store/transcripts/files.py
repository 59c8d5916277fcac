"""Find the transcripts on this machine, open them, and read them turn by turn in little memory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

import orjson

from ..exchange.document import Batch, Batches, Refuse
from ..importers import sniff
from .claude_code import ClaudeCodeSession
from .codex import CodexSession
from .lines import Line, mapping


class Session(Protocol):
    """Reads the lines of one transcript."""

    unknown: Any

    def read(self, line: Line) -> Batch | None:
        """Read a line; return the turn before it, if it begins another one."""

    def rest(self) -> Batch | None:
        """Return the last turn, as it is by now."""


def session_for(path: Path, first: Line) -> Session | None:
    """Return what reads a transcript with this first line; None if the line is of no transcript that is known."""
    if first.get("type") == "session_meta" and isinstance(first.get("payload"), dict):
        return CodexSession()
    if isinstance(first.get("type"), str) and ("sessionId" in first or "leafUuid" in first):
        return ClaudeCodeSession(lambda agent_id: _lines_of_agent(path, agent_id))
    return None


def read_file(path: Path, refuse: Refuse, read_other: sniff.Read | None = None) -> Batches:
    """Return the spans of a transcript, or of a file of another known format; see `sniff.read_file`."""
    documents = sniff.documents(path, refuse)
    first = next(documents)
    session = session_for(path, first) if isinstance(first, dict) else None
    if session is None:
        return sniff.read_documents(chain([first], documents), refuse, read_other)
    return read(session, chain([first], documents), path, refuse)


def read(session: Session, lines: Iterable[Line], path: Path, refuse: Refuse) -> Batches:
    """Return the turns of a transcript, each when it is over, and the last one as it is."""
    for line in lines:
        if (batch := session.read(line)) is not None:
            yield batch
    if (batch := session.rest()) is not None:
        yield batch
    for kind, number in sorted(session.unknown.items()):
        refuse(f"{number} line{'s' * (number != 1)} of {path.name} of an unknown form: {kind}")


def transcripts(home: Path) -> Iterator[Path]:
    """Return the transcripts in the folders of the agents below a home folder, without those of subagents."""
    claude = Path(os.environ.get("CLAUDE_CONFIG_DIR") or home / ".claude")
    codex = Path(os.environ.get("CODEX_HOME") or home / ".codex")
    yield from claude.glob("projects/*/*.jsonl")
    for folder in ("sessions", "archived_sessions"):
        yield from codex.glob(f"{folder}/**/rollout-*.jsonl*")


def _lines_of_agent(path: Path, agent_id: str) -> Iterator[Line]:
    """Return the lines of a subagent's file, which lies in a folder with the name of the session, or beside it."""
    if not agent_id.replace("-", "").replace("_", "").isalnum():
        return
    name = f"agent-{agent_id}.jsonl"
    for file in (path.with_suffix("") / "subagents" / name, path.parent / name):
        if file.is_file():
            with file.open("rb") as lines:
                for line in lines:
                    try:
                        yield mapping(orjson.loads(line))
                    except orjson.JSONDecodeError:
                        continue
            return
