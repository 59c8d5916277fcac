"""A trace as it is read from the file."""

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
    """A trace: `info` has the fields of the trace, `data.spans` its spans. Rich and notebooks show it as a tree."""

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
        """The spans that match all arguments: a type, an id, an exact name or a pattern that is found in the name.

        Raises TypeError for an argument that is not a string or, for `name`, a compiled pattern.
        """
        for argument, value in (("span_type", span_type), ("span_id", span_id)):
            if value is not None and not isinstance(value, str):
                raise InvalidTypeError(f"search_spans({argument}={value!r}): pass a string")
        if name is not None and not isinstance(name, str | re.Pattern):
            raise InvalidTypeError(f"search_spans(name={name!r}): pass a string or a compiled pattern")

        def matches(span: Span) -> bool:
            if span_type is not None and not span.is_of_type(span_type):
                return False
            if span_id is not None and span.span_id != span_id:
                return False
            if isinstance(name, str):
                return span.name == name
            return name is None or name.search(span.name) is not None

        return [span for span in self.data.spans if matches(span)]

    def search_assessments(
        self,
        name: str | None = None,
        *,
        span_id: str | None = None,
        all: bool = False,
        type: Literal["expectation", "feedback"] | None = None,
    ) -> list[Assessment]:
        """The assessments that match all arguments. Overridden ones are included only with `all=True`."""
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
        """A trace from MLflow's JSON form. Raises ValueError for an invalid form."""
        if not isinstance(document, Mapping) or "info" not in document:
            raise InvalidValueError("this is not a trace in MLflow's JSON form, which has `info` and `data`")
        return cls(TraceInfo.from_dict(document["info"]), TraceData.from_dict(document.get("data") or {}))

    @classmethod
    def from_json(cls, text: str) -> Trace:
        """A trace from the text of `to_json`. Raises ValueError for an invalid text."""
        try:
            document = json.loads(text)
        except ValueError as error:
            raise InvalidValueError(f"this is not a trace in MLflow's JSON form: {error}") from error
        return cls.from_dict(document)

    from_dictionary = from_dict

    @staticmethod
    def pandas_dataframe_columns() -> list[str]:
        """The names of the columns of `to_pandas_dataframe_row`, in order."""
        return list(COLUMNS)

    def to_pandas_dataframe_row(self) -> dict[str, Any]:
        """The row of this trace in `search_traces(return_type="pandas")`."""
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
"""The columns of the DataFrame that `search_traces` returns, in MLflow's order."""
