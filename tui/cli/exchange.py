"""Commands that bring traces in and out: `import`."""

from __future__ import annotations

from pathlib import Path

import click

from .group import cli
from .options import FILE, db_option


@cli.command("import")
@click.argument("documents", nargs=-1, required=True, type=FILE, metavar="DOCUMENT...")
@db_option
def import_(db: Path | None, documents: tuple[Path, ...]) -> int:
    """Import traces from JSON documents, plain or gzip.

    Formats: the JSON of `tracetui export`; OTLP, one object or one in each line as the OpenTelemetry Collector writes
    it; MLflow's JSON of traces. A span that the file has already is not imported again, so the same import can be run
    again. Secrets are redacted as in spans of your own programs. To look at a document only: `tracetui trace.json`.

    \b
    tracetui import trace.json
    tracetui import --db shared.db collector.jsonl.gz mlflow-trace.json
    """
    from ..commands.import_traces import import_documents

    return import_documents(db, documents)
