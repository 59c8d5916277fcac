"""A passage that a retriever found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Document:
    """MLflow's form for the outputs of RETRIEVER spans: the text, where it is from, its id."""

    page_content: str
    metadata: dict[str, Any] = field(default_factory=dict)
    id: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The fields as a dict."""
        return dict(vars(self))
