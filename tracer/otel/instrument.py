"""Instrumentors put to work when their library is imported, with tracetui as their provider."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Any

from .. import guard
from ..libraries import known
from . import client_streams
from .provider import TracerProvider

_provider = TracerProvider()

_OPTIONS: dict[str, dict[str, Any]] = {"fastapi": {"exclude_spans": ["receive", "send"]}}
"""For instrumentors: a streamed response would else be a span for each of its chunks."""


class Instrumented:
    """One library that was asked for."""

    def __init__(self, name: str, entry: EntryPoint, silent: bool) -> None:
        self.name = name
        self.is_wanted = True
        self._entry = entry
        self._silent = silent
        self._instrumentor: Any = None

    def start(self, _module: ModuleType | None = None) -> None:
        """Instrument the library, which has just been imported. Raises nothing: the host's import is under way."""
        if not self.is_wanted or self._instrumentor is not None:
            return
        try:
            instrumentor = self._entry.load()()
            conflict = instrumentor._check_dependency_conflicts()
            if conflict is not None:
                self._warn(f"{self.name} is not recorded: {conflict}")
            elif instrumentor.is_instrumented_by_opentelemetry:
                self._warn(f"{self.name} is instrumented already, its spans go elsewhere")
            else:
                instrumentor.instrument(tracer_provider=_provider, skip_dep_check=True, **_OPTIONS.get(self.name, {}))
                self._instrumentor = instrumentor
                client_streams.measure(self.name)
        except Exception as error:  # the instrumentor's, the library's, or their versions do not fit
            self._warn(f"{self.name} is not recorded: {self._entry.value} failed: {error!r}")

    def stop(self) -> None:
        """Take the instrumentation back."""
        self.is_wanted = False
        instrumentor, self._instrumentor = self._instrumentor, None
        if instrumentor is not None:
            try:
                instrumentor.uninstrument()
            except Exception as error:
                self._warn(f"{self.name} stays instrumented: {error!r}")

    def _warn(self, message: str) -> None:
        if not self._silent:
            guard.warn(f"autolog {self.name}", message)


_instrumented: dict[str, Instrumented] = {}


def start(name: str, entry: EntryPoint, *, silent: bool = False) -> None:
    """Instrument a library now if the program has imported it, else when it does; a second time does nothing."""
    from wrapt import register_post_import_hook

    if name in _instrumented:
        return
    library = _instrumented[name] = Instrumented(name, entry, silent)
    if (module := sys.modules.get(known(name).module)) is not None:
        library.start(module)
    else:
        register_post_import_hook(library.start, known(name).module)


def stop(names: list[str]) -> None:
    """Stop recording these libraries, or all without names."""
    for name in names or list(_instrumented):
        if (library := _instrumented.pop(name, None)) is not None:
            library.stop()
