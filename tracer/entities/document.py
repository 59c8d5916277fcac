"""A document that a retriever found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Document:
    """One output of a RETRIEVER span in MLflow's form: the text, its metadata such as the source, its id."""

    page_content: str
    metadata: dict[str, Any] = field(default_factory=dict)
    id: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The fields as a dict."""
        return dict(vars(self))
