"""The program `tracetui`: the short way to the explorer, the command line for everything else."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from .commands import NAMES
from .commands.failure import FAILURE, INTERRUPTED, USAGE, CommandError, say


def main() -> None:
    """Run the program and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal or pipe that cannot take a character gets its escape, not a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _run(sys.argv[1:])
        sys.stdout.flush()
    except CommandError as error:
        say(str(error))
        code = error.exit_code
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the last flush would fail once more
        code = FAILURE
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    # Importing click takes 30 ms, a tenth of the time to the first paint: the explorer does without.
    if not arguments or (len(arguments) == 1 and not arguments[0].startswith("-") and arguments[0] not in NAMES):
        from .explore import explore

        return explore(_file(arguments[0]) if arguments else None)
    from .cli import run

    return run(arguments)


def _file(argument: str) -> Path:
    path = Path(argument).expanduser()
    if path.name == argument and "." not in argument and not path.exists():
        from difflib import get_close_matches

        if near := get_close_matches(argument, NAMES, n=1, cutoff=0.7):
            raise CommandError(
                f"no command or file {argument!r}; did you mean `tracetui {near[0]}`?"
                f" (A file of that name, yet to come: ./{argument})",
                USAGE,
            )
    return path


if __name__ == "__main__":
    main()
