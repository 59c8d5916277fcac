"""Commands that open the explorer, and that run a program to explore: `explore`, `demo`, `run`."""

from __future__ import annotations

from pathlib import Path

import click

from ..remote_file import Remote
from .group import cli
from .options import FILE, FILE_OR_REMOTE, db_option


@cli.command(hidden=True)
@click.argument("file", type=FILE_OR_REMOTE, required=False)
@click.option("--collect", is_flag=True, help="Also receive OTLP, as `tracetui collect` does.")
@click.option("--transcripts", is_flag=True, help="Also follow coding agents, as `tracetui watch-transcripts` does.")
@click.option("--read-only", is_flag=True, help="No key changes the trace file.")
@db_option
def explore(file: Path | Remote | None, db: Path | None, collect: bool, transcripts: bool, read_only: bool) -> int:
    """Open the explorer."""
    from ..explorer.open import explore

    return explore(file or db, collects=collect, follows_transcripts=transcripts, read_only=read_only)


@cli.command()
@click.option("--keep", is_flag=True, help="Keep the traces in ./tracetui-demo.db.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port of the chat server. Default: a free port.")
@click.option("--db", type=FILE, metavar="FILE", help="Keep the traces in FILE.")
def demo(keep: bool, port: int | None, db: Path | None) -> int:
    """Explore the traces of a demo chat server.

    The server runs on this machine until you quit, and needs no network and no API key. Its traces are deleted at the
    end unless --keep or --db is given.
    """
    from ..demo.command import run_demo

    return run_demo(keep=keep, port=port, db=db)


@cli.command("run", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("-l", "--library", "libraries", multiple=True, help="Record this library only; can be repeated.")
@click.option("--explore", is_flag=True, help="Also open the explorer, in a new pane of tmux.")
@click.option("--content", is_flag=True, help="Ask programs in other languages for prompts and answers too.")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@db_option
def run_(db: Path | None, command: tuple[str, ...], libraries: tuple[str, ...], explore: bool, content: bool) -> int:
    """Run a program and record its LLM calls.

    The code needs no change. Recorded are the calls of all libraries whose instrumentors are installed, for example by
    pip install 'tracetui[openai,fastapi]', also in Python programs that the program starts. A program that is no Python
    gets the address of a receiver of its own, to which SDKs of OpenTelemetry send, and coding agents if they are asked
    to, as they are here; that needs the extra `collect`.

    \b
    tracetui run -- uvicorn app:app
    tracetui run app.py --verbose
    tracetui run -- node server.js
    tracetui run -l openai -l langchain -- python -m app
    """
    from ..commands.run import run

    return run(command, db=db, libraries=libraries, beside=explore, content=content)
