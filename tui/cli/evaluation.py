"""Commands about how good answers are: `score`, `dataset`."""

from __future__ import annotations

from pathlib import Path

import click

from .group import cli
from .options import FILE, db_option, filter_words, joined


@cli.command()
@filter_words
@click.option("--with", "scorers", required=True, type=FILE, metavar="FILE", help="A Python file with scorers.")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="Score so many traces at once.")
@click.option("--follow", is_flag=True, help="Go on with traces as they end, until Ctrl-C.")
@click.option("--record", is_flag=True, help="Record what scorers do, as traces that are linked to the scored ones.")
@db_option
def score(
    db: Path | None,
    words: tuple[str, ...],
    filter_text: str,
    scorers: Path,
    jobs: int,
    follow: bool,
    record: bool,
) -> int:
    """Let your functions score traces; what they return is feedback in the trace file.

    A scorer is a function with any of the arguments inputs, outputs, expectations and trace, plain or async, with or
    without `@scorer`. It returns a bool, a number, a text, a Feedback, or a list of Feedback. A scorer that was not
    changed does not score a trace again. An exception is kept as the error of the score.

    \b
    tracetui score 'trace.name = chat' --with scorers.py
    tracetui score --with scorers.py --follow --jobs 4
    """
    from ..evaluation.score import score

    return score(db, joined(filter_text, words), scorers, jobs=jobs, follows=follow, records=record)


@cli.command()
@filter_words
@click.option("-o", "--output", default="-", metavar="FILE", help="Write to FILE; - is standard output, the default.")
@click.option("-n", "--limit", type=click.IntRange(min=0), default=0, metavar="N", help="At most N traces.")
@click.option("--force", is_flag=True, help="Replace an existing file.")
@db_option
def dataset(db: Path | None, words: tuple[str, ...], filter_text: str, output: str, limit: int, force: bool) -> int:
    """Write inputs, outputs, expectations and feedback of traces, one JSON object per line.

    \b
    tracetui dataset 'feedback.correct = true' -o golden.jsonl
    """
    from ..evaluation.dataset import dataset

    return dataset(db, joined(filter_text, words), target=output, limit=limit, replace=force)
