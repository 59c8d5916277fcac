"""The import path of `mlflow.entities.link`."""

from __future__ import annotations

from ..parts.link import Link

__all__ = ["Link"]
