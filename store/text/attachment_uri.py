"""The URI that replaces an image, a recording or a file in a recorded value, in MLflow's form.

    mlflow-attachment://<id>?content_type=image%2Fpng&trace_id=<32 hex digits>&size=84213

The id is the SHA-256 of the bytes in hex; the table `attachment` contains the bytes.
"""

from __future__ import annotations

import re
from typing import NamedTuple

SCHEME = "mlflow-attachment://"

_URI = re.compile(re.escape(SCHEME) + r"([0-9A-Za-z-]{1,64})\?([0-9A-Za-z_.~%+*&=-]{1,512})")

_UNSAFE = re.compile(r"[^0-9A-Za-z_.~-]+")  # without urllib, whose import on the writer thread is not fork-safe


class Reference(NamedTuple):
    """The parts of a URI."""

    id: str
    content_type: str
    trace_id: str
    size_bytes: int | None


def format_uri(id: str, content_type: str, trace_id: str, size_bytes: int) -> str:
    """Return the URI of an attachment of the trace with this id."""
    quoted = _UNSAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), content_type)
    return f"{SCHEME}{id}?content_type={quoted}&trace_id={trace_id}&size={size_bytes}"


def parse_uri(uri: str) -> Reference | None:
    """Return the parts of a URI; None for any other text, and for a URI without id, content type or trace id."""
    found = _URI.fullmatch(uri)
    return None if found is None else _parts(found)


def describe_uris(text: str) -> str:
    """Replace every URI in a text by a description such as `[image/png 84 kB]`."""
    return _URI.sub(_description, text) if SCHEME in text else text


def _description(found: re.Match[str]) -> str:
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
