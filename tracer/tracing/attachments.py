"""`Attachment`, where MLflow keeps it."""

from __future__ import annotations

from ..values.attachment import Attachment

__all__ = ["Attachment"]
