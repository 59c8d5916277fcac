"""The command that writes what a person says of a trace: `annotate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .group import cli
from .options import db_option

if TYPE_CHECKING:
    from ..evaluation.spoken import Named


@cli.command()
@click.argument("trace_id")
@click.option("--span", metavar="SPAN_ID", help="Speak of this span, by its hex id or its first digits.")
@click.option("--star/--no-star", default=None, help="Give the trace a star, or take it away.")
@click.option("--up", "thumb", flag_value=True, type=bool, default=None, help="Thumb up.")
@click.option("--down", "thumb", flag_value=False, type=bool, help="Thumb down.")
@click.option("--score", "scores", multiple=True, metavar="[NAME=]NUMBER", help="A score; can be repeated.")
@click.option("--note", metavar="TEXT", help="A note; an empty one takes it away.")
@click.option("--expected", metavar="TEXT", help="The answer that was expected; an empty one takes it away.")
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="A tag; -KEY takes it away; can be repeated.")
@click.option("--by", "person", metavar="NAME", help="Who says so. Default: the user of this machine.")
@db_option
def annotate(
    db: Path | None,
    trace_id: str,
    span: str | None,
    star: bool | None,
    thumb: bool | None,
    scores: tuple[str, ...],
    note: str | None,
    expected: str | None,
    tags: tuple[str, ...],
    person: str | None,
) -> None:
    """Write what you think of a trace into the file, as the explorer's keys do.

    TRACE_ID is the id in hex, its first digits, or `last` for the newest trace. The names are MLflow's: feedback,
    expectations and tags, which `feedback.score < 0.5`, `is:starred` or `tag.seen = true` find. A person has one value
    of each name: another one replaces it.

    \b
    tracetui annotate last --star --note 'the wrong shop'
    tracetui annotate 9f86d0 --down --score helpful=0.2 --tag seen=ada
    """
    from ..evaluation.annotate import Opinions
    from ..evaluation.annotate import annotate as write
    from ..evaluation.spoken import score, tag

    read_scores = [_read(score(text, "score"), "--score", text) for text in scores]
    read_tags = [_read(tag(text), "--tag", text) for text in tags]
    named = [(one.name, None if one.value is None else str(one.value)) for one in read_tags]
    said = Opinions(star, thumb, [(one.name, one.value) for one in read_scores], note, expected, named)
    write(db, trace_id, said, span=span, person=person)


def _read(named: Named | None, option: str, text: str) -> Named:
    if named is None:
        raise click.UsageError(f"{option} {text!r}: give a name and a value, such as helpful=0.5")
    return named
