"""Commands that change the trace file: `prune`, `migrate`, `rederive`."""

from __future__ import annotations

from pathlib import Path

import click

from .group import cli
from .options import FILE, db_option, filter_words, joined


@cli.command()
@filter_words
@click.option("--older-than", metavar="AGE", help="Delete traces that started longer ago than AGE: 7d, 12h, 30m.")
@click.option("--keep", type=click.IntRange(min=0), metavar="N", help="Keep the newest N traces of the file.")
@click.option("--max-size", metavar="SIZE", help="Delete the oldest traces until the file is at most SIZE: 500MB, 2GB.")
@click.option("--dry-run", is_flag=True, help="Print how many traces would be deleted, and delete none.")
@click.option("-y", "--yes", is_flag=True, help="Delete without asking.")
@db_option
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
    from ..commands.prune import Wanted, prune

    wanted = Wanted(joined(filter_text, words), older_than, keep, max_size)
    prune(db, wanted, is_dry=dry_run, is_sure=yes)


@cli.command()
@db_option
def migrate(db: Path | None) -> None:
    """Convert an older trace file to the current layout."""
    from ..commands.migrate import migrate

    migrate(db)


@cli.command()
@click.option("--prices", type=FILE, metavar="FILE", help="Use your own prices; see `tracetui help prices`.")
@db_option
def rederive(db: Path | None, prices: Path | None) -> None:
    """Compute models, tokens, costs and times of all spans again.

    Uses the recorded attributes and this version's knowledge of SDKs and prices. Costs that a program recorded itself
    are kept.
    """
    from ..commands.rederive import rederive

    rederive(db, prices)
