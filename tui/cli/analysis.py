"""Commands that answer questions about traces: `show`, `tail`, `diff`, `stats`, `why`, `watch`."""

from __future__ import annotations

from pathlib import Path

import click

from ..file_argument import is_trace_id
from .group import cli
from .options import db_option, filter_words, joined
from .shell_completion import complete_field, complete_filter, complete_trace

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
utc_option = click.option("--utc", is_flag=True, help="Use UTC, not local time, in the output and in the filter.")


@cli.command()
@click.argument("trace_id", shell_complete=complete_trace)
@click.option("--span", metavar="SPAN", help="Show one span with its texts: the first digits of its id, or its name.")
@click.option("--full", is_flag=True, help="Show the texts of all spans, or of all below --span, as Markdown.")
@click.option("--tokens", type=click.IntRange(min=100), metavar="N", help="Shorten the texts to about N tokens.")
@json_option
@utc_option
@db_option
def show(
    db: Path | None, trace_id: str, span: str | None, full: bool, tokens: int | None, as_json: bool, utc: bool
) -> None:
    """Print the tree of one trace, or what its spans said.

    TRACE_ID is the id in hex, its first digits, `last` for the newest trace, or `last~1` for the one before it.

    \b
    tracetui show last
    tracetui show last --full --tokens 8000 | llm 'what went wrong?'
    tracetui show last --span retrieve
    """
    from ..analysis.show import Wanted, show

    show(db, trace_id, Wanted(span, full, tokens), as_json=as_json, utc=utc)


@cli.command()
@filter_words
@click.option(
    "-n",
    "--last",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    metavar="N",
    help="First print the last N traces that have ended.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line; see `tracetui help json`.")
@utc_option
@db_option
def tail(db: Path | None, words: tuple[str, ...], filter_text: str, last: int, as_json: bool, utc: bool) -> None:
    """Print each trace that ends, or each that matches FILTER, until you press Ctrl-C.

    \b
    tracetui tail
    tracetui tail 'is:error or duration > 5s'
    tracetui tail --json -n 0 | jq -r .trace_id
    """
    from ..analysis.tail import tail

    tail(db, joined(filter_text, words), last=last, as_json=as_json, utc=utc)


@cli.command()
@click.argument("first", required=False, shell_complete=complete_trace)
@click.argument("second", required=False, shell_complete=complete_trace)
@click.option(
    "--by",
    metavar="FIELD",
    shell_complete=complete_field,
    help="Compare the two newest values of a field: version, commit, model, tag.x.",
)
@click.option(
    "--of",
    "of",
    multiple=True,
    metavar="FIELD",
    shell_complete=complete_field,
    help="Of sets: compare this number; can be repeated.",
)
@click.option("--full", is_flag=True, help="Of two traces: print the messages of all model calls, whole.")
@json_option
@utc_option
@db_option
def diff(
    db: Path | None,
    first: str | None,
    second: str | None,
    by: str | None,
    of: tuple[str, ...],
    full: bool,
    as_json: bool,
    utc: bool,
) -> int:
    """Compare two traces, or two sets of traces.

    Two traces, by ids in hex, their first digits, `last` or `last~1`: where they part, and what took how much longer.
    Two filters, or one filter and --by: percentiles, cost and errors, each with how sure the difference is; the first
    filter, or the older value, is the baseline.

    \b
    tracetui diff last~1 last
    tracetui diff 'metadata.version = 1' 'metadata.version = 2'
    tracetui diff --by version 'trace.name = ask'
    """
    from ..analysis.diff_sets import diff_by, diff_filters

    if by is not None:
        if second is not None:
            raise click.UsageError("--by compares the values of a field: give at most one filter")
        return diff_by(db, first or "", by, of, as_json=as_json, utc=utc)
    if first is None or second is None:
        raise click.UsageError("give two traces, two filters, or --by")
    if is_trace_id(first) and is_trace_id(second):
        from ..analysis.diff import diff

        diff(db, first, second, is_full=full, as_json=as_json, utc=utc)
        return 0
    return diff_filters(db, first, second, of, as_json=as_json, utc=utc)


@cli.command()
@filter_words
@click.option(
    "--by",
    "by",
    multiple=True,
    metavar="FIELD",
    shell_complete=complete_field,
    help="One group for each value; can be repeated.",
)
@click.option(
    "--of",
    "of",
    multiple=True,
    metavar="FIELD",
    shell_complete=complete_field,
    help="Measure this field; can be repeated.",
)
@click.option(
    "--vs",
    "versus",
    metavar="FILTER",
    shell_complete=complete_filter,
    help="Compare with these, as `tracetui diff` does.",
)
@json_option
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values.")
@click.option(
    "--openmetrics", "as_openmetrics", is_flag=True, help="Print histograms for Prometheus, by model and name."
)
@utc_option
@db_option
def stats(
    db: Path | None,
    words: tuple[str, ...],
    filter_text: str,
    by: tuple[str, ...],
    of: tuple[str, ...],
    versus: str | None,
    as_json: bool,
    as_csv: bool,
    as_openmetrics: bool,
    utc: bool,
) -> int:
    """Print percentiles, histograms and a line over time of spans or traces.

    Of spans where FILTER or a field is about spans, otherwise of whole traces. Exits with 1 if nothing matches.

    \b
    tracetui stats
    tracetui stats 'kind = LLM' --by model
    tracetui stats --of queue.depth --of cold_start 'has:queue.depth'
    tracetui stats --openmetrics > traces.prom
    """
    if as_json + as_csv + as_openmetrics > 1:
        raise click.UsageError("--json, --csv and --openmetrics exclude each other; give one of them")
    filter_words = joined(filter_text, words)
    if versus is not None:
        from ..analysis.diff_sets import diff_filters

        if by or as_csv or as_openmetrics:
            raise click.UsageError("--vs compares two sets: it goes with --of and --json only")
        return diff_filters(db, versus, filter_words, of, as_json=as_json, utc=utc)
    from ..analysis.stats import Form, stats

    return stats(db, filter_words, by, of, Form(as_json, as_csv, as_openmetrics, utc))


@cli.command()
@filter_words
@click.option(
    "--vs",
    "versus",
    metavar="FILTER",
    shell_complete=complete_filter,
    help="Compare with these. Default: the others with the same names.",
)
@click.option(
    "--of",
    type=click.Choice(["duration", "ttft", "cost", "tokens", "errors"]),
    help="What to explain. Default: errors if all failed, otherwise duration.",
)
@json_option
@utc_option
@db_option
def why(
    db: Path | None,
    words: tuple[str, ...],
    filter_text: str,
    versus: str | None,
    of: str | None,
    as_json: bool,
    utc: bool,
) -> int:
    """Explain what makes the traces that match FILTER slow, dear or wrong.

    Prints what the difference to other traces is made of, in a sum that adds up, and what the traces have in common
    that the others have not, with filters to paste. Exits with 1 if there is nothing to compare.

    \b
    tracetui why 'trace.duration > 5s'
    tracetui why --of cost 'session = s-42'
    tracetui why 'metadata.version = 2' --vs 'metadata.version = 1'
    """
    from ..analysis.why import why

    return why(db, joined(filter_text, words), versus, of, as_json=as_json, utc=utc)


@cli.command()
@click.argument("rule", shell_complete=complete_filter)
@click.option(
    "--last", metavar="TIME", help="Check the traces that started in the last TIME: 5m, 1h. Default: 5m live."
)
@click.option("--for", "hold", metavar="TIME", help="Report only what has held for this long: 60s.")
@click.option("--baseline", metavar="TIME|FILE", help="What `2x` is a multiple of: the 1h before, or --once --json's.")
@click.option("--once", is_flag=True, help="Check once, all traces unless --last is given, and exit.")
@click.option("--exit", "exits", is_flag=True, help="Exit with 3 when the rule holds.")
@click.option("--bell", "rings", is_flag=True, help="Ring the terminal's bell when the rule holds.")
@click.option("--run", "command", metavar="COMMAND", help="Run a shell command when the rule holds.")
@json_option
@utc_option
@db_option
def watch(
    db: Path | None,
    rule: str,
    last: str | None,
    hold: str | None,
    baseline: str | None,
    once: bool,
    exits: bool,
    rings: bool,
    command: str | None,
    as_json: bool,
    utc: bool,
) -> int:
    """Watch a rule: a filter with aggregates behind `|`, over all that matches, or by group with by().

    Prints a line when the rule begins to hold and when it ends. With --once, exits with 3 if the rule holds, with 0 if
    it does not, and with 1 if there are too few traces to say. A command of --run finds the result as JSON in
    $TRACETUI_WATCH.

    \b
    tracetui watch 'kind = LLM | p95(ttft) > 800ms' --last 5m --for 60s
    tracetui watch 'kind = LLM | by(model) | p95(ttft) > 2x' --baseline 1h
    tracetui watch --once 'is:error | count() > 0' || exit 1
    """
    from ..analysis.watch import Settings, watch

    settings = Settings(last, hold, baseline, once, exits, rings, command, as_json, utc)
    return watch(db, rule, settings)
