"""What stands in a recorded value in place of an image, a recording or a file: a URI in MLflow's form.

    mlflow-attachment://<id>?content_type=image%2Fpng&trace_id=<32 hex digits>&size=84213

The id is the SHA-256 of the bytes in hex; the bytes lie in the table `attachment`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

SCHEME = "mlflow-attachment://"

_REFERENCE = re.compile(re.escape(SCHEME) + r"([0-9A-Za-z-]{1,64})\?([0-9A-Za-z_.~%+*&=-]{1,512})")

_UNSAFE = re.compile(r"[^0-9A-Za-z_.~-]+")  # quoted by hand: importing urllib on the writer thread is not fork-safe


class Reference(NamedTuple):
    """The parts of such a URI."""

    id: str
    content_type: str
    trace_id: str
    size_bytes: int | None


def format_uri(id: str, content_type: str, trace_id: str, size_bytes: int) -> str:
    """The URI of an attachment of that trace."""
    quoted = _UNSAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), content_type)
    return f"{SCHEME}{id}?content_type={quoted}&trace_id={trace_id}&size={size_bytes}"


def parse_uri(uri: str) -> Reference | None:
    """The parts of a URI; None for one that is none, or lacks its id, content type or trace."""
    found = _REFERENCE.fullmatch(uri)
    return None if found is None else _parts(found)


def describe_uris(text: str) -> str:
    """A text in which every reference reads as `[image/png 84 kB]`."""
    return _REFERENCE.sub(_words, text) if SCHEME in text else text


def _words(found: re.Match[str]) -> str:
    parts = _parts(found)
    if parts is None:
        return found[0]
    from . import format

    size = "" if parts.size_bytes is None else f" {format.size(parts.size_bytes)}"
    return f"[{parts.content_type}{size}]"


def _parts(found: re.Match[str]) -> Reference | None:
    from urllib.parse import parse_qs

    query = parse_qs(found[2])
    content_type, trace_id, size = (query.get(name, [""])[0] for name in ("content_type", "trace_id", "size"))
    if not content_type or not trace_id:
        return None
    return Reference(found[1], content_type, trace_id, int(size) if re.fullmatch("[0-9]{1,15}", size) else None)
