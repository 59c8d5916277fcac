"""The private names of Textual that the explorer uses."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from textual.app import App
from textual.scroll_view import ScrollView

from tracetui.tui.widgets.textual_private import APP_NAMES, SCROLL_VIEW_NAMES

TUI = Path(__file__).parents[3] / "tui"
PRIVATE_FILE = TUI / "widgets" / "textual_private.py"


@pytest.mark.parametrize("name", APP_NAMES)
def test_an_app_of_the_installed_textual_has_the_private_name(name: str) -> None:
    """A version of Textual that renames it fails here, before a user sees it."""
    assert hasattr(App[None](), name)


@pytest.mark.parametrize("name", SCROLL_VIEW_NAMES)
def test_a_scroll_view_of_the_installed_textual_has_the_private_name(name: str) -> None:
    """A version of Textual that renames it fails here, before a user sees it."""
    assert hasattr(ScrollView(), name)


def own_and_used_names(path: Path) -> tuple[set[str], set[str]]:
    """The private names that a file defines, and those that it reads of `self` or of another object."""
    defined, used = set(), set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Attribute(attr=name, ctx=ast.Store()):
                defined.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.Name(id=name, ctx=ast.Store()):
                defined.add(name)
            case ast.Attribute(attr=name, ctx=ast.Load()) if name.startswith("_") and not name.startswith("__"):
                used.add(name)
    return defined, used


def test_one_file_uses_private_names_of_textual() -> None:
    """Every other file of the explorer reads only private names that the explorer's own files define."""
    files = {path: own_and_used_names(path) for path in TUI.rglob("*.py")}
    ours = {"_asdict", "_replace", "_exit"}  # of named tuples, and of `os`
    ours = ours.union(*(defined for path, (defined, _) in files.items() if path != PRIVATE_FILE))
    foreign = {path.name: used - ours for path, (_, used) in files.items() if used - ours}
    assert foreign.keys() == {"textual_private.py"}
    assert foreign["textual_private.py"] <= {*APP_NAMES, *SCROLL_VIEW_NAMES}
