"""The filter language is imported when it is used, and not before: the explorer's first frame does without."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

import tracetui.store.filter

PROGRAM = """
import sys
from tracetui.store.filter.tree.errors import FilterError
loaded = sorted(name for name in sys.modules if name.startswith("tracetui.store.filter."))
assert loaded == ["tracetui.store.filter.tree", "tracetui.store.filter.tree.errors"], loaded
from tracetui.store.filter import *
assert parse("is:error") and issubclass(FilterError, ValueError)
"""


def test_filter_error_alone_loads_no_parser() -> None:
    """The exception can be named at a cost of microseconds; the rest of the language comes when it is asked for."""
    subprocess.run([sys.executable, "-c", PROGRAM], check=True)


def test_public_names_of_the_filter_are_there_and_no_module_hides_one() -> None:
    """Whatever was imported before, a public name is the function or class, never a module of the same name."""
    package = tracetui.store.filter
    assert all(callable(getattr(package, name)) for name in package.__all__)
    assert not {module.name for module in pkgutil.iter_modules(package.__path__)} & set(package.__all__)
