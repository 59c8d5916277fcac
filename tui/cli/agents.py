"""Commands for the sessions of coding agents: `sessions`, `watch-transcripts`."""

from __future__ import annotations

from pathlib import Path

import click

from .group import cli
from .options import FILE, db_option


@cli.command()
@click.option("-n", "--limit", type=click.IntRange(min=0), default=20, show_default=True, help="0 prints all.")
@click.option("--home", type=FILE, default=Path.home, help="The home folder. Default: yours.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@click.option("--utc", is_flag=True, help="Use UTC, not local time.")
def sessions(home: Path, limit: int, as_json: bool, utc: bool) -> int:
    """List the sessions of Claude Code and Codex on this machine, those written last first.

    \b
    tracetui sessions
    tracetui import "$(tracetui sessions -n 1 --json | jq -r .transcript)"
    """
    from ..commands.sessions import print_sessions

    return print_sessions(home, limit=limit, as_json=as_json, utc=utc)


@cli.command("watch-transcripts")
@db_option
def watch_transcripts(db: Path | None) -> int:
    """Record the sessions of Claude Code and Codex while they run, from the transcripts that they keep.

    Each turn is a trace with its model calls, tools, waits for permissions and subagents. Sessions that were used in
    the last hour are read from their beginning, others when they go on. `tracetui --transcripts` does the same beside
    the explorer.
    """
    from ..commands.sessions import watch_transcripts

    return watch_transcripts(db)
