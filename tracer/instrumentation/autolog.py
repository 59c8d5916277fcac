"""`autolog`: what LLM libraries and web frameworks do, recorded by the instrumentors that exist for them.

OpenInference's are asked first, then OpenTelemetry's. A library is instrumented in the moment the program imports it,
or now if it has: asking for ten libraries costs the import of none.
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
"""Of libraries that tell of themselves through the OpenTelemetry API and need no more than a provider."""


def autolog(
    *libraries: str | Iterable[str],
    disable: bool = False,
    silent: bool = False,
    traceparent: bool | None = None,
    **elsewhere: Any,
) -> None:
    """Record the calls of `libraries` from now on: `autolog("openai", "langchain")`; without names, of all installed.

    `disable=True` stops that again; spans that are open end as they would. `silent=True` says nothing of what could
    not be done. `traceparent=True` lets requests that are sent by httpx or httpx2, as those of most clients,
    carry the trace on to the server, see `otel.sent_headers`; False ends that. A list of names is taken as well.

    Raises ImportError when a library that was named, or its instrumentor, is not installed; the message says how to
    install it; TypeError for what is no name. Other arguments of MLflow's are taken and ignored, but
    `log_traces=False`, which disables.
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
            raise InvalidTypeError(f'autolog() takes names of libraries, such as autolog("openai"), not {given!r}')
    return names


def instrumentors() -> dict[str, EntryPoint]:
    """The instrumentors that are installed, by the name of their library."""
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
    """The module that instruments libraries. The API comes first: once it is imported, its hook loads that module."""
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

    # Nothing was started while this module is not there, and it needs packages that may not be either.
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
        f"autolog({name!r}) finds no instrumentor of that name; if there is one, it is"
        f" openinference-instrumentation-{name} or {library.instrumentor}. Known here: {', '.join(sorted(KNOWN))}"
    )
