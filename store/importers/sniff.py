"""Which format a file has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from ..exchange import otlp, own
from ..exchange.compression import opened
from ..exchange.document import Batches, FormatError, Refuse
from ..text import json_text
from . import jaeger, langfuse, langsmith, zipkin

_SQLITE = b"SQLite format 3\0"

Read = Callable[[Any, Refuse], Batches]

READERS: Mapping[str, tuple[Callable[[Any], bool], Read]] = {
    "tracetui": (own.is_own, own.read),
    "OTLP": (otlp.is_otlp, otlp.read),
    "Jaeger": (jaeger.is_jaeger, jaeger.read),
    "Langfuse": (langfuse.is_langfuse, langfuse.read),
    "LangSmith": (langsmith.is_langsmith, langsmith.read),
    "Zipkin": (zipkin.is_zipkin, zipkin.read),
}
"""The formats of JSON documents by their names for people: whether a document has the form, and what reads it."""


def read_file(path: Path, refuse: Refuse, read_other: Read | None = None) -> Batches:
    """Return the spans in a file: one JSON document, or one in each line; plain, gzip or zstd.

    `read_other` reads the documents of no format in `READERS`. Raises FormatError for a file of no known format, and
    OSError.
    """
    return read_documents(documents(path, refuse), refuse, read_other)


def read_documents(found: Iterable[Any], refuse: Refuse, read_other: Read | None = None) -> Batches:
    """Return the spans in JSON documents; see `read_file`."""
    for document in found:
        yield from read(document, refuse, read_other)


def documents(path: Path, refuse: Refuse) -> Iterator[Any]:
    """Return the JSON documents in a file, at least one; `refuse` receives the reason for each line that is none.

    Raises FormatError for a file without any, and OSError.
    """
    with opened(path) as file:
        yield from _documents(file, path, refuse)


def read(document: Any, refuse: Refuse, read_other: Read | None = None) -> Batches:
    """Return the spans in a JSON document of any known format. Raises FormatError."""
    for is_format, reader in READERS.values():
        if is_format(document):
            return reader(document, refuse)
    if read_other is not None:
        return read_other(document, refuse)
    raise FormatError(unknown_format(document))


def unknown_format(document: Any) -> str:
    """Return a sentence about a document of no known format."""
    if isinstance(document, Mapping):
        return f"an object of no known format, with the names {', '.join(map(str, list(document)[:8])) or 'none'}"
    return f"no known format: a {type(document).__name__} where an object is expected"


def is_protobuf(path: Path) -> bool:
    """Whether a file is OTLP in protobuf, by its name; MLflow archives a trace as `traces.pb`."""
    return {".pb", ".binpb"} & {*path.suffixes[-2:]} != set()


def read_protobuf(path: Path, refuse: Refuse) -> Batches:
    """Return the spans in a file of OTLP in protobuf; see `read_file`."""
    try:
        from ..exchange import otlp_protobuf
    except ImportError as error:
        raise FormatError(f"protobuf needs the package {error.name}: pip install 'tracetui[collect]'") from None
    with opened(path) as file:
        yield from otlp_protobuf.read(file.read(), refuse)


def is_trace_file(path: Path) -> bool:
    """Whether the file is a SQLite database, which tracetui opens as it is. Raises OSError."""
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


def _documents(file: IO[bytes], path: Path, refuse: Refuse) -> Iterator[Any]:
    first = file.readline()
    while first and not first.strip():
        first = file.readline()
    if not first:
        raise FormatError(f"{path} is empty")
    try:
        document = json_text.decode(first.decode())
    except ValueError:
        yield _whole(first + file.read(), path)
        return
    yield document
    for number, line in enumerate(file, 2):
        if not line.strip():
            continue
        try:
            document = json_text.decode(line.decode())
        except ValueError as error:
            refuse(f"line {number} of {path.name} is not JSON: {error}")
        else:
            yield document


def _whole(content: bytes, path: Path) -> Any:
    try:
        return json_text.decode(content.decode())
    except ValueError as error:
        raise FormatError(f"{path} is not JSON: {error}") from None
