"""The import graph of the product, read from its source: imports inside functions and for type checkers count."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOP = ("tracer", "store", "tui")
"""The folders of the product, installed as `tracetui.<folder>`."""

Graph = Mapping[str, frozenset[str]]
"""Each node, a file or a folder relative to the root, and the nodes that it imports."""


def sources() -> list[Path]:
    """Every Python file of the product."""
    return sorted(path for folder in TOP for path in (ROOT / folder).rglob("*.py"))


def imported_names(path: Path) -> Iterator[str]:
    """The absolute names that a file imports, at any depth of its code."""
    package = ["tracetui", *path.relative_to(ROOT).parent.parts]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


@cache
def file_graph() -> Graph:
    """Each file of the product and the files of the product that it imports."""
    files = {_module(path): _relative(path) for path in sources()}

    def file_of(name: str) -> str | None:
        while name and name not in files:
            name = name.rpartition(".")[0]
        return files.get(name)

    return {
        _relative(path): frozenset(filter(None, map(file_of, imported_names(path)))) - {_relative(path)}
        for path in sources()
    }


def room_of(file: str) -> str:
    """The folder of a file; a file that lies flat in `tracer/`, `store/` or `tui/` is a room of its own."""
    return file if file.count("/") == 1 else file.rpartition("/")[0]


def room_graph() -> Graph:
    """Each room and the rooms that it imports."""
    graph: dict[str, set[str]] = {}
    for file, imported in file_graph().items():
        graph.setdefault(room_of(file), set()).update(set(map(room_of, imported)) - {room_of(file)})
    return {room: frozenset(imported) for room, imported in graph.items()}


def circles(graph: Graph) -> list[list[str]]:
    """The strongly connected parts of more than one node (Tarjan, https://doi.org/10.1137/0201010)."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        number[node] = lowest[node] = len(number)
        stack.append(node)
        for other in graph.get(node, ()):
            if other not in number:
                visit(other)
            if other in stack:
                lowest[node] = min(lowest[node], lowest[other])
        if lowest[node] == number[node]:
            part = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(part) > 1:
                found.append(sorted(part))

    for node in graph:
        if node not in number:
            visit(node)
    return found


def _relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(["tracetui", *(parts[:-1] if parts[-1] == "__init__" else parts)])
