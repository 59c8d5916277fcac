"""The program `tracetui`: the short way to the explorer, the command line for everything else."""

from __future__ import annotations

import os
import sys

from .commands import NAMES
from .errors import FAILURE, INTERRUPTED, CommandError, say
from .first_word import file_named


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
    if "_TRACETUI_COMPLETE" in os.environ:  # a shell asks for completions, without arguments
        from .cli.program import run

        return run(arguments)
    if not arguments or (len(arguments) == 1 and not arguments[0].startswith("-") and arguments[0] not in NAMES):
        named = file_named(arguments[0]) if arguments else None
        from .explorer.open import explore

        return explore(named)
    from .cli.program import run

    return run(arguments)


if __name__ == "__main__":
    main()
