"""The arguments of a call by parameter name. `inspect.Signature.bind` would cost ten times as much."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any


class Binder:
    """Names the arguments of calls of one function. It leaves out a first parameter `self` or `cls`."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._names: tuple[str, ...] | None = None
        self._defaults: dict[str, Any] = {}
        self._var_positional: str | None = None
        self._var_keyword: str | None = None
        try:
            parameters = inspect.signature(function).parameters.values()
        except (TypeError, ValueError):  # a builtin without a signature
            return
        names: list[str] = []
        positional_only: set[str] = set()
        keyword_only: list[str] = []
        for parameter in parameters:
            if parameter.kind is parameter.VAR_POSITIONAL:
                self._var_positional = parameter.name
            elif parameter.kind is parameter.VAR_KEYWORD:
                self._var_keyword = parameter.name
            else:
                if parameter.kind is parameter.POSITIONAL_ONLY:
                    positional_only.add(parameter.name)
                (keyword_only if parameter.kind is parameter.KEYWORD_ONLY else names).append(parameter.name)
                if parameter.default is not parameter.empty:
                    self._defaults[parameter.name] = parameter.default
        self._names = tuple(names)
        self._known = {*names, *keyword_only} - positional_only
        self._receiver = names[0] if names and names[0] in ("self", "cls") else None

    def bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments by name. A call that the function will refuse is named as far as possible."""
        names = self._names
        if names is None:
            return {"args": args, "kwargs": kwargs} if kwargs else {"args": args}
        bound: dict[str, Any] = dict(zip(names, args, strict=False))
        if len(args) > len(names) and self._var_positional:
            bound[self._var_positional] = args[len(names) :]
        if kwargs:
            extra = {}
            for name, value in kwargs.items():
                if name in self._known:
                    bound[name] = value
                else:
                    extra[name] = value
            if extra:
                bound[self._var_keyword or "kwargs"] = extra
        for name, value in self._defaults.items():
            if name not in bound:
                bound[name] = value
        if self._receiver is not None:
            bound.pop(self._receiver, None)
        return bound
