"""The program `tracetui` as a group of commands."""

from __future__ import annotations

import click

from ..first_word import file_named

PROGRAM = "tracetui"


class _FilesToo(click.Group):
    """A group of commands that accepts a file to explore, or nothing, in place of a command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Insert `explore` before a file, and where there is no command; not while a shell completes the line."""
        if not ctx.resilient_parsing and (
            not args
            or args[0] == "--"
            or args[0].startswith(("--db", "--collect", "--transcripts", "--read-only"))
            or (not args[0].startswith("-") and args[0] not in self.commands)
        ):
            if args and not args[0].startswith("-"):
                file_named(args[0])
            args = ["explore", *args]
        return super().parse_args(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Print both forms of the command line."""
        formatter.write_usage("tracetui", "[FILE]")
        formatter.write_usage("tracetui", "COMMAND [OPTIONS]...", prefix="       ")


@click.group(cls=_FilesToo, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tracetui", message="%(package)s %(version)s")
def cli() -> None:
    """Explore the traces of LLM programs in the terminal, live.

    Without a command, tracetui opens the explorer on FILE: a trace file, the folder of a project, or a document of
    `tracetui import`. Without FILE it opens $TRACETUI_DB, or else .tracetui/traces.db of the project that contains the
    current folder. The file need not exist yet. For a file that has the name of a command, write ./NAME. With
    --collect, the explorer also receives spans, as `tracetui collect` does, and with --transcripts it follows coding
    agents, as `tracetui watch-transcripts` does.
    """
