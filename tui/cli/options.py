"""Options and arguments that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

_Function = TypeVar("_Function", bound=Callable[..., Any])

FILE = click.Path(path_type=Path)
"""The type of an argument or option that is a path."""

db_option = click.option(
    "--db", type=FILE, metavar="FILE", help="The trace file. Default: the trace file of the project."
)
"""The option `db`."""


def filter_words(command: _Function) -> _Function:
    """Add the argument `words` and the option `filter_text`: the filter, in one of the two forms; see `joined`."""
    option = click.option(
        "-f",
        "--filter",
        "filter_text",
        default="",
        metavar="FILTER",
        help="The filter, if not given as words; see `tracetui help filter`.",
    )
    return click.argument("words", nargs=-1, metavar="[FILTER]")(option(command))


def joined(filter_text: str, words: tuple[str, ...]) -> str:
    """Return the text of the filter of a command with `filter_words`."""
    return " ".join(filter(None, [filter_text, *words]))
