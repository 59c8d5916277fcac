"""Which room may import which: the architecture as a table."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.import_graph import ROOT, TOP, circles, file_graph, imported_names, room_graph, sources

MAY_IMPORT: dict[str, str] = {
    "store/__init__.py": "",
    "store/text": "",
    "store/chat": "store/text",
    "store/model": "store/text",
    "store/timing": "store/model",
    "store/prices": "store/model",
    "store/conventions": "store/model store/prices store/text",
    "store/exchange": "store/conventions store/model store/text",
    "store/importers": "store/conventions store/exchange store/model store/text",
    "store/transcripts": "store/exchange store/importers store/model",
    "store/file": "store/model store/text",
    "store/filter/tree": "",
    "store/filter/values": "store/filter/tree",
    "store/filter/fields": "store/file store/filter/tree store/filter/values",
    "store/filter/syntax": "store/filter/fields store/filter/tree",
    "store/filter/assist": "store/filter/fields store/filter/syntax store/filter/tree",
    "store/filter/sql": "store/file store/filter/fields store/filter/tree store/filter/values store/model store/prices",
    "store/filter": "store/filter/assist store/filter/sql store/filter/syntax store/filter/tree",
    "store/read": (
        "store/chat store/conventions store/file store/filter/fields store/filter/sql store/filter/tree store/model "
        "store/prices store/text"
    ),
    "store/facets": (
        "store/file store/filter/assist store/filter/fields store/filter/sql store/filter/syntax store/filter/tree "
        "store/model store/read"
    ),
    "store/outline": "store/chat store/model store/read store/text",
    "store/compare": "store/chat store/model store/read store/text store/timing",
    "store/stats": "store/filter/fields store/filter/sql store/filter/tree store/model store/read",
    "store/explain": (
        "store/filter/fields store/filter/tree store/model store/read store/stats store/text store/timing"
    ),
    "store/write": (
        "store/conventions store/file store/model store/prices store/text store/write/blocks store/write/rows "
        "store/write/statements"
    ),
    "store/write/statements": "",
    "store/write/blocks": "store/file store/text store/write/statements",
    "store/write/rows": "store/conventions store/file store/model store/text store/write/blocks store/write/statements",
    "tracer/exceptions.py": "",
    "tracer/host": "",
    "tracer/guard.py": "tracer/host",
    "tracer/settings": "store/conventions store/file store/text tracer/guard.py",
    "tracer/values": "store/model store/text tracer/guard.py tracer/host tracer/settings",
    "tracer/parts": "store/model tracer/exceptions.py tracer/guard.py tracer/host tracer/values",
    "tracer/redaction": "tracer/values",
    "tracer/answers": "tracer/values",
    "tracer/mlflow_form": "tracer/exceptions.py tracer/parts",
    "tracer/display": "store/model store/text tracer/mlflow_form tracer/parts",
    "tracer/entities": (
        "store/conventions store/prices tracer/display tracer/exceptions.py tracer/mlflow_form tracer/parts "
        "tracer/settings"
    ),
    "tracer/formats": "store/conventions store/model tracer/answers tracer/values",
    "tracer/spans": (
        "store/conventions store/model tracer/answers tracer/entities tracer/exceptions.py tracer/formats "
        "tracer/guard.py tracer/host tracer/parts tracer/settings tracer/values"
    ),
    "tracer/export": (
        "store/model store/text store/write tracer/guard.py tracer/parts tracer/redaction tracer/settings "
        "tracer/spans tracer/values"
    ),
    "tracer/recording": (
        "store/file store/model store/prices store/write tracer/export tracer/guard.py tracer/host "
        "tracer/parts tracer/redaction tracer/settings tracer/spans tracer/values"
    ),
    "tracer/streams": (
        "store/model tracer/answers tracer/formats tracer/guard.py tracer/host tracer/parts tracer/settings "
        "tracer/spans tracer/values"
    ),
    "tracer/api": (
        "store/model store/write tracer/exceptions.py tracer/guard.py tracer/parts tracer/recording "
        "tracer/settings tracer/spans tracer/streams tracer/values"
    ),
    "tracer/replaying": "store/text tracer/api tracer/parts",
    "tracer/tracing": "tracer/api tracer/guard.py tracer/recording tracer/settings tracer/spans tracer/values",
    "tracer/read": (
        "store/explain store/filter store/filter/fields store/filter/tree store/filter/values store/model store/read "
        "store/text tracer/api tracer/entities tracer/exceptions.py tracer/guard.py tracer/parts "
        "tracer/recording tracer/settings tracer/tracing tracer/values"
    ),
    "tracer/compat": (
        "store/model store/write tracer/answers tracer/api tracer/entities tracer/exceptions.py "
        "tracer/guard.py tracer/parts tracer/read tracer/recording tracer/settings tracer/spans tracer/tracing "
        "tracer/values"
    ),
    "tracer/scoring": (
        "store/file store/filter store/model store/read store/text tracer/api tracer/compat tracer/entities "
        "tracer/exceptions.py tracer/parts tracer/read tracer/recording tracer/tracing"
    ),
    "tracer/ingest": (
        "store/exchange store/file store/filter store/importers store/model store/prices store/read store/text "
        "store/transcripts store/write tracer/compat tracer/entities tracer/export tracer/parts tracer/redaction "
        "tracer/settings tracer/spans tracer/values"
    ),
    "tracer/receiver": "store/exchange store/text tracer/ingest",
    "tracer/client.py": (
        "store/write tracer/api tracer/compat tracer/entities tracer/exceptions.py tracer/guard.py "
        "tracer/mlflow_form tracer/parts tracer/read tracer/recording tracer/spans tracer/tracing"
    ),
    "tracer/config.py": "tracer/compat tracer/settings",
    "tracer/genai.py": "tracer/compat tracer/scoring",
    "tracer/libraries.py": "",
    "tracer/otel": (
        "store/conventions store/model tracer/formats tracer/guard.py tracer/libraries.py tracer/parts "
        "tracer/recording tracer/settings tracer/spans tracer/streams tracer/values"
    ),
    "tracer/instrumentation/fixes": (
        "store/conventions store/model tracer/answers tracer/guard.py tracer/otel tracer/parts tracer/spans "
        "tracer/streams tracer/values"
    ),
    "tracer/instrumentation": (
        "tracer/exceptions.py tracer/guard.py tracer/instrumentation/fixes tracer/libraries.py tracer/otel "
        "tracer/settings tracer/spans"
    ),
    "tracer/tracking": "tracer/client.py tracer/compat",
    "tracer/_lazy.py": "tracer/host tracer/recording",
    "tracer/__init__.py": (
        "tracer/_lazy.py tracer/api tracer/client.py tracer/compat tracer/config.py tracer/entities "
        "tracer/exceptions.py tracer/genai.py tracer/instrumentation tracer/parts tracer/read tracer/settings "
        "tracer/spans tracer/tracing tracer/tracking"
    ),
    "tracer/startup": "tracer/instrumentation tracer/settings",
    "tui/__init__.py": "",
    "tui/errors.py": "store/text",
    "tui/remote_file.py": "tui/errors.py",
    "tui/doors": "store/file store/outline tui/errors.py",
    "tui/child_processes": "tui/errors.py tui/remote_file.py",
    "tui/file_argument.py": "store/file store/read store/text tui/errors.py",
    "tui/sync": "store/exchange store/file store/model store/read tui/errors.py tui/file_argument.py",
    "tui/layout": "store/model store/read store/text store/timing",
    "tui/patient_regex.py": "store/filter/values",
    "tui/commands": (
        "store/exchange store/facets store/file store/filter store/filter/assist store/filter/values store/importers "
        "store/model store/outline store/prices store/read store/text store/transcripts store/write store/write/blocks "
        "tui/child_processes tui/errors.py tui/file_argument.py tui/layout tui/patient_regex.py"
    ),
    "tui/evaluation": (
        "store/chat store/file store/filter store/model store/read store/text store/write tui/commands tui/errors.py "
        "tui/file_argument.py tui/handoff"
    ),
    "tui/forward": (
        "store/exchange store/file store/filter store/model store/read tui/commands tui/errors.py tui/file_argument.py"
    ),
    "tui/analysis": (
        "store/compare store/explain store/file store/filter store/filter/assist store/filter/tree store/filter/values "
        "store/model store/outline store/read store/stats store/text store/timing tui/commands tui/errors.py "
        "tui/file_argument.py tui/layout"
    ),
    "tui/actions.py": "",
    "tui/settings": "tui/actions.py tui/layout",
    "tui/document": (
        "store/chat store/compare store/conventions store/model store/outline store/prices store/read store/text"
    ),
    "tui/feed": (
        "store/facets store/file store/filter/assist store/filter/sql store/filter/tree store/filter/values "
        "store/model store/read store/timing tui/patient_regex.py"
    ),
    "tui/state": (
        "store/conventions store/facets store/filter/assist store/filter/syntax store/filter/tree "
        "store/filter/values store/model store/read store/timing tui/layout"
    ),
    "tui/widgets": "store/model store/read store/text tui/actions.py tui/layout tui/state",
    "tui/keeping": (
        "store/file store/filter/tree store/model store/read store/text store/write tui/commands tui/errors.py "
        "tui/evaluation tui/state tui/widgets"
    ),
    "tui/frame": "store/read store/text tui/actions.py tui/layout tui/settings tui/state tui/widgets",
    "tui/trace": (
        "store/chat store/file store/model store/outline store/read store/text store/timing tui/actions.py "
        "tui/document tui/handoff tui/layout tui/reading tui/state tui/widgets"
    ),
    "tui/explorer": (
        "store/file store/filter store/filter/assist store/importers store/model store/read store/text "
        "tui/actions.py tui/child_processes tui/compare tui/document tui/errors.py tui/feed tui/file_argument.py "
        "tui/frame tui/handoff tui/keeping tui/layout tui/overview tui/reading tui/remote_file.py tui/settings "
        "tui/state tui/trace tui/why tui/widgets"
    ),
    "tui/demo": "store/file tracer/__init__.py tui/child_processes tui/explorer",
    "tui/first_word.py": "tui/commands tui/errors.py tui/remote_file.py",
    "tui/cli": (
        "store/filter/values store/importers tui/analysis tui/commands tui/demo tui/doors tui/errors.py "
        "tui/evaluation tui/explorer tui/file_argument.py tui/first_word.py tui/forward tui/remote_file.py "
        "tui/settings tui/sync"
    ),
    "tui/__main__.py": "tui/cli tui/commands tui/errors.py tui/explorer tui/first_word.py",
    "tui/handoff": "store/chat store/model store/outline store/text",
    "tui/reading": (
        "store/chat store/file store/outline store/text tui/actions.py tui/document tui/handoff tui/layout tui/widgets"
    ),
    "tui/facets": (
        "store/facets store/filter/assist store/filter/fields store/filter/syntax store/filter/tree store/model "
        "store/read store/text tui/actions.py tui/document tui/feed tui/layout tui/reading tui/state tui/trace "
        "tui/widgets"
    ),
    "tui/overview": (
        "store/facets store/filter/assist store/filter/syntax store/filter/tree store/model store/read store/text "
        "tui/actions.py tui/document tui/facets tui/feed tui/handoff tui/layout tui/patient_regex.py tui/reading "
        "tui/state tui/widgets"
    ),
    "tui/why": (
        "store/explain store/file store/filter/tree store/filter/values store/read store/text tui/actions.py "
        "tui/document tui/handoff tui/layout tui/reading"
    ),
    "tui/compare": (
        "store/compare store/file store/model store/read store/text tui/actions.py tui/document tui/layout "
        "tui/reading tui/state tui/widgets"
    ),
}
"""Each room, from the lowest up, and the rooms that it may import. A file that lies flat is a room of its own."""

FOREIGN: dict[str, set[str]] = {
    "tracer": {"orjson"},
    "tracer/otel": {"opentelemetry", "orjson", "wrapt"},
    "tracer/instrumentation": {"opentelemetry", "orjson", "wrapt"},
    "tracer/display": {"rich"},
    "tracer/receiver": {"google", "grpc", "opentelemetry", "starlette", "uvicorn"},
    "store": {"orjson", "regex", "watchfiles"},
    "store/exchange": {"google", "opentelemetry"},
    "tui/demo": {"orjson", "sqlite_utils"},
    "tui/doors": {"click", "mcp", "pydantic"},
    "tui/reading": {"PIL", "rich", "textual"},
    "tui/sync": {"deltalake", "pyarrow"},
    "tui": {"click", "regex", "rich", "sqlite_utils", "textual"},
}
"""The packages beside the standard library that the files below a folder may import. The longest folder counts."""

MOST_FILES = 20
"""Of a room."""

MOST_FLAT = 10
"""Files that lie flat in one of the three top folders."""


@pytest.mark.parametrize("room", room_graph())
def test_a_room_imports_what_its_row_allows(room: str) -> None:
    """A new edge is a decision about the architecture: it is made here."""
    assert room in MAY_IMPORT, f"{room} has no row in the table"
    assert room_graph()[room] <= set(MAY_IMPORT[room].split())


def test_the_table_names_no_edge_that_is_gone() -> None:
    """What nothing needs is forbidden again."""
    assert {room: set(allowed.split()) for room, allowed in MAY_IMPORT.items()} == dict(room_graph())


def test_no_files_import_in_a_circle() -> None:
    """Imports inside functions and for type checkers count."""
    assert circles(file_graph()) == []


def test_no_rooms_import_in_a_circle() -> None:
    """Data flows one way."""
    assert circles(room_graph()) == []


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_the_packages_of_its_folder_only(path: Path) -> None:
    """The tracer lives in other people's servers; the store serves both sides."""
    file = path.relative_to(ROOT).as_posix()
    allowed = FOREIGN[max((folder for folder in FOREIGN if file.startswith(folder + "/")), key=len)]
    packages = {name.partition(".")[0] for name in imported_names(path)}
    assert packages <= {*sys.stdlib_module_names, "tracetui"} | allowed


def test_rooms_are_small() -> None:
    """A newcomer sees a room at one glance."""
    rooms: dict[Path, int] = {}
    for path in sources():
        rooms[path.parent] = rooms.get(path.parent, 0) + 1
    flat = {folder: rooms.pop(ROOT / folder) for folder in TOP}
    assert max(flat.values()) <= MOST_FLAT
    assert max(rooms.values()) <= MOST_FILES
