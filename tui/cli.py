"""The command line: commands, options and their help. The package `commands` does the work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .errors import CommandError
from .first_word import file_named

_REFERENCES = {
    "filter": "..store.filter",
    "json": "..store.read.trace_document",
    "prices": "..store.prices.price_table",
}
"""Topics of `tracetui help` beside the commands, each with the module whose docstring is its help."""

_FILE = click.Path(path_type=Path)

_db = click.option("--db", type=_FILE, metavar="FILE", help="The trace file. Default: the trace file of the project.")


class _FilesToo(click.Group):
    """A group of commands that accepts a file to explore, or nothing, in place of a command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Insert `explore` before a file, and where there is no command."""
        if (
            not args
            or args[0] == "--"
            or args[0].startswith("--db")
            or (not args[0].startswith("-") and args[0] not in self.commands)
        ):
            if args and not args[0].startswith("-"):
                file_named(args[0])
            args = ["explore", *args]
        return super().parse_args(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Print both forms of the command line."""
        formatter.write_usage("tracetui", "[FILE]")
        formatter.write_usage("tracetui", "COMMAND [OPTIONS]...", prefix="       ")


@click.group(cls=_FilesToo, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tracetui", message="%(package)s %(version)s")
def cli() -> None:
    """Explore the traces of LLM programs in the terminal, live.

    Without a command, tracetui opens the explorer on FILE: a trace file, or the folder of a project. Without FILE it
    opens $TRACETUI_DB, or else .tracetui/traces.db of the project that contains the current folder. The file need not
    exist yet. For a file that has the name of a command, write ./NAME.
    """


@cli.command(hidden=True)
@click.argument("file", type=_FILE, required=False)
@_db
def explore(file: Path | None, db: Path | None) -> int:
    """Open the explorer."""
    from .explorer.open import explore

    return explore(file or db)


@cli.command()
@click.argument("words", nargs=-1, metavar="[FILTER]")
@click.option(
    "-f",
    "--filter",
    "filter_text",
    default="",
    metavar="FILTER",
    help="The filter, if not given as words; see `tracetui help filter`.",
)
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(min=0),
    help="Print at most this many; 0 prints all.  [default: 20, or the filter's limit]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line; see `tracetui help json`.")
@click.option("--utc", is_flag=True, help="Use UTC, not local time, in the output and in the filter.")
@_db
def ls(db: Path | None, words: tuple[str, ...], filter_text: str, limit: int | None, as_json: bool, utc: bool) -> None:
    """List the newest traces, or those that match FILTER. A filter with `| by(...)` lists groups.

    \b
    tracetui ls 'llm.ttft_ms > 500'
    tracetui ls 'kind = LLM | by(model) | sort(-p95(ttft))'
    tracetui ls -n 0 --json -f 'is:error' | jq -r .trace_id
    """
    from .commands.ls import ls

    ls(db, " ".join(filter(None, [filter_text, *words])), limit=limit, as_json=as_json, utc=utc)


@cli.command()
@click.argument("trace_id")
@click.option(
    "-o",
    "--output",
    default="-",
    metavar="FILE",
    help="Write to FILE, readable by you only; - is standard output, the default.",
)
@click.option(
    "--attachments",
    type=_FILE,
    metavar="DIR",
    help="Write images and other attachments to DIR instead of into the JSON.",
)
@click.option("--force", is_flag=True, help="Replace existing files.")
@_db
def export(db: Path | None, trace_id: str, output: str, attachments: Path | None, force: bool) -> None:
    """Write one trace as a JSON document; see `tracetui help json`.

    TRACE_ID is the id in hex, its first digits, or `last` for the newest trace.

    \b
    tracetui export last | jq '.spans[] | select(.status == "ERROR") | .exception'
    """
    from .commands.export import export

    export(db, trace_id, output, attachments, replace=force)


@cli.command()
@click.argument("query")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values after a line of column names.")
@_db
def sql(db: Path | None, query: str, as_json: bool, as_csv: bool) -> None:
    """Query the trace file in SQL. The file is opened read-only.

    The views are traces, spans, attributes, events, links, attachments, assessments and processes. In traces, cost_usd
    leaves out calls whose price is unknown: calls_without_price counts them, and cost_is_lower_bound is 1 if any.

    \b
    tracetui sql 'SELECT model, count(*), avg(ttft_ms) FROM spans GROUP BY model'
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other; give one of them")
    from .commands.sql import sql

    sql(db, query, as_json=as_json, as_csv=as_csv)


@cli.command()
@click.option("--keep", is_flag=True, help="Keep the traces in ./tracetui-demo.db.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port of the chat server. Default: a free port.")
@click.option("--db", type=_FILE, metavar="FILE", help="Keep the traces in FILE.")
def demo(keep: bool, port: int | None, db: Path | None) -> int:
    """Explore the traces of a demo chat server.

    The server runs on this machine until you quit, and needs no network and no API key. Its traces are deleted at the
    end unless --keep or --db is given.
    """
    from .demo.command import run_demo

    return run_demo(keep=keep, port=port, db=db)


@cli.command("run", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("-l", "--library", "libraries", multiple=True, help="Record this library only; can be repeated.")
@click.option("--explore", is_flag=True, help="Also open the explorer, in a new pane of tmux.")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@_db
def run_(db: Path | None, command: tuple[str, ...], libraries: tuple[str, ...], explore: bool) -> int:
    """Run a Python program and record its LLM calls.

    The code needs no change. Recorded are the calls of all libraries whose instrumentors are installed, for example by
    pip install 'tracetui[openai,fastapi]', also in Python programs that the program starts.

    \b
    tracetui run -- uvicorn app:app
    tracetui run app.py --verbose
    tracetui run -l openai -l langchain -- python -m app
    """
    from .commands.run import run

    return run(command, db=db, libraries=libraries, beside=explore)


@cli.command()
@click.argument("words", nargs=-1, metavar="[FILTER]")
@click.option(
    "-f",
    "--filter",
    "filter_text",
    default="",
    metavar="FILTER",
    help="The filter, if not given as words; see `tracetui help filter`.",
)
@click.option("--older-than", metavar="AGE", help="Delete traces that started longer ago than AGE: 7d, 12h, 30m.")
@click.option("--keep", type=click.IntRange(min=0), metavar="N", help="Keep the newest N traces of the file.")
@click.option("--max-size", metavar="SIZE", help="Delete the oldest traces until the file is at most SIZE: 500MB, 2GB.")
@click.option("--dry-run", is_flag=True, help="Print how many traces would be deleted, and delete none.")
@click.option("-y", "--yes", is_flag=True, help="Delete without asking.")
@_db
def prune(
    db: Path | None,
    words: tuple[str, ...],
    filter_text: str,
    older_than: str | None,
    keep: int | None,
    max_size: str | None,
    dry_run: bool,
    yes: bool,
) -> None:
    """Delete traces, and make the file smaller.

    Deletes the traces that match all given options. Running traces are kept. Programs can write to the file meanwhile.

    \b
    tracetui prune --older-than 7d
    tracetui prune --keep 1000 --yes
    tracetui prune 'trace.name = healthcheck and not is:error'
    """
    from .commands.prune import Wanted, prune

    wanted = Wanted(" ".join(filter(None, [filter_text, *words])), older_than, keep, max_size)
    prune(db, wanted, is_dry=dry_run, is_sure=yes)


@cli.command()
@_db
def migrate(db: Path | None) -> None:
    """Convert an older trace file to the current layout."""
    from .commands.migrate import migrate

    migrate(db)


@cli.command()
@click.option("--prices", type=_FILE, metavar="FILE", help="Use your own prices; see `tracetui help prices`.")
@_db
def rederive(db: Path | None, prices: Path | None) -> None:
    """Compute models, tokens, costs and times of all spans again.

    Uses the recorded attributes and this version's knowledge of SDKs and prices. Costs that a program recorded itself
    are kept.
    """
    from .commands.rederive import rederive

    rederive(db, prices)


@cli.command("help")
@click.argument("topic", required=False)
@click.pass_context
def help_(ctx: click.Context, topic: str | None) -> None:
    """Explain a command, or filter, json or prices.

    Topics: filter (the filter language), json (the export), prices (the price file).
    """
    if topic in _REFERENCES:
        from importlib import import_module
        from inspect import cleandoc

        module = import_module(_REFERENCES[topic], __package__)
        click.echo(cleandoc(module.__doc__ or ""))
        return
    parent = ctx.parent or ctx
    command = cli if topic is None else cli.commands.get(topic)
    if command is None:
        topics = ", ".join([*_REFERENCES, *(name for name, one in cli.commands.items() if not one.hidden)])
        raise click.UsageError(f"there is no help on {topic!r}; topics are {topics}", parent)
    with click.Context(command, info_name=topic, parent=None if command is cli else parent) as context:
        click.echo(command.get_help(context))


def run(arguments: list[str]) -> int:
    """Run a command line; returns the exit code. Raises CommandError for a failed command and for wrong usage."""
    try:
        result: Any = cli.main(arguments, prog_name="tracetui", standalone_mode=False)
    except click.exceptions.Abort:
        raise KeyboardInterrupt from None
    except click.UsageError as error:
        is_named = error.ctx and not error.ctx.command.hidden
        path = error.ctx.command_path if error.ctx and is_named else "tracetui"
        message = error.format_message().rstrip(".")
        raise CommandError(f"{message[:1].lower()}{message[1:]}; see `{path} --help`", error.exit_code) from None
    except click.ClickException as error:
        raise CommandError(error.format_message(), error.exit_code) from None
    return result if isinstance(result, int) else 0
