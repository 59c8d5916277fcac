"""Figures of the code base, printed as one Markdown table: `python -m tests.house_figures`."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.support.import_graph import ROOT, TOP, circles, file_graph, room_graph, sources

LONG_LINES = 300
"""A module with more lines than this is to be split by idea."""

_PRIVATE = re.compile(r"_[a-z]")
_MUTABLE = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp, ast.Call)


def test_files() -> list[Path]:
    """Every Python file of the tests."""
    return sorted((ROOT / "tests").rglob("*.py"))


def lines(path: Path) -> int:
    """The number of lines of a file."""
    return len(path.read_text(encoding="utf-8").splitlines())


def private_accesses(path: Path) -> int:
    """How often a file reaches for a private name: `x._name` (x not `self` or `cls`), an import of it, `setattr`."""
    return sum(map(_is_private_access, ast.walk(ast.parse(path.read_text(encoding="utf-8")))))


def _is_private_access(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id="self" | "cls")):
            return False
        case ast.Attribute(attr=name) | ast.alias(name=name):
            return _PRIVATE.match(name) is not None
        case ast.Call(func=ast.Attribute(attr="setattr"), args=[_, ast.Constant(value=str(name)), *_]):
            return _PRIVATE.match(name) is not None
        case _:
            return False


def rebound_globals(path: Path) -> Iterator[str]:
    """The names that functions of a file bind anew with `global`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Global):
            yield from node.names


def mutable_globals(path: Path) -> Iterator[str]:
    """The lower-case names of a file that hold a container or an object made at import: state of the process."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if not isinstance(target, ast.Name) or not isinstance(getattr(node, "value", None), _MUTABLE):
            continue
        if re.fullmatch(r"_?[a-z][a-z0-9_]*", target.id):
            yield target.id


def mypy_errors_in_tests() -> int:
    """Errors of `mypy` over the tests."""
    command = [sys.executable, "-m", "mypy", "tests"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = re.search(r"Found (\d+) errors", ran.stdout)
    return int(found[1]) if found else 0


def figures() -> dict[str, object]:
    """What the table shows, in its order."""
    files = sources()
    rebound = {f"{path}:{name}" for path in files for name in rebound_globals(path)}
    mutable = {f"{path}:{name}" for path in files for name in mutable_globals(path)}
    return {
        "files": len(files),
        **{f"flat files in {folder}/": len(list((ROOT / folder).glob("*.py"))) for folder in TOP},
        "rooms": len({path.parent for path in files}),
        "circles of files": len(circles(file_graph())),
        "circles of rooms": len(circles(room_graph())),
        "lines": sum(map(lines, files)),
        "median lines of a module": sorted(map(lines, files))[len(files) // 2],
        f"modules over {LONG_LINES} lines": sum(lines(path) > LONG_LINES for path in files),
        "module-level mutables": len(rebound | mutable),
        "private accesses in tests": sum(map(private_accesses, test_files())),
        "mypy errors in tests": mypy_errors_in_tests(),
        "lines of README": lines(ROOT / "README.md"),
    }


if __name__ == "__main__":
    print("| figure | now |\n|---|---|")
    for name, figure in figures().items():
        print(f"| {name} | {figure} |")
