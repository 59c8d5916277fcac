"""`tracer.openai.autolog()`: MLflow's spelling of `tracer.autolog("openai")`, one namespace for each library."""

from __future__ import annotations

from typing import Any

from ..libraries import KNOWN, canonical
from .autolog import autolog


class Library:
    """`tracer.openai.autolog()`: MLflow's spelling of `tracer.autolog("openai")`."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def autolog(self, disable: bool = False, silent: bool = False, **elsewhere: Any) -> None:
        """Record the calls of this library from now on; see `tracetui.tracer.instrumentation.autolog.autolog`."""
        autolog(self.name, disable=disable, silent=silent, **elsewhere)

    def __repr__(self) -> str:
        return f"<tracetui.tracer.{self.name}: call autolog() on it>"


FLAVORS = frozenset({"ag2", "agno", "autogen", "semantic_kernel", "strands", "txtai"})
"""MLflow's names of libraries without an extra: an installed instrumentor serves."""


def library(name: str) -> Library | None:
    """The namespace `tracer.<name>`; None for an unknown library."""
    known_name = canonical(name)
    return Library(known_name) if known_name in KNOWN or known_name in FLAVORS else None
