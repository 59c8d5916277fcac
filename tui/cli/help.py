"""The command `help`: a command, or a topic of reference."""

from __future__ import annotations

import click

from .group import cli

_REFERENCES = {
    "filter": "...store.filter",
    "json": "...store.read.trace_document",
    "prices": "...store.prices.price_table",
}
"""Topics of `tracetui help` beside the commands, each with the module whose docstring is its help."""


@cli.command("help")
@click.argument("topic", required=False)
@click.pass_context
def help_(ctx: click.Context, topic: str | None) -> None:
    """Explain a command, or filter, json or prices.

    Topics: filter (the filter language), json (the export), prices (the price file).
    """
    if topic in _REFERENCES:
        from importlib import import_module
        from inspect import cleandoc

        module = import_module(_REFERENCES[topic], __package__)
        click.echo(cleandoc(module.__doc__ or ""))
        return
    parent = ctx.parent or ctx
    command = cli if topic is None else cli.commands.get(topic)
    if command is None:
        topics = ", ".join([*_REFERENCES, *(name for name, one in cli.commands.items() if not one.hidden)])
        raise click.UsageError(f"there is no help on {topic!r}; topics are {topics}", parent)
    with click.Context(command, info_name=topic, parent=None if command is cli else parent) as context:
        click.echo(command.get_help(context))
