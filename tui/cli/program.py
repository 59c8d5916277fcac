"""The whole command line: importing this module defines all commands."""

from __future__ import annotations

from typing import Any

import click

from ..errors import CommandError
from . import (  # noqa: F401
    agents,
    analysis,
    annotate,
    config,
    evaluation,
    exchange,
    explore,
    file,
    help,
    shell_completion,
    traces,
)
from .group import PROGRAM
from .group import cli as cli


def run(arguments: list[str]) -> int:
    """Run a command line; returns the exit code. Raises CommandError for a failed command and for wrong usage."""
    try:
        result: Any = cli.main(arguments, prog_name=PROGRAM, standalone_mode=False)
    except click.exceptions.Abort:
        raise KeyboardInterrupt from None
    except click.UsageError as error:
        is_named = error.ctx and not error.ctx.command.hidden
        path = error.ctx.command_path if error.ctx and is_named else "tracetui"
        message = error.format_message().rstrip(".")
        raise CommandError(f"{message[:1].lower()}{message[1:]}; see `{path} --help`", error.exit_code) from None
    except click.ClickException as error:
        raise CommandError(error.format_message(), error.exit_code) from None
    return result if isinstance(result, int) else 0
