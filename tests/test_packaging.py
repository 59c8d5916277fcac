"""The package lists match the disk."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_every_folder_with_code_is_a_listed_package() -> None:
    """setuptools cannot discover renamed packages, so the list is written out."""
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    on_disk = {
        ".".join(["tracetui", *path.parent.relative_to(ROOT).parts])
        for folder in ("tracer", "store", "tui")
        for path in (ROOT / folder).rglob("*.py")
    }
    assert listed == on_disk


def test_every_package_has_an_init() -> None:
    """Only the root is a namespace."""
    for folder in ("tracer", "store", "tui"):
        for path in (ROOT / folder).rglob("*.py"):
            assert (path.parent / "__init__.py").exists(), path.parent


def test_type_checkers_find_the_folders() -> None:
    """The three links stand in for the installed names."""
    for folder in ("tracer", "store", "tui"):
        link = ROOT / ".links" / "tracetui" / folder
        assert link.resolve() == ROOT / folder
        assert (ROOT / folder / "py.typed").exists()
