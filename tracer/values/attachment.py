"""An image, a recording or a file in the inputs or outputs of a span."""

from __future__ import annotations

from pathlib import Path
from typing import Any

in_use = False
"""Whether this process has made an attachment. From then on, recorded values are searched for attachments."""

OCTETS = "application/octet-stream"
"""The content type of unknown bytes."""


_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"\x1aE\xdf\xa3", "video/webm"),
)
"""First bytes of the types of files that models accept and return."""

_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}


def content_type_of(content: bytes) -> str | None:
    """Return the content type of an image, a recording or a document, by its first bytes; None for any other bytes."""
    for signature, content_type in _SIGNATURES:
        if content.startswith(signature):
            return content_type
    if content[:4] == b"RIFF":
        return _RIFF.get(content[8:12])
    return "video/mp4" if content[4:8] == b"ftyp" else None


class Attachment:
    """Bytes with a content type, as in MLflow: `Attachment(content_type="image/png", content_bytes=...)`.

    It may be anywhere in inputs or outputs. The trace file stores the bytes once, and a reference in their place.
    """

    __slots__ = ("_content_bytes", "_content_type", "_id")

    def __init__(self, *, content_type: str, content_bytes: bytes) -> None:
        global in_use
        in_use = True
        self._content_type = str(content_type)
        self._content_bytes = bytes(content_bytes)
        self._id: str | None = None

    @classmethod
    def from_file(cls, path: str | Path, content_type: str | None = None) -> Attachment:
        """Return the attachment of a file. The content type is guessed from the name by default. Raises OSError."""
        path = Path(path)
        if content_type is None:
            import mimetypes

            content_type = mimetypes.guess_type(path.name)[0] or OCTETS
        return cls(content_type=content_type, content_bytes=path.read_bytes())

    @property
    def id(self) -> str:
        """The SHA-256 of the bytes in hex. Equal bytes are one attachment."""
        if self._id is None:
            from hashlib import sha256

            self._id = sha256(self._content_bytes).hexdigest()
        return self._id

    @property
    def content_type(self) -> str:
        """The content type, such as `image/png`."""
        return self._content_type

    @property
    def content_bytes(self) -> bytes:
        """The content."""
        return self._content_bytes

    def ref(self, trace_id: str) -> str:
        """Return the reference that replaces the attachment in the values of a trace."""
        from ...store.text.attachment_uri import format_uri

        return format_uri(self.id, self._content_type, trace_id.removeprefix("tr-"), len(self._content_bytes))

    @staticmethod
    def parse_ref(ref_uri: str) -> dict[str, Any] | None:
        """Return attachment_id, content_type, trace_id and size (or None) of a reference; None for any other text."""
        from ...store.text.attachment_uri import parse_uri

        parts = parse_uri(ref_uri)
        if parts is None:
            return None
        return {
            "attachment_id": parts.id,
            "content_type": parts.content_type,
            "trace_id": parts.trace_id,
            "size": parts.size_bytes or None,
        }

    def __repr__(self) -> str:
        return f"Attachment({self._content_type}, {len(self._content_bytes)} bytes)"
