"""Completion in the shell: commands, options, filters with fields and values of the file, ids of traces."""

from __future__ import annotations

from pathlib import Path

import click
from click.shell_completion import CompletionItem, get_completion_class

from .group import PROGRAM, cli

VARIABLE = "_TRACETUI_COMPLETE"
"""Set by the shell's script when it asks for completions; click's name for the program."""

_INSTALL = {
    "bash": '# Put this into ~/.bashrc:  eval "$(tracetui completion bash)"',
    "zsh": '# Put this into ~/.zshrc:  eval "$(tracetui completion zsh)"',
    "fish": "# Put this into ~/.config/fish/completions/tracetui.fish:  tracetui completion fish | source",
}


@cli.command()
@click.argument("shell", type=click.Choice(list(_INSTALL)))
def completion(shell: str) -> None:
    """Print the script that completes tracetui in a shell: commands, options, fields, values, ids.

    \b
    eval "$(tracetui completion bash)"
    """
    made = get_completion_class(shell)
    assert made is not None
    click.echo(_INSTALL[shell])
    click.echo(made(cli, {}, PROGRAM, VARIABLE).source())


def complete_filter(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return how a filter can go on; the words before it belong to it."""
    words = ctx.params.get("words") if param.name == "words" else None
    return _filter_items(ctx, f"{' '.join(words)} " if words else "", incomplete)


def complete_field(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the fields that begin so."""
    return _filter_items(ctx, "| by(", incomplete)


def complete_trace(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the words for the newest traces, and their ids."""
    from ..commands.offers import trace_offers

    return [CompletionItem(offer.text, help=offer.about) for offer in trace_offers(_db(ctx), incomplete)]


def _filter_items(ctx: click.Context, before: str, incomplete: str) -> list[CompletionItem]:
    from ..commands.offers import filter_offers

    return [CompletionItem(offer.text, help=offer.about) for offer in filter_offers(_db(ctx), before, incomplete)]


def _db(ctx: click.Context) -> Path | None:
    db = ctx.params.get("db")
    return db if isinstance(db, Path) else None
