"""`tracetui import`: traces in documents of any known format, into the trace file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...store.importers.mlflow_database import is_mlflow_database
from ...store.importers.sniff import is_trace_file
from ..child_processes.document_import import import_documents as run_import
from ..errors import CommandError
from ..file_argument import look_at, path_of


def import_documents(db: Path | None, documents: Sequence[Path]) -> int:
    """Write the traces of documents into the trace file; returns the exit code. Raises CommandError."""
    path = path_of(db)
    look_at(path)
    for document in documents:
        try:
            if not document.is_dir() and is_trace_file(document) and not is_mlflow_database(document):
                raise CommandError(f"{document} is a database, not a document; open it with `tracetui {document}`")
        except OSError as error:
            raise CommandError(f"cannot read {document}: {error.strerror or error}") from None
    return run_import(path, documents)
