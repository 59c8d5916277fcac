"""Commands about how good answers are: `score`, `dataset`, `replay`."""

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


@cli.command()
@click.argument("which")
@click.option("--span", metavar="SPAN", help="The call: its name, or the first digits of its id. Default: the last.")
@click.option("--model", metavar="MODEL", help="Ask this model.")
@click.option("--base-url", metavar="URL", help="Send to this address, such as http://127.0.0.1:8000/v1.")
@click.option("--edit", is_flag=True, help="Edit the request in $EDITOR first.")
@click.option("--print", "printed", type=click.Choice(["curl", "python"]), help="Print the request, and send nothing.")
@click.option(
    "-n", "--limit", type=click.IntRange(min=1), default=1, show_default=True, help="With a filter: N traces."
)
@db_option
def replay(
    db: Path | None,
    which: str,
    span: str | None,
    model: str | None,
    base_url: str | None,
    edit: bool,
    printed: str | None,
    limit: int,
) -> int:
    """Make a recorded model call again, edited or with another model.

    WHICH is a trace (its id, the first digits, `last`) or a filter. The call goes to an endpoint that speaks OpenAI's
    or Anthropic's protocol; the key comes from OPENAI_API_KEY or ANTHROPIC_API_KEY and is never stored. The answer is
    printed as it comes, and recorded as a trace that is linked to the original.

    \b
    tracetui replay last --edit
    tracetui replay 'is:error kind = LLM' -n 5 --model gpt-4.1-mini
    tracetui replay last --print curl
    """
    from ..evaluation.replay import Wanted, replay

    return replay(db, which, Wanted(span, model, base_url, edit, printed), limit=limit)
