"""Commands that bring traces in and out: `import`, `merge`, `snap`, `collect`, `forward`, `sync`."""

from __future__ import annotations

from pathlib import Path

import click

from .group import cli
from .options import FILE, db_option, filter_words, joined


@cli.command("import")
@click.argument("documents", nargs=-1, required=True, type=FILE, metavar="DOCUMENT...")
@db_option
def import_(db: Path | None, documents: tuple[Path, ...]) -> int:
    """Import traces from JSON documents, plain or gzip.

    Formats: the JSON of `tracetui export`; OTLP, one object or one in each line as the OpenTelemetry Collector writes
    it, and in protobuf (NAME.pb); MLflow's JSON of traces and its SQLite database; Jaeger; Zipkin 2; observations and
    scores of Langfuse; runs of LangSmith; transcripts of Claude Code and Codex, or a folder of them. A span that the
    file has already is not imported again, so the same import can be run again. Secrets are redacted as in spans of
    your own programs. To look at a document only: `tracetui trace.json`.

    \b
    tracetui import trace.json
    tracetui import --db shared.db collector.jsonl.gz mlflow-trace.json
    """
    from ..commands.import_traces import import_documents

    return import_documents(db, documents)


@cli.command()
@click.argument("target", type=FILE)
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")
def merge(target: Path, files: tuple[Path, ...]) -> int:
    """Add the traces of trace files to TARGET, for example those of several machines.

    TARGET need not exist. A span that it has already is not added again, so the same command can be run again, also
    after it was interrupted. The files are only read.

    \b
    tracetui merge all.db laptop.db server.db
    """
    from ..commands.copy_traces import merge

    return merge(target, files)


@cli.command()
@filter_words
@click.option("-o", "--output", required=True, type=FILE, metavar="FILE", help="The new trace file.")
@db_option
def snap(db: Path | None, words: tuple[str, ...], filter_text: str, output: Path) -> int:
    """Copy the traces that match a filter into a small trace file, to attach to an issue or to keep.

    Secrets are redacted once more, by the rules of this version. `tracetui FILE` opens the copy.

    \b
    tracetui snap 'is:error' -o for-the-issue.db
    """
    from ..commands.copy_traces import snap

    return snap(db, output, joined(filter_text, words))


@cli.command()
@click.option("--port", type=click.IntRange(0, 65535), default=4318, show_default=True, help="0 takes a free port.")
@click.option("--grpc-port", type=click.IntRange(0, 65535), default=4317, show_default=True, help="The same for gRPC.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@db_option
def collect(db: Path | None, host: str, port: int, grpc_port: int) -> int:
    """Receive spans and logs from any OpenTelemetry SDK, in any language.

    Speaks OTLP over HTTP, protobuf and JSON, and over gRPC, where SDKs send by default. A request is confirmed when its
    spans are in the file, and a span that is sent twice is written once. Secrets are redacted as in spans of your own
    programs. Listening on an address that other machines reach needs a secret in TRACETUI_TOKEN. Needs the extra
    `collect`, for gRPC the extra `grpc`.

    \b
    tracetui collect
    tracetui collect --port 0 --db otel.db
    """
    from ..commands.collect import collect

    return collect(db, host=host, port=port, grpc_port=grpc_port)


@cli.command()
@filter_words
@click.option("--to", required=True, metavar="URL", help="The OTLP endpoint, such as http://127.0.0.1:6006.")
@click.option("--header", "headers", multiple=True, metavar="NAME=VALUE", help="A header to send; can be repeated.")
@click.option("--once", is_flag=True, help="Send what is there, and end.")
@db_option
def forward(
    db: Path | None, words: tuple[str, ...], filter_text: str, to: str, headers: tuple[str, ...], once: bool
) -> None:
    """Send traces to any OpenTelemetry backend, as they end.

    Sends OTLP over HTTP in protobuf. What was sent is noted beside the trace file, so that the next run goes on from
    there; after a crash some spans may be sent again, with the same ids. A busy or unreachable backend is tried again
    until it accepts; spans that it refuses for good are named and skipped. Needs the extra `collect`.

    \b
    tracetui forward --to http://127.0.0.1:6006
    tracetui forward --to https://otlp.example.com -f 'is:error' --header 'authorization=Bearer ...'
    """
    from ..forward.command import forward

    forward(db, joined(filter_text, words), to=to, headers=headers, once=once)


@cli.group()
def sync() -> None:
    """Keep a table elsewhere up to date with the trace file."""


@sync.command()
@click.argument("uri")
@click.option("--follow", is_flag=True, help="Go on with what arrives, until Ctrl-C.")
@db_option
def delta(db: Path | None, uri: str, follow: bool) -> None:
    """Append ended spans to a Delta Lake table, each once.

    URI is a folder, or an address of object storage such as s3://bucket/spans; its secrets come from the environment,
    as deltalake names them. The table is created if there is none, with the columns of Databricks' tables of spans.
    The table itself notes how far the file has come, so the same command can be run again, also after it was killed,
    and several machines may write to one table. Needs the extra `delta`.

    \b
    tracetui sync delta ./spans
    tracetui sync delta s3://bucket/spans --follow
    """
    from ..sync.command import sync_delta

    sync_delta(db, uri, follow=follow)
