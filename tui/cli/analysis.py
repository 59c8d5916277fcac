"""Commands that answer questions about traces: `show`, `tail`, `diff`, `why`."""

from __future__ import annotations

from pathlib import Path

import click

from .group import cli
from .options import db_option, filter_words, joined

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
utc_option = click.option("--utc", is_flag=True, help="Use UTC, not local time, in the output and in the filter.")


@cli.command()
@click.argument("trace_id")
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
@click.argument("first")
@click.argument("second")
@click.option("--full", is_flag=True, help="Print the messages of all model calls, whole.")
@json_option
@utc_option
@db_option
def diff(db: Path | None, first: str, second: str, full: bool, as_json: bool, utc: bool) -> None:
    """Compare two traces: where they part, and what took how much longer.

    FIRST and SECOND are ids in hex, their first digits, `last` or `last~1`.

    \b
    tracetui diff last~1 last
    """
    from ..analysis.diff import diff

    diff(db, first, second, is_full=full, as_json=as_json, utc=utc)


@cli.command()
@filter_words
@click.option("--vs", "versus", metavar="FILTER", help="Compare with these. Default: the others with the same names.")
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
