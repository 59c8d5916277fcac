"""A scorer: a function of the user with the arguments that it wants of a trace, by MLflow's names."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import update_wrapper
from hashlib import blake2b
from typing import Any, overload

from ..exceptions import InvalidTypeError

ARGUMENTS = frozenset({"inputs", "outputs", "expectations", "trace"})
"""The names that a scorer may have for its arguments, as in MLflow."""


class Scorer:
    """A function with a name and a version. It is called like the function."""

    def __init__(self, function: Callable[..., Any], name: str | None = None) -> None:
        """Raises TypeError for a function with an argument that nobody passes."""
        self.function = function
        self.name: str = name or str(getattr(function, "__name__", type(function).__name__))
        parameters = inspect.signature(function).parameters
        self.arguments = [one for one in parameters if one in ARGUMENTS]
        """The arguments that the function wants."""
        unknown = [
            one.name
            for one in parameters.values()
            if one.name not in ARGUMENTS
            and one.default is one.empty
            and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
        ]
        if any(one.kind is one.VAR_KEYWORD for one in parameters.values()):
            self.arguments = sorted(ARGUMENTS)
        if unknown:
            raise InvalidTypeError(
                f"the scorer {self.name} has the argument {unknown[0]!r}; a scorer may have"
                f" {', '.join(sorted(ARGUMENTS))}"
            )
        update_wrapper(self, function)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function."""
        return self.function(*args, **kwargs)

    @property
    def version(self) -> str:
        """A digest of the source of the function: a changed scorer scores again."""
        try:
            source = inspect.getsource(self.function)
        except (OSError, TypeError):
            source = repr(self.function)
        return blake2b(source.encode(errors="surrogatepass"), digest_size=6).hexdigest()


@overload
def scorer(function: Callable[..., Any]) -> Scorer: ...


@overload
def scorer(*, name: str | None = None, **others: Any) -> Callable[[Callable[..., Any]], Scorer]: ...


def scorer(function: Callable[..., Any] | None = None, *, name: str | None = None, **others: Any) -> Any:
    """Make a function a scorer for `tracetui score`, as MLflow's `@scorer` does.

    The function has any of the arguments `inputs`, `outputs`, `expectations` and `trace`, and returns a bool, a number,
    a text, a `Feedback`, or a list of `Feedback`; it may be a coroutine function. `name` is the name of the assessment,
    by default that of the function. Other arguments of MLflow are accepted and have no effect.
    """
    if function is None:
        return lambda decorated: Scorer(decorated, name)
    return Scorer(function, name)
