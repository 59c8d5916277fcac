"""Instrumentors that run when their library is imported, with tracetui as their provider."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Any

from .. import guard
from ..libraries import known
from ..otel import other_instrumentors
from ..otel.dropped_span import stand_in
from ..otel.other_providers import follow, unfollow
from ..otel.private_names import conflict_of
from ..otel.provider import TracerProvider
from ..otel.proxy_tracers import record_with
from ..otel.span_processor import SpanProcessor
from .fixes import by_library
from .imported_before import ImportedBefore, names_in

_provider = TracerProvider()


def record_the_api() -> None:
    """Record the spans that the program or its libraries begin by the OpenTelemetry API, with any provider."""
    follow(SpanProcessor, stand_in)
    record_with(_provider)
    _watch_other_instrumentors()


_OPTIONS: dict[str, dict[str, Any]] = {
    "fastapi": {"exclude_spans": ["receive", "send"]},
    "openai_agents": {"exclusive_processor": False},
}
"""Arguments of instrumentors. Without them a streamed response would have a span for each chunk, and the traces of
agents would no longer reach the program's own processors."""


_in_thread = threading.local()
"""`waiting`: the libraries that follow the one that this thread is instrumenting; None while it instruments none.
`is_ours`: whether the thread calls an instrumentor for `autolog`."""


@contextmanager
def _for_autolog() -> Iterator[None]:
    before, _in_thread.is_ours = getattr(_in_thread, "is_ours", False), True
    try:
        yield
    finally:
        _in_thread.is_ours = before


def _watch_other_instrumentors() -> None:
    """Step back from libraries that the program instruments itself, from the import of the first instrumentor on."""
    from wrapt import register_post_import_hook

    def step_back(library: str) -> None:
        if (ours := _instrumented.get(library)) is not None:
            ours.step_back()

    def come_back(library: str) -> None:
        if (ours := _instrumented.get(library)) is not None and sys.modules.get(known(library).module) is not None:
            ours.start()

    register_post_import_hook(
        lambda _: other_instrumentors.watch(step_back, come_back, lambda: getattr(_in_thread, "is_ours", False)),
        other_instrumentors.MODULE,
    )


def _is_between_imports(error: Exception) -> bool:
    """Whether a module was half imported, or importlib found threads that wait for each other's imports."""
    return type(error).__name__ == "_DeadlockError" or "circular import" in str(error)


class Instrumented:
    """One library that `autolog` was called for."""

    def __init__(self, name: str, entry: EntryPoint, silent: bool) -> None:
        self.name = name
        self.is_wanted = True
        self._entry = entry
        self._silent = silent
        self._instrumentor: Any = None
        self._is_late = sys.modules.get(known(name).module) is not None
        self._before: ImportedBefore | None = None
        self._pauses_s = [0.0, 0.01, 0.1, 1.0]
        """The pauses before each further attempt, after imports of several threads at once made one fail."""

    def imported(self, module: ModuleType) -> None:
        """Instrument the library, which has just been imported; the caller holds the lock of that import.

        All code of the module has run. It is marked as imported now, so that threads that hold the locks of modules
        that the instrumentor imports need not wait: where two threads wait for each other, importlib makes the import
        of one fail, which may be the host's.
        """
        if (spec := getattr(module, "__spec__", None)) is not None:
            spec._initializing = False  # importlib sets the same a moment later
        self.start()

    def start(self) -> None:
        """Instrument the library. Raises nothing: the host may be importing it.

        An instrumentor may import further libraries that `autolog` was called for. It is half loaded then, and may be
        their instrumentor too: they wait until it is done.
        """
        waiting = getattr(_in_thread, "waiting", None)
        if waiting is not None:
            waiting.append(self)
            return
        _in_thread.waiting = waiting = [self]
        try:
            while waiting:
                waiting.pop(0)._try()
        finally:
            _in_thread.waiting = None

    def _try(self) -> None:
        if not self.is_wanted or other_instrumentors.is_taken(self.name):
            return
        try:
            self._instrument()
        except Exception as error:  # the instrumentor's, the library's, or their versions do not fit
            if self._pauses_s and _is_between_imports(error):
                # Not here: this thread holds the lock of the host's import, which the other may be waiting for.
                threading.Thread(target=self._try_again, name="tracetui autolog", daemon=True).start()
            else:
                self._warn(f"{self.name} is not recorded: {self._entry.value} failed: {error!r}")

    def _try_again(self) -> None:
        time.sleep(self._pauses_s.pop(0))
        self.start()

    def _instrument(self) -> None:
        if self._instrumentor is None:
            instrumentor = self._entry.load()()
            conflict = conflict_of(instrumentor)
            if conflict is not None:
                self._warn(f"{self.name} is not recorded: {conflict}")
                return
            if other_instrumentors.is_taken(self.name) or instrumentor.is_instrumented_by_opentelemetry:
                return  # it is recorded through the provider of the program
            module = known(self.name).module
            former = names_in(module) if self._is_late else {}
            options = _OPTIONS.get(self.name, {})
            with _for_autolog():
                instrumentor.instrument(tracer_provider=_provider, skip_dep_check=True, **options)
            self._instrumentor = instrumentor
            other_instrumentors.let_apps_be_instrumented(type(instrumentor), _provider)
            if self._is_late:
                self._before = ImportedBefore(module, former)
                missed = self._before.instrument(instrumentor, tracer_provider=_provider, **options)
                if missed:
                    self._warn(
                        f"{self.name} was imported before autolog({self.name!r}), which misses {', '.join(missed)}:"
                        " call autolog first"
                    )
        by_library.fix(self.name)

    def stop(self) -> None:
        """Remove the instrumentation."""
        self.is_wanted = False
        self.step_back()

    def step_back(self) -> None:
        """Remove the instrumentation until `start` is called again."""
        instrumentor, self._instrumentor = self._instrumentor, None
        if instrumentor is not None:
            try:
                with _for_autolog():
                    if self._before is not None:
                        self._before.stop(instrumentor)
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
    if sys.modules.get(known(name).module) is not None:
        library.start()
    else:
        register_post_import_hook(library.imported, known(name).module)


def stop(names: list[str]) -> None:
    """Stop recording these libraries, or all without names."""
    if not names:
        unfollow()
        record_with(None)
    for name in names or list(_instrumented):
        if (library := _instrumented.pop(name, None)) is not None:
            library.stop()
