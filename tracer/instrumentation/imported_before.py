"""Classes and functions that a program imported from a library before the library was instrumented.

An instrumentor that replaces a class or function of the library reaches later imports. `from fastapi import FastAPI`
above `autolog("fastapi")` has the former class.
"""

from __future__ import annotations

import functools
import gc
import sys
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any
from weakref import WeakSet

from ..libraries import KNOWN
from ..otel.private_names import is_instrumented, restore_wsgi_app

Names = dict[tuple[str, str], Any]
"""(module, name) -> the class or function."""


def names_in(library: str) -> Names:
    """The classes and functions in the modules of a library."""
    return {
        (module.__name__, name): value
        for module in _modules()
        if _root(module.__name__) == _root(library)
        for name, value in list(vars(module).items())
        if isinstance(value, type | FunctionType)
    }


class ImportedBefore:
    """Instruments what the program has imported and made of one library already, as far as possible."""

    def __init__(self, library: str, former: Names) -> None:
        """`former` are the names of the library before it was instrumented."""
        self._root = _root(library)
        self._replaced = [
            value
            for (module, name), value in former.items()
            if getattr(sys.modules.get(module), name, value) is not value and _root(value.__module__) == self._root
        ]
        self._apps: WeakSet[Any] = WeakSet()
        self._inits: list[tuple[type, Any]] = []

    def instrument(self, instrumentor: Any, **options: Any) -> list[str]:
        """Instrument the applications that exist, and those that the former class makes from now on.

        Returns what stays without instrumentation, in words for a warning.
        """
        instrument_app = getattr(instrumentor, "instrument_app", None)
        missed = []
        if (handlers := sys.modules.get("django.core.handlers.base")) is not None and self._root == "django":
            missed += [f"{type(made).__qualname__} with its middleware" for made in self._made(handlers.BaseHandler)]
        for replaced in self._replaced:
            if isinstance(replaced, type) and instrument_app is not None:
                apps = functools.partial(self._instrument_app, instrument_app, options)
                self._watch(replaced, apps)
                missed += [f"{type(app).__qualname__}: {error}" for app in self._made(replaced) if (error := apps(app))]
            else:
                missed += self._holders(replaced)
        return missed

    def stop(self, instrumentor: Any) -> None:
        """Remove the instrumentation. Raises the exceptions of the instrumentor."""
        for kind, init in self._inits:
            kind.__init__ = init  # type: ignore[misc]
        for app in list(self._apps):
            if is_instrumented(app):
                instrumentor.uninstrument_app(app)

    def _instrument_app(
        self, instrument_app: Callable[..., Any], options: dict[str, Any], app: Any
    ) -> Exception | None:
        if is_instrumented(app):
            return None
        try:
            instrument_app(app, **options)
            if getattr(app, "middleware_stack", None) is not None:  # of Starlette's, made with the first request
                app.middleware_stack = None
            self._apps.add(app)
        except Exception as error:  # most are closed to changes after their first request
            restore_wsgi_app(app)
            return error
        return None

    def _watch(self, kind: type, instrument: Callable[[Any], Any]) -> None:
        init = kind.__init__  # type: ignore[misc]

        @functools.wraps(init)
        def __init__(app: Any, *args: Any, **kwargs: Any) -> None:
            init(app, *args, **kwargs)
            if not self._is_of_another(type(app), kind):
                instrument(app)

        kind.__init__ = __init__  # type: ignore[misc]
        self._inits.append((kind, init))

    def _made(self, kind: type) -> list[Any]:
        """The objects of a class that exist, without those of another library's subclasses."""
        found = (thing for thing in gc.get_objects() if kind in type(thing).__mro__)
        return [thing for thing in found if not self._is_of_another(type(thing), kind)]

    def _is_of_another(self, derived: type, kind: type) -> bool:
        """Whether a class belongs to another library, or to the instrumentor, which instruments its objects itself."""
        roots = {_root(one.__module__) for one in derived.__mro__[: derived.__mro__.index(kind)]}
        return bool(roots & _OTHERS - {self._root})

    def _holders(self, replaced: Any) -> list[str]:
        return [
            f"{module.__name__}.{name}"
            for module in _modules()
            if _root(module.__name__) not in {self._root, *_INSTRUMENTORS}
            for name, value in list(vars(module).items())
            if value is replaced
        ]


_INSTRUMENTORS = {"openinference", "opentelemetry"}

_OTHERS = {library.module.partition(".")[0] for library in KNOWN.values()} | _INSTRUMENTORS


def _root(module: str | None) -> str:
    return (module or "").partition(".")[0]


def _modules() -> list[ModuleType]:
    return [module for module in list(sys.modules.values()) if isinstance(module, ModuleType)]
