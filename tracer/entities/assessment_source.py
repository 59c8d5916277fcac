"""Who said an assessment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..exceptions import InvalidValueError


class AssessmentSourceType:
    """Who said it."""

    HUMAN = "HUMAN"
    LLM_JUDGE = "LLM_JUDGE"
    AI_JUDGE = "LLM_JUDGE"
    CODE = "CODE"
    SOURCE_TYPE_UNSPECIFIED = "SOURCE_TYPE_UNSPECIFIED"


_SOURCE_TYPES = frozenset({"HUMAN", "LLM_JUDGE", "CODE", "SOURCE_TYPE_UNSPECIFIED"})


@dataclass(frozen=True)
class AssessmentSource:
    """Who said it, and which one of them. Raises ValueError for a type that does not exist."""

    source_type: str
    source_id: str | None = "default"

    def __post_init__(self) -> None:
        known = str(self.source_type).upper()
        known = "LLM_JUDGE" if known == "AI_JUDGE" else known
        if known not in _SOURCE_TYPES:
            raise InvalidValueError(f"assessment source {self.source_type!r} is none of HUMAN, LLM_JUDGE, CODE")
        object.__setattr__(self, "source_type", known)

    def to_dictionary(self) -> dict[str, Any]:
        """MLflow's JSON form."""
        return {"source_type": self.source_type, "source_id": self.source_id}

    @classmethod
    def from_dictionary(cls, document: Mapping[str, Any]) -> AssessmentSource:
        """From MLflow's JSON form. Raises ValueError for a type that does not exist."""
        return cls(document.get("source_type") or "SOURCE_TYPE_UNSPECIFIED", document.get("source_id"))
