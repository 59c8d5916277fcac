"""The spans of a trace, and values that are derived from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..mlflow_form.json_values import json_text
from .span import Span


@dataclass(eq=False)
class TraceData:
    """The spans of a trace, in order of their start."""

    spans: list[Span] = field(default_factory=list)

    @property
    def root(self) -> Span | None:
        """The first span without a parent, or else the first span; None without spans."""
        return next((span for span in self.spans if span.parent_id is None), self.spans[0] if self.spans else None)

    @property
    def request(self) -> str | None:
        """The inputs of the root as JSON text, or None."""
        return None if self.root is None or self.root.inputs is None else json_text(self.root.inputs)

    @property
    def response(self) -> str | None:
        """The outputs of the root as JSON text, or None."""
        return None if self.root is None or self.root.outputs is None else json_text(self.root.outputs)

    @property
    def intermediate_outputs(self) -> dict[str, Any] | None:
        """Name -> outputs of the spans below the root, or the argument of `log_trace`. None for a trace of one span.

        Spans with the same name get numbers, `search_1`, `search_2`, as in MLflow.
        """
        if self.root is None:
            return None
        recorded = self.root.get_attribute("mlflow.trace.intermediate_outputs")
        if recorded or len(self.spans) < 2:
            return recorded or None
        total, seen = Counter(span.name for span in self.spans), Counter[str]()
        found = {}
        for span in self.spans:
            seen[span.name] += 1
            if span is not self.root and span.outputs is not None:
                name = span.name if total[span.name] == 1 else f"{span.name}_{seen[span.name]}"
                found[name] = span.outputs
        return found

    def to_dict(self) -> dict[str, Any]:
        """MLflow's JSON form."""
        return {"spans": [span.to_dict() for span in self.spans]}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> TraceData:
        """Spans from MLflow's JSON form. Raises ValueError for an invalid form."""
        return cls([Span.from_dict(span) for span in document.get("spans") or ()])

    from_dictionary = from_dict
