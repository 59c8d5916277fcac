"""The command `config`: the settings of the explorer."""

from __future__ import annotations

import click

from ..errors import USAGE, CommandError
from .group import cli


@cli.command()
@click.option("--write", is_flag=True, help="Write the file with every setting, its default and a comment.")
def config(write: bool) -> int:
    """Print where the settings of the explorer are, and what is wrong in them.

    \b
    tracetui config --write && $EDITOR "$(tracetui config)"
    """
    from ..settings.places import settings_path
    from ..settings.settings import read_settings
    from ..settings.template import settings_text

    path = settings_path()
    if write:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(settings_text())
        except FileExistsError:
            raise CommandError(f"{path} exists; it was not changed", USAGE) from None
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}") from None
    click.echo(path)
    problems = read_settings(path).problems
    for problem in problems:
        click.echo(f"tracetui: {problem}", err=True)
    return 1 if problems else 0
