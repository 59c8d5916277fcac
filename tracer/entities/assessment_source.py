"""The source of an assessment: a person, a judge or a program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..exceptions import InvalidValueError


class AssessmentSourceType:
    """The types of source."""

    HUMAN = "HUMAN"
    LLM_JUDGE = "LLM_JUDGE"
    AI_JUDGE = "LLM_JUDGE"
    CODE = "CODE"
    SOURCE_TYPE_UNSPECIFIED = "SOURCE_TYPE_UNSPECIFIED"


_SOURCE_TYPES = frozenset({"HUMAN", "LLM_JUDGE", "CODE", "SOURCE_TYPE_UNSPECIFIED"})


@dataclass(frozen=True)
class AssessmentSource:
    """The type of a source and its id, such as a name. Raises ValueError for an unknown type."""

    source_type: str
    source_id: str | None = "default"

    def __post_init__(self) -> None:
        known = str(self.source_type).upper()
        known = "LLM_JUDGE" if known == "AI_JUDGE" else known
        if known not in _SOURCE_TYPES:
            raise InvalidValueError(f"source_type={self.source_type!r}: use HUMAN, LLM_JUDGE or CODE")
        object.__setattr__(self, "source_type", known)

    def to_dictionary(self) -> dict[str, Any]:
        """MLflow's JSON form."""
        return {"source_type": self.source_type, "source_id": self.source_id}

    @classmethod
    def from_dictionary(cls, document: Mapping[str, Any]) -> AssessmentSource:
        """A source from MLflow's JSON form. Raises ValueError for an unknown type."""
        return cls(document.get("source_type") or "SOURCE_TYPE_UNSPECIFIED", document.get("source_id"))
