"""Who may import whom, seen in a clean interpreter and in the source."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

ON_REQUEST = {"otel": {"opentelemetry", "wrapt"}}
"""Folders of the tracer that nothing imports unless it is asked for, and what they may use: an extra brings it."""

TRACER_MAY_USE = {
    "attachment_ref",
    "edits",
    "loss_notes",
    "json_text",
    "paths",
    "prices",
    "process",
    "schema",
    "rows",
    "sizes",
    "token_counts",
    "turn",
    "whole_answers",
    "writer",
}
"""Of the store, by what records."""

READS_BACK = {
    "autologging.py": {"wrapt"},  # waits for the import of the OpenTelemetry API; comes with the instrumentors
    "lookup.py": {"filter", "reader", "search"},
    "stored_trace.py": {"decoding", "exact_json", "reader", "status", "usage"},
    "trace_file.py": {"reader"},
    "span.py": {"dialects"},  # of the entities: the model and the tokens of a span
    "cost_parts.py": {"dialects"},
    "display": {"bars", "format", "rich", "safe_text"},
}
"""Modules and folders of the tracer that are loaded when a program asks for its traces; what they may use beyond."""


def imports_of(path: Path) -> set[str]:
    """What a module imports, at any depth of its code, as absolute names."""
    package = ["tracetui", *path.relative_to(ROOT).parent.parts]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found |= {f"{module}.{alias.name}" for alias in node.names}
    return found


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", modules("tracer"), ids=lambda path: path.name)
def test_tracer_imports_the_writing_store_and_nothing_of_the_terminal(path: Path) -> None:
    """The tracer lives in other people's servers."""
    in_folder = {**ON_REQUEST, **READS_BACK}.get(path.parent.name, set())
    beyond = in_folder | READS_BACK.get(path.name, set())
    for name in imports_of(path):
        if name.startswith("tracetui.store"):
            assert name.split(".")[2] in TRACER_MAY_USE | beyond, name
        else:
            assert not name.startswith("tracetui.tui"), name
            assert name.partition(".")[0] in {*sys.stdlib_module_names, "tracetui", "orjson", *beyond}, name


@pytest.mark.parametrize("path", modules("store"), ids=lambda path: path.name)
def test_store_imports_neither_side(path: Path) -> None:
    """The file is the only meeting point."""
    assert not [name for name in imports_of(path) if name.startswith(("tracetui.tracer", "tracetui.tui"))]


@pytest.mark.parametrize("path", modules("tui"), ids=lambda path: str(path.relative_to(ROOT / "tui")))
def test_terminal_imports_the_tracer_only_in_the_demo_server(path: Path) -> None:
    """The explorer reads files; only the demo's child process is traced."""
    if "demo" not in path.parts:
        assert not [name for name in imports_of(path) if name.startswith("tracetui.tracer")]


def loaded_by(statement: str) -> set[str]:
    program = f"import sys; before = set(sys.modules); {statement}; print(*set(sys.modules) - before)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(ran.stdout.split())


def test_traced_host_loads_the_standard_library_and_orjson_only() -> None:
    """Recording a span loads nothing that the host did not ask for."""
    loaded = loaded_by(
        "import os, tempfile; os.environ['TRACETUI_DB'] = tempfile.mkdtemp() + '/t.db';"
        " from tracetui import tracer; tracer.trace(len)('abc'); tracer.flush()"
    )
    foreign = {name.partition(".")[0] for name in loaded} - sys.stdlib_module_names
    assert foreign <= {"tracetui", "orjson"} | {name for name in foreign if name.startswith("__editable__")}
    assert not loaded & {"asyncio", "logging", "tracetui.store.reader"}


def test_the_first_write_loads_nothing_that_reads_back() -> None:
    """A program that is killed after its first span has that in its file the sooner."""
    loaded = loaded_by(
        "import os, tempfile; os.environ['TRACETUI_DB'] = tempfile.mkdtemp() + '/t.db';"
        " from tracetui import tracer; tracer.start_span_no_context('first').end(); tracer.flush()"
    )
    assert "tracetui.store.writer" in loaded
    assert not loaded & {"tracetui.tracer.entities", "tracetui.tracer.experiments", "tracetui.store.reader"}


def test_importing_the_tracer_is_small() -> None:
    """What costs milliseconds is loaded when it is needed."""
    loaded = loaded_by("import tracetui.tracer")
    assert not loaded & {"sqlite3", "orjson", "inspect", "traceback", "logging", "asyncio", "dataclasses"}


def test_explorer_starts_without_what_it_may_need_later() -> None:
    """Between the shell and the first rows nothing is loaded that they do not show."""
    loaded = loaded_by("import tracetui.tui.explore, tracetui.tui.app")
    assert not loaded & {"click", "sqlite_utils", "watchfiles"}
    assert not [name for name in loaded if name.startswith(("tracetui.store.filter", "tracetui.store.grouping"))]


def test_a_users_own_store_package_does_not_collide(tmp_path: Path) -> None:
    """Our folders are called store, tracer and tui on disk only."""
    for name in ("store", "tracer", "tui"):
        (tmp_path / f"{name}.py").write_text("MINE = True\n")
    program = "import store, tracer, tui, tracetui.tracer; assert store.MINE and tracer.MINE and tui.MINE"
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
