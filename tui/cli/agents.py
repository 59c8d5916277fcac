"""Commands for coding agents: `sessions` and `watch-transcripts` read theirs; `wait`, `skill` and `mcp` serve them."""

from __future__ import annotations

from pathlib import Path

import click

from .group import cli
from .options import FILE, Duration, db_option, filter_words, joined


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


@cli.command()
@filter_words
@click.option("--timeout", type=Duration(), default="30s", show_default=True, help="Give up after this time.")
@click.option(
    "--since", type=Duration(), default="0s", show_default=True, help="Count traces that ended this long ago."
)
@click.option("-n", "--count", type=click.IntRange(min=1), default=1, show_default=True, help="Wait for N traces.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line; see `tracetui help json`.")
@click.option("--utc", is_flag=True, help="Use UTC, not local time, in the output and in the filter.")
@db_option
def wait(
    db: Path | None,
    words: tuple[str, ...],
    filter_text: str,
    timeout: float,
    since: float,
    count: int,
    as_json: bool,
    utc: bool,
) -> int:
    """Wait until a trace that matches has ended, and print its tree.

    Start the server, send a request, wait, look. Exits with 1 if none ends in time.

    \b
    curl -s localhost:8000/chat -d hello & tracetui wait 'trace.name = "POST /chat"'
    tracetui wait --since 10s 'is:error' --json | jq -r .trace_id
    """
    from ..analysis.wait import wait

    return wait(db, joined(filter_text, words), count=count, timeout_s=timeout, since_s=since, as_json=as_json, utc=utc)


@cli.command()
@click.option("--install", type=click.Choice(["claude", "agents"]), help="Write it into the project for these agents.")
@click.option("--folder", type=FILE, metavar="DIR", help="Write it into this folder of skills.")
def skill(install: str | None, folder: Path | None) -> None:
    """Print a skill that tells coding agents how to use tracetui, or install it in a project.

    \b
    tracetui skill --install claude
    tracetui skill > SKILL.md
    """
    from ..doors.skill import FOLDERS, skill_text
    from ..doors.skill import install as write

    if folder is None and install is None:
        click.echo(skill_text(cli), nl=False)
        return
    write(skill_text(cli), folder or FOLDERS[install or ""])


@cli.command()
@db_option
def mcp(db: Path | None) -> None:
    """Serve the trace file to coding agents over MCP: six tools, read-only, on standard input and output.

    Needs the extra `mcp-server`. Agents with a shell do well with `tracetui skill` alone.
    """
    from ..errors import CommandError

    try:
        from ..doors.mcp_server import serve
    except ImportError as error:
        raise CommandError(f"this needs the package {error.name}: pip install 'tracetui[mcp-server]'") from None
    serve(db)
