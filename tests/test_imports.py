"""What a clean interpreter loads: the import budgets of the tracer and of the explorer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


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
    assert not loaded & {"asyncio", "logging", "tracetui.store.read.reader"}


def test_the_first_write_loads_nothing_that_reads_back() -> None:
    """A program that is killed after its first span has that in its file the sooner."""
    loaded = loaded_by(
        "import os, tempfile; os.environ['TRACETUI_DB'] = tempfile.mkdtemp() + '/t.db';"
        " from tracetui import tracer; tracer.start_span_no_context('first').end(); tracer.flush()"
    )
    assert "tracetui.store.write.writer" in loaded
    assert not loaded & {
        "tracetui.tracer.entities",
        "tracetui.tracer.compat.needs_server",
        "tracetui.store.read.reader",
    }


def test_importing_the_tracer_is_small() -> None:
    """What costs milliseconds is loaded when it is needed."""
    loaded = loaded_by("import tracetui.tracer")
    assert not loaded & {"sqlite3", "orjson", "inspect", "traceback", "logging", "asyncio", "dataclasses", "json"}


def test_a_program_without_model_calls_loads_no_format_of_a_provider() -> None:
    """Answers and streams are read by modules that the first of them loads."""
    loaded = loaded_by(
        "import os, tempfile; os.environ['TRACETUI_DB'] = tempfile.mkdtemp() + '/t.db';"
        " from tracetui import tracer; tracer.trace(sorted)('abc'); tracer.flush()"
    )
    assert "tracetui.store.write.writer" in loaded
    assert not [name for name in loaded if name.startswith(("tracetui.tracer.formats.", "tracetui.tracer.answers."))]


def test_explorer_starts_without_what_it_may_need_later() -> None:
    """Between the shell and the first rows nothing is loaded that they do not show."""
    loaded = loaded_by("import tracetui.tui.explorer.open, tracetui.tui.explorer.app")
    assert not loaded & {"click", "sqlite_utils", "watchfiles"}
    assert not [name for name in loaded if name.startswith(("tracetui.store.filter", "tracetui.store.read.groups"))]


def test_a_users_own_store_package_does_not_collide(tmp_path: Path) -> None:
    """Our folders are called store, tracer and tui on disk only."""
    for name in ("store", "tracer", "tui"):
        (tmp_path / f"{name}.py").write_text("MINE = True\n")
    program = "import store, tracer, tui, tracetui.tracer; assert store.MINE and tracer.MINE and tui.MINE"
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
