"""Runs at the start of every Python process below `tracetui run`: autolog, then the `sitecustomize` of the environment.

The Python may belong to an environment without tracetui: the program then runs unrecorded. Only the process that
`tracetui run` became prints an error, its child processes do not.
"""

from __future__ import annotations

import os
import sys


def _autolog() -> None:
    is_first = os.environ.get("TRACETUI_RUN") == str(os.getpid())
    if os.environ.get("TRACETUI_DISABLED") == "1":  # the tracer accepts other values too; this check needs no import
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
                reason = (
                    f"tracetui is not installed for {sys.executable}; run `{sys.executable} -m pip install tracetui`"
                )
            print(f"tracetui: nothing is recorded: {reason}", file=sys.stderr)


def _run_own_sitecustomize() -> None:
    """Run the next `sitecustomize` of the path, which this one hides."""
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    here = os.path.dirname(os.path.abspath(__file__))
    path = [folder for folder in sys.path if os.path.abspath(folder) != here]
    spec = PathFinder.find_spec("sitecustomize", path)
    if spec is not None and spec.loader is not None:
        module = sys.modules["sitecustomize"] = module_from_spec(spec)
        spec.loader.exec_module(module)


_autolog()
_run_own_sitecustomize()
