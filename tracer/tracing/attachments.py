"""The import path of `mlflow.tracing.attachments`."""

from __future__ import annotations

from ..values.attachment import Attachment

__all__ = ["Attachment"]
