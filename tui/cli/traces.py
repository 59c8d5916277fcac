"""Commands that print traces: `ls`, `export`, `sql`."""

from __future__ import annotations

from pathlib import Path

import click

from .group import cli
from .options import FILE, db_option, filter_words, joined


@cli.command()
@filter_words
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(min=0),
    help="Print at most this many; 0 prints all.  [default: 20, or the filter's limit]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line; see `tracetui help json`.")
@click.option("--utc", is_flag=True, help="Use UTC, not local time, in the output and in the filter.")
@db_option
def ls(db: Path | None, words: tuple[str, ...], filter_text: str, limit: int | None, as_json: bool, utc: bool) -> None:
    """List the newest traces, or those that match FILTER. A filter with `| by(...)` lists groups.

    \b
    tracetui ls 'llm.ttft_ms > 500'
    tracetui ls 'kind = LLM | by(model) | sort(-p95(ttft))'
    tracetui ls -n 0 --json -f 'is:error' | jq -r .trace_id
    """
    from ..commands.ls import ls

    ls(db, joined(filter_text, words), limit=limit, as_json=as_json, utc=utc)


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
    type=FILE,
    metavar="DIR",
    help="Write images and other attachments to DIR instead of into the JSON.",
)
@click.option("--force", is_flag=True, help="Replace existing files.")
@db_option
def export(db: Path | None, trace_id: str, output: str, attachments: Path | None, force: bool) -> None:
    """Write one trace as a JSON document; see `tracetui help json`.

    TRACE_ID is the id in hex, its first digits, or `last` for the newest trace.

    \b
    tracetui export last | jq '.spans[] | select(.status == "ERROR") | .exception'
    """
    from ..commands.export import export

    export(db, trace_id, output, attachments, replace=force)


@cli.command()
@click.argument("query")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values after a line of column names.")
@db_option
def sql(db: Path | None, query: str, as_json: bool, as_csv: bool) -> None:
    """Query the trace file in SQL. The file is opened read-only.

    The views are traces, spans, attributes, events, links, attachments, assessments and processes. In traces, cost_usd
    leaves out calls whose price is unknown: calls_without_price counts them, and cost_is_lower_bound is 1 if any.

    \b
    tracetui sql 'SELECT model, count(*), avg(ttft_ms) FROM spans GROUP BY model'
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other; give one of them")
    from ..commands.sql import sql

    sql(db, query, as_json=as_json, as_csv=as_csv)
