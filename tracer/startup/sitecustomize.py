"""Runs at the start of every Python below `tracetui run`: autolog, then the environment's own `sitecustomize`.

That Python may be of another environment, without tracetui: then the program runs as it would have. Only the program
that `tracetui run` itself became says what is wrong, not each of its children.
"""

from __future__ import annotations

import os
import sys


def _autolog() -> None:
    is_first = os.environ.get("TRACETUI_RUN") == str(os.getpid())
    if os.environ.get("TRACETUI_DISABLED") == "1":  # the tracer knows other words for it too, but this costs nothing
        return
    try:
        from tracetui.tracer.instrumentation.autolog import autolog
        from tracetui.tracer.settings.settings import config

        if config.is_disabled_for_good:
            return
        names = [name for name in os.environ.get("TRACETUI_AUTOLOG", "").split(",") if name]
        autolog(*names, silent=not is_first)
    except Exception as error:
        if is_first:
            reason = str(error)
            if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] == "tracetui":
                reason = f"tracetui is not installed for {sys.executable}; pip install tracetui there"
            print(f"tracetui: nothing is recorded: {reason}", file=sys.stderr)


def _own() -> None:
    """Run the `sitecustomize` that this one stands before."""
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    here = os.path.dirname(os.path.abspath(__file__))
    path = [folder for folder in sys.path if os.path.abspath(folder) != here]
    spec = PathFinder.find_spec("sitecustomize", path)
    if spec is not None and spec.loader is not None:
        module = sys.modules["sitecustomize"] = module_from_spec(spec)
        spec.loader.exec_module(module)


_autolog()
_own()
