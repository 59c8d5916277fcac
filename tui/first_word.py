"""The first word of a command line if it is no command: a file to explore, or a mistyped command."""

from __future__ import annotations

from pathlib import Path

from .commands import NAMES
from .errors import USAGE, CommandError
from .remote_file import Remote, remote_named


def file_named(word: str) -> Path | Remote:
    """Returns the file, here or on another machine, or the folder that `word` names.

    Raises CommandError for a word that looks like a command.
    """
    path = Path(word).expanduser()
    if (remote := remote_named(word)) is not None:
        return remote
    if path.name != word or "." in word or path.exists():
        return path
    from difflib import get_close_matches

    near = get_close_matches(word, NAMES, n=1, cutoff=0.7)
    meant = f"did you mean `tracetui {near[0]}`?" if near else "see `tracetui --help`."
    raise CommandError(f"no command or file {word!r}; {meant} (For a new file of that name, write ./{word})", USAGE)
