"""`mlflow.entities.link` under our name."""

from __future__ import annotations

from ..parts.link import Link

__all__ = ["Link"]
