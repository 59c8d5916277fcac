"""`autolog`: calls of LLM libraries and web frameworks, recorded by the instrumentors that exist for them.

OpenInference's instrumentors come first, then OpenTelemetry's. A library is instrumented when the program imports it,
or at once if the program has: `autolog` of ten libraries imports none of them.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .. import guard
from ..exceptions import InvalidTypeError
from ..libraries import GROUPS, KNOWN, LEFT_OUT, canonical, known
from ..settings.settings import config

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

_OURS = {"pydantic_ai": f"{__package__}.fixes.pydantic_ai:PydanticAIInstrumentor"}
"""Instrumentors of the tracer, for libraries that call the OpenTelemetry API themselves and need only a provider."""


def autolog(
    *libraries: str | Iterable[str],
    disable: bool = False,
    silent: bool = False,
    traceparent: bool | None = None,
    **elsewhere: Any,
) -> None:
    """Record the calls of `libraries` from now on: `autolog("openai", "langchain")`; without names, of all installed.

    `disable=True` stops recording; open spans end as usual. `silent=True` warns of nothing. `traceparent=True` adds
    the header `traceparent` to requests by httpx or httpx2, which most clients use (see `sent_headers`); False stops
    that. A list of names is accepted too.

    Raises ImportError, with the command that installs it, for a named library without an instrumentor, or whose package
    is not installed; TypeError for an argument that is no name. Other arguments of MLflow's are accepted and ignored,
    but for `log_traces=False`, which is `disable=True`.
    """
    disable = disable or elsewhere.pop("log_traces", True) is False
    if elsewhere and not silent:
        guard.ignore_arguments("autolog", elsewhere)
    if traceparent is not None:
        from .sent_headers import send

        send(bool(traceparent))
    names = _names(libraries)
    if libraries and not names:
        return  # an empty list names none, not all
    if disable:
        _stop([canonical(name) for name in names])
    elif config.enabled or names:
        _start_named(names, silent) if names else _start_all(silent)


def _names(libraries: Iterable[str | Iterable[str]]) -> list[str]:
    names: list[str] = []
    for given in libraries:
        if isinstance(given, list | tuple | set | frozenset):
            names += _names(given)
        elif isinstance(given, str):
            names.append(given)
        else:
            raise InvalidTypeError(f'autolog() accepts names of libraries, such as autolog("openai"), not {given!r}')
    return names


def instrumentors() -> dict[str, EntryPoint]:
    """The installed instrumentors, by the name of their library."""
    from importlib.metadata import EntryPoint, entry_points

    found: dict[str, EntryPoint] = {}
    for group in GROUPS:
        for entry in entry_points(group=group):
            found.setdefault(canonical(entry.name), entry)
    if _has_the_api():
        for name, value in _OURS.items():
            found.setdefault(name, EntryPoint(name, value, "tracetui"))
    return found


def _start_named(libraries: Iterable[str], silent: bool) -> None:
    found = instrumentors()
    chosen = []
    for name in map(canonical, libraries):
        entry = found.get(name)
        if entry is None:
            raise ImportError(_how_to_install(name))
        if not _is_installed(known(name).module):
            raise ImportError(f"autolog({name!r}): {known(name).module.partition('.')[0]} is not installed", name=name)
        chosen.append((name, entry))
    _record_the_api()
    start = _instrument().start
    for name, entry in chosen:
        start(name, entry, silent=silent)


def _start_all(silent: bool) -> None:
    found = {
        name: entry
        for name, entry in instrumentors().items()
        if name not in LEFT_OUT and _is_installed(known(name).module)
    }
    if _has_the_api():
        _record_the_api()
    if found:
        start = _instrument().start
        for name, entry in found.items():
            start(name, entry, silent=silent)
    elif not silent:
        here = sorted(name for name in KNOWN if _is_installed(known(name).module)) or ["openai"]
        extras = ",".join(dict.fromkeys(known(name).extra for name in here))
        guard.warn("autolog", f"autolog() found no instrumentor to use; pip install 'tracetui[{extras}]'")


def _instrument() -> ModuleType:
    """The module that instruments libraries. The API is imported first: the hook on its import loads that module."""
    import opentelemetry.trace  # noqa: F401

    from . import instrument

    return instrument


def _has_the_api() -> bool:
    return _is_installed("opentelemetry") and _is_installed("wrapt")


def _record_the_api() -> None:
    """Record the spans that the program begins by the OpenTelemetry API, once it has imported that API."""
    from wrapt import register_post_import_hook

    def record(_: object) -> None:
        from .instrument import record_the_api

        record_the_api()

    register_post_import_hook(record, "opentelemetry.trace")


def _stop(libraries: list[str]) -> None:
    import sys

    # If the module is not loaded, nothing was started; to load it needs packages that may not be installed.
    if (instrument := sys.modules.get(f"{__package__}.instrument")) is not None:
        instrument.stop(libraries)


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):  # a parent that is missing, or a stand-in without a spec
        return False


def _how_to_install(name: str) -> str:
    library = known(name)
    if library.extra:
        return f"autolog({name!r}) needs {library.instrumentor}: pip install 'tracetui[{library.extra}]'"
    return (
        f"autolog({name!r}) found no instrumentor of that name; if there is one, it is"
        f" openinference-instrumentation-{name} or {library.instrumentor}. Known here: {', '.join(sorted(KNOWN))}"
    )
