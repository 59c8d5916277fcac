"""Options and arguments that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from ..remote_file import Remote, remote_named
from .shell_completion import complete_filter

_Function = TypeVar("_Function", bound=Callable[..., Any])

FILE = click.Path(path_type=Path)
"""The type of an argument or option that is a path."""


class _FileOrRemote(click.ParamType):  # type: ignore[type-arg]
    """A path, or a trace file on another machine."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path | Remote:
        """Return what the word names."""
        return value if isinstance(value, Path | Remote) else remote_named(value) or Path(value)


FILE_OR_REMOTE = _FileOrRemote()

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
        shell_complete=complete_filter,
    )
    words = click.argument("words", nargs=-1, metavar="[FILTER]", shell_complete=complete_filter)
    return words(option(command))


def file_first(db: Path | None, words: tuple[str, ...]) -> tuple[Path | None, tuple[str, ...]]:
    """Return the trace file and the words of the filter: without --db, a first word may be the file."""
    if db is None and words and _is_database(Path(words[0]).expanduser()):
        return Path(words[0]).expanduser(), words[1:]
    return db, words


def _is_database(path: Path) -> bool:
    from ...store.importers.sniff import is_trace_file

    try:
        return is_trace_file(path)
    except (OSError, ValueError):
        return False


def joined(filter_text: str, words: tuple[str, ...]) -> str:
    """Return the text of the filter of a command with `filter_words`."""
    return " ".join(filter(None, [filter_text, *words]))


class Duration(click.ParamType):  # type: ignore[type-arg]  # generic in new versions of click only
    """A duration in the units of the filter language, such as 500ms, 30s or 5m; as seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds; fails for a text that is no duration."""
        if isinstance(value, int | float):
            return float(value)
        from ...store.filter.values.literals import quantity

        found = quantity(str(value))
        ns = found.nanoseconds("s") if found else None
        if ns is None or ns < 0:
            self.fail(f"{value!r} is not a duration such as 500ms, 30s or 5m", param, ctx)
        return float(ns) / 1e9
