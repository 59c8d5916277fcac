"""Private names of other packages stand where an upgrade that changes one is noticed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.import_graph import ROOT

ROOMS = ("tracer/instrumentation/fixes/", "tracer/otel/private_names.py", "tracer/values/private_names.py")
"""Where such a name may stand; each has a test that compares the names with the installed versions."""

OF_THE_STANDARD_LIBRARY = {"_DeadlockError", "_fields", "_getframe", "_initializing", "_replace"}

FILES = sorted((ROOT / "tracer").rglob("*.py"))


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith(("__", "_tracetui_"))


def names_of_attributes(tree: ast.AST) -> Iterator[str]:
    """The private attributes that code reads or sets, by a dot or by the functions for it, and private imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in ("getattr", "setattr", "hasattr", "delattr") and isinstance(node.args[1], ast.Constant):
                yield str(node.args[1].value)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from (alias.name for alias in node.names)


@cache
def own_names() -> set[str]:
    """The private names that the tracer itself defines."""
    names: set[str] = set()
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                names.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and is_own(node.value):
                names.add(node.attr)
    return names


def is_own(owner: ast.expr) -> bool:
    return isinstance(owner, ast.Name) and owner.id in ("self", "cls")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_private_name_of_another_package_is_in_its_room(path: Path) -> None:
    """Elsewhere the tracer has its own private names and those of the standard library."""
    if path.relative_to(ROOT).as_posix().startswith(ROOMS):
        return
    names = set(filter(is_private, names_of_attributes(ast.parse(path.read_text(encoding="utf-8")))))
    assert not names - own_names() - OF_THE_STANDARD_LIBRARY
