"""A whole trace, read back from the file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..exceptions import InvalidTypeError, InvalidValueError
from .assessment import Assessment
from .span import Span
from .trace_data import TraceData
from .trace_info import TraceInfo


@dataclass(eq=False)
class Trace:
    """A trace: `info` is what it is as a whole, `data.spans` are its spans. Rich and notebooks show it as a tree."""

    info: TraceInfo
    data: TraceData = field(default_factory=TraceData)

    @property
    def trace_id(self) -> str:
        """The id of the trace."""
        return self.info.trace_id

    def search_spans(
        self,
        span_type: str | None = None,
        name: str | re.Pattern[str] | None = None,
        span_id: str | None = None,
    ) -> list[Span]:
        """The spans that fit all that is given: a type, an id, a name as it is or as a pattern found in it."""
        for word, given in (("span_type", span_type), ("span_id", span_id)):
            if given is not None and not isinstance(given, str):
                raise InvalidTypeError(f"search_spans({word}={given!r}) takes a string")
        if name is not None and not isinstance(name, str | re.Pattern):
            raise InvalidTypeError(f"search_spans(name={name!r}) takes a string or a compiled pattern")

        def fits(span: Span) -> bool:
            if span_type is not None and not span.is_of_type(span_type):
                return False
            if span_id is not None and span.span_id != span_id:
                return False
            if isinstance(name, str):
                return span.name == name
            return name is None or name.search(span.name) is not None

        return [span for span in self.data.spans if fits(span)]

    def search_assessments(
        self,
        name: str | None = None,
        *,
        span_id: str | None = None,
        all: bool = False,
        type: Literal["expectation", "feedback"] | None = None,
    ) -> list[Assessment]:
        """The assessments that fit all that is given; those that were overridden only with `all`."""
        return [
            assessment
            for assessment in self.info.assessments
            if (all or assessment.valid)
            and (name is None or assessment.name == name)
            and (span_id is None or assessment.span_id == span_id)
            and (type is None or assessment.kind == type)
        ]

    def to_dict(self) -> dict[str, Any]:
        """MLflow's JSON form: ids in base64, attribute values as JSON text."""
        return {"info": self.info.to_dict(), "data": self.data.to_dict()}

    def to_json(self, pretty: bool = False) -> str:
        """`to_dict` as text."""
        return json.dumps(self.to_dict(), indent=2 if pretty else None, default=str)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Trace:
        """A trace from MLflow's JSON form. Raises ValueError for what is none."""
        if not isinstance(document, Mapping) or "info" not in document:
            raise InvalidValueError("a trace in MLflow's JSON form has `info` and `data`")
        return cls(TraceInfo.from_dict(document["info"]), TraceData.from_dict(document.get("data") or {}))

    @classmethod
    def from_json(cls, text: str) -> Trace:
        """A trace from the text of MLflow's JSON form. Raises ValueError for what is none."""
        try:
            document = json.loads(text)
        except ValueError as error:
            raise InvalidValueError(f"no trace in MLflow's JSON form: {error}") from error
        return cls.from_dict(document)

    from_dictionary = from_dict

    @staticmethod
    def pandas_dataframe_columns() -> list[str]:
        """The names of the columns of `to_pandas_dataframe_row`, in order."""
        return list(COLUMNS)

    def to_pandas_dataframe_row(self) -> dict[str, Any]:
        """One row of what `search_traces(return_type="pandas")` gives."""
        root = self.data.root
        return {
            "trace_id": self.info.trace_id,
            "trace": self.to_json(),
            "client_request_id": self.info.client_request_id,
            "state": self.info.state.value,
            "request_time": self.info.request_time,
            "execution_duration": self.info.execution_duration,
            "request": root and root.inputs,
            "response": root and root.outputs,
            "trace_metadata": self.info.trace_metadata,
            "tags": self.info.tags,
            "spans": [span.to_dict() for span in self.data.spans],
            "assessments": [assessment.to_dictionary() for assessment in self.info.assessments],
        }

    def __repr__(self) -> str:
        return f"Trace(trace_id={self.info.trace_id}, state={self.info.state.value}, spans={len(self.data.spans)})"

    def __rich__(self) -> Any:
        from ..display import tree

        return tree(self)

    def _repr_html_(self) -> str:
        from ..display import html

        return html(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from ..display import html, plain

        return {"text/plain": plain(self), "text/html": html(self)}


COLUMNS = (
    "trace_id",
    "trace",
    "client_request_id",
    "state",
    "request_time",
    "execution_duration",
    "request",
    "response",
    "trace_metadata",
    "tags",
    "spans",
    "assessments",
)
"""Of the DataFrame that `search_traces` gives, in MLflow's order."""
