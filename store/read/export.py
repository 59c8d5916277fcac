"""Export one trace as a JSON document: complete, exact, and made for `jq`, scripts and language models.

`trace_document` describes the document.
"""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..file.private_file import write_atomically
from ..model.rows import AttachmentRow, TraceRow
from .reader import Reader
from .trace_document import FORMAT, VERSION, span_object, to_json, trace_object
from .trace_lookup import TraceNotFoundError

_BASE64_BYTES = 3 << 16
"""How many bytes `b64encode` encodes in one call; a multiple of 3."""


def export_trace(
    reader: Reader, trace: int, *, now_ns: int, attachment_files: Mapping[str, Path] | None = None
) -> Iterator[str]:
    """Return the document of the trace with this trace.id in pieces; at most one batch of spans is in memory.

    `attachment_files` maps the id of an attachment to the file that `attachment_files.write` wrote; without it, the
    document contains the bytes. `now_ns` decides which open spans count as lost.

    Raises TraceNotFoundError before the first piece.
    """
    rows = reader.traces([trace])
    if not rows:
        raise TraceNotFoundError(f"no trace {trace} in {reader.path}")
    return _pieces(reader, rows[0], now_ns, attachment_files)


def write_trace(
    reader: Reader,
    trace: int,
    path: Path,
    *,
    now_ns: int,
    attachment_files: Mapping[str, Path] | None = None,
    replace: bool = False,
) -> None:
    """Write the document of a trace to a new file that only its owner can read; atomic.

    An existing file is kept, unless `replace` is set; a pipe or a device receives the document. Raises
    TraceNotFoundError, FileExistsError, or another OSError when the path cannot be written.
    """
    pieces = export_trace(reader, trace, now_ns=now_ns, attachment_files=attachment_files)
    if path.is_fifo() or path.is_char_device():
        with os.fdopen(os.open(path, os.O_WRONLY), "w", encoding="ascii", newline="\n") as file:
            file.writelines(pieces)
        return
    write_atomically(path, (piece.encode("ascii") for piece in pieces), replace=replace)


def _pieces(reader: Reader, row: TraceRow, now_ns: int, attachment_files: Mapping[str, Path] | None) -> Iterator[str]:
    gone = reader.gone_processes(now_ns)
    processes = reader.processes()
    trace = to_json(trace_object(reader, row, gone, processes.get(row.process)), indent=2).replace("\n", "\n  ")
    yield f'{{\n  "format": "{FORMAT}",\n  "version": {VERSION},\n  "trace": {trace},\n  "spans": ['
    before = "\n    "
    for span, detail in reader.spans_with_details(row.id):
        yield before + to_json(span_object(span, detail, gone, processes.get(span.process)))
        before = ",\n    "
    yield '\n  ],\n  "attachments": ['
    before = "\n    "
    for attachment in reader.attachments(row.id):
        yield before
        yield from _attachment_pieces(reader, attachment, attachment_files)
        before = ",\n    "
    yield "\n  ]\n}\n"


def _attachment_pieces(reader: Reader, attachment: AttachmentRow, files: Mapping[str, Path] | None) -> Iterator[str]:
    document = attachment._asdict()
    if files is not None:
        yield to_json({**document, "file": str(files[attachment.id]) if attachment.id in files else None})
        return
    yield to_json(document)[:-1] + ', "base64": "'
    _, content = reader.attachment(attachment.id) or ("", b"")
    for start in range(0, len(content), _BASE64_BYTES):
        yield b64encode(content[start : start + _BASE64_BYTES]).decode()
    yield '"}'
