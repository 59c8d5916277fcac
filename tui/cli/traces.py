"""Commands that print traces: `ls`, `export`, `sql`."""

from __future__ import annotations

from pathlib import Path

import click

from .group import cli
from .options import FILE, db_option, file_first, filter_words, joined
from .shell_completion import complete_trace


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

    db, words = file_first(db, words)
    ls(db, joined(filter_text, words), limit=limit, as_json=as_json, utc=utc)


@cli.command()
@click.argument("trace_id", required=False, shell_complete=complete_trace)
@click.option("-f", "--filter", "filter_text", metavar="FILTER", help="Write the traces that match, not one trace.")
@click.option("-n", "--limit", type=click.IntRange(min=0), default=0, metavar="N", help="With -f: at most N traces.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["json", "jsonl", "otlp", "otlp-protobuf", "mlflow", "markdown", "perfetto", "csv"]),
    help="The format. Default: json, or jsonl with -f.",
)
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
@click.option("--follow", is_flag=True, help="With -f: print the newest N traces as jsonl, then each as it changes.")
@db_option
def export(
    db: Path | None,
    trace_id: str | None,
    filter_text: str | None,
    limit: int,
    format_: str | None,
    output: str,
    attachments: Path | None,
    force: bool,
    follow: bool,
) -> None:
    """Write one trace, or those that match a filter; newest first.

    TRACE_ID is the id in hex, its first digits, or `last` for the newest trace. Formats: json, one complete document,
    see `tracetui help json`; jsonl, the same, one trace in each line; otlp, OpenTelemetry's JSON, one request in each
    line; otlp-protobuf, the same as one message; mlflow, the JSON of MLflow's traces, one in each line; markdown, each
    trace as text; perfetto, for ui.perfetto.dev and chrome://tracing; csv, a table of spans.

    \b
    tracetui export last | jq '.spans[] | select(.status == "ERROR") | .exception'
    tracetui export -f 'is:error' -o errors.jsonl
    tracetui export last --format perfetto -o trace.perfetto.json
    """
    if (trace_id is None) == (filter_text is None):
        raise click.UsageError("give a TRACE_ID, or a filter with -f" + (", not both" if trace_id else ""))
    if follow:
        if trace_id is not None or format_ not in (None, "jsonl") or output != "-" or attachments is not None:
            raise click.UsageError("--follow prints jsonl for a filter: it goes with -f and -n only")
        from ..commands.follow_export import follow as follow_traces

        follow_traces(db, filter_text or "", newest=limit)
        return
    if format_ == "json" and trace_id is None:
        raise click.UsageError("json is one trace; for many, use --format jsonl")
    if trace_id is not None and format_ in (None, "json"):
        from ..commands.export import export

        export(db, trace_id, output, attachments, replace=force)
        return
    if attachments is not None:
        raise click.UsageError("--attachments goes with the format json only")
    from ..commands.export import export_traces

    export_traces(db, trace_id, filter_text or "", format=format_ or "jsonl", limit=limit, target=output, replace=force)


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
